"""StoryJobs: short jobs that render one story while somebody waits, beside the builds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import SourcesChanged, StorytimeError
from ..ring.interpreter_ring import NOT_NEEDED
from ..ring.wire import Function
from .building_ring import LONGEST_TORN

MOST_WAITING = 32
"""Jobs that may wait or run; each browser has one."""
UNFINISHED = 0.1
"""Seconds to wait for the end of a save before a job that read half of it begins anew."""

type Run = Callable[..., Awaitable[Any]]


class TooManyJobs(StorytimeError):
    """More jobs wait than the server takes."""

    def __init__(self) -> None:
        super().__init__("the server renders for too many browsers at once; try again")


class StoryJobs:
    """Runs jobs that render one story, one at a time, unless a save is built.

    A save goes first: a job that runs when its build begins is stopped, and begins anew when that
    has ended, so that it renders the new code.
    """

    def __init__(self) -> None:
        self.run_in_ring: Run | None = None
        self._turn = asyncio.Lock()
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._job: asyncio.Future[Any] | None = None
        self._number = 0

    async def run(self, function: Function, *arguments: Any) -> Any:
        """Run a job that is called with the package, the output folder and these arguments.

        If the awaiting task is cancelled, the job is stopped. Raises what the ring raises, and
        TooManyJobs.
        """
        if self._number >= MOST_WAITING:
            raise TooManyJobs
        self._number += 1
        try:
            async with self._turn:
                return await self._until_whole(function, *arguments)
        finally:
            self._number -= 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Stop the running job, and let none begin within the block."""
        self._may_run.clear()
        if self._job is not None:
            self._job.cancel(NOT_NEEDED)
        try:
            yield
        finally:
            self._may_run.set()

    async def _until_whole(self, function: Function, *arguments: Any) -> Any:
        """Run the job anew as long as a file was half written, for LONGEST_TORN seconds."""
        until = time.monotonic() + LONGEST_TORN
        while True:
            try:
                return await self._until_done(function, *arguments)
            except SourcesChanged:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(UNFINISHED)

    async def _until_done(self, function: Function, *arguments: Any) -> Any:
        """Run the job anew as long as the build of a save stops it."""
        assert self.run_in_ring is not None
        while True:
            await self._may_run.wait()
            self._job = job = asyncio.ensure_future(self.run_in_ring(function, *arguments))
            try:
                await asyncio.wait([job])
            finally:
                self._job = None
                job.cancel(NOT_NEEDED)
            if not job.cancelled():
                return job.result()
