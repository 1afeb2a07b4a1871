"""InterpreterRing: every job in a fresh interpreter that was warmed before it was needed.

What a caller may rely on:

- No interpreter ever runs two jobs: module state, caches and patches of one are not in the next.
- While one interpreter works, another stands by, warm; so a job starts at once. There are never
  more than two of them.
- Jobs run one at a time, in the order in which they were given; on the event loop nothing waits.
- Whatever the job's code raises arrives as a StorytimeError; nothing else crosses.
- `close` is idempotent, does not hang, and leaves no interpreter behind, but for one whose job is
  still running a moment later: that one is abandoned (it can't keep the process from ending).

How: two slots go round. A job takes the next from the queue of standbys; when it has ended, the
keeper closes its slot and only then makes the next one, whose warm-up begins at once. The jobs run
in one thread, the keeper is another, so the two never wait for each other, and no caller for them.
"""

import asyncio
import logging
import threading
import time
import warnings
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

from .build import build_site
from .errors import StorytimeError
from .lanes import Lane
from .slots import InterpreterSlot, importable_name
from .worker import encode, warm_up

__all__ = ["AsyncRebuildCallback", "InterpreterRing", "RebuildCallback", "warm_up"]

type RebuildCallback = Callable[[str, Path], None]
"""Builds the catalog of a package (dotted name) into a folder; raises BuildFailed."""
type AsyncRebuildCallback = Callable[[str, Path], Awaitable[None]]
"""The same, awaited."""

SIZE = 2
"""Interpreters: one that works, one that stands by."""
GRACE = 0.3
"""Seconds that `close` waits for a job that is running."""
ENDING = 0.6
"""Seconds that `close` gives all in which user code ran; it takes some 20 ms where none does."""
PATIENCE = 5.0
"""Seconds that it gives a standby, in which nothing can keep it from ending."""

CLOSED = "the interpreter ring is closed; make a new one"
LEFT_RUNNING = "%s does not end: a thread that the build left is still running in it"

logger = logging.getLogger(__name__)


class InterpreterRing:
    """Two interpreters, used in turn and each once; a context manager, sync and async."""

    def __init__(self) -> None:
        self._closed = False
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._slots: set[InterpreterSlot] = set()
        self._standbys: SimpleQueue[InterpreterSlot | StorytimeError] = SimpleQueue()
        self._working: InterpreterSlot | None = None
        self._preparation: tuple[str, str] | None = None
        self._numbers = count(1)
        self._jobs = Lane("storytime-jobs")
        self._keeper = Lane("storytime-keeper")
        for _ in range(SIZE):
            self._keeper.submit(self._add_standby)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a module's function in the standby; returns its result.

        Arguments and result are plain data (what JSON knows, and paths). Raises what the function
        raises as a StorytimeError: RaisedInInterpreter, or the very kind where it is one; TypeError
        for a function that can't be imported or arguments that are no plain data; StorytimeError
        where the ring is closed or an interpreter can't be warmed, with the cause.
        """
        return self._submit(function, arguments).result()

    async def run_async(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """`run` without blocking the event loop."""
        return await asyncio.wrap_future(self._submit(function, arguments))

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Has each standby, this one and those to come, call the function before it is needed.

        It is for what a job can find ready in its interpreter; it fails without consequence.
        """
        preparation = importable_name(function), encode(arguments)
        with self._lock:
            self._preparation = preparation
            for slot in self._slots - {self._working}:
                slot.prepare(*preparation)

    def build(self, package_location: str, output_dir: Path) -> None:
        """`storytime.build.build_site` in the standby: a RebuildCallback."""
        self.run(build_site, package_location, output_dir)

    async def build_async(self, package_location: str, output_dir: Path) -> None:
        """`build` without blocking the event loop: an AsyncRebuildCallback."""
        await self.run_async(build_site, package_location, output_dir)

    def close(self) -> None:
        """Ends both interpreters; who still waits for a job gets a StorytimeError."""
        with self._making, self._lock:
            first, self._closed = not self._closed, True
        if not first:
            self._ended.wait(PATIENCE)  # for the thread that closes already
            return
        try:
            self._end(time.monotonic() + ENDING)
        finally:
            self._ended.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.close)

    def __del__(self) -> None:
        if not self._closed:
            warnings.warn("an InterpreterRing was not closed", ResourceWarning, stacklevel=1)

    def _submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        target, encoded = importable_name(function), encode(arguments)
        with self._lock:
            self._check_open()
            return self._jobs.submit(partial(self._work, target, encoded))

    def _check_open(self) -> None:
        if self._closed:
            raise StorytimeError(CLOSED)

    def _end(self, until: float) -> None:
        """Ends the jobs and both interpreters, as far as possible by that (monotonic) time."""
        self._standbys.put(StorytimeError(CLOSED))  # for a job that waits for one
        working = None if self._jobs.close(GRACE) else self._working
        if working:
            logger.warning("a build was still running when the ring closed; it was abandoned")
            working.abandon()
            self._jobs.close(_seconds(until))
        while not self._standbys.empty():
            standby = self._standbys.get()
            if isinstance(standby, InterpreterSlot):
                standby.close(PATIENCE)
        with self._lock:
            slots = list(self._slots)
        for slot in slots:
            if not slot.close(_seconds(until)) and slot is not working:
                logger.warning(LEFT_RUNNING, slot.name)
        self._keeper.close(_seconds(until))

    # In the thread of the jobs.

    def _work(self, target: str, arguments: str) -> Any:
        slot = self._warm_standby()
        try:
            return slot.run(target, arguments)
        finally:
            self._working = None
            self._keeper.submit(partial(self._replace, slot))

    def _warm_standby(self) -> InterpreterSlot:
        """The next standby. One that can't be warmed is replaced, and said; two in a row raise."""
        for attempt in range(SIZE):
            standby = self._take_standby()
            try:
                if isinstance(standby, StorytimeError):
                    raise standby
                standby.wait_until_warm()
                return standby
            except StorytimeError as error:
                self._working = None
                self._keeper.submit(partial(self._replace, standby))
                if attempt + 1 == SIZE or self._closed:
                    raise
                logger.warning("%s", error)
        raise AssertionError("unreachable")

    def _take_standby(self) -> InterpreterSlot | StorytimeError:
        """The next standby, as the one that `close` abandons where it does not end."""
        with self._lock:
            self._check_open()
        standby = self._standbys.get()
        with self._lock:
            self._check_open()
            self._working = standby if isinstance(standby, InterpreterSlot) else None
        return standby

    # In the keeper's thread.

    def _replace(self, used: InterpreterSlot | StorytimeError) -> None:
        if isinstance(used, InterpreterSlot):
            if not used.close() and not self._closed:
                logger.warning(LEFT_RUNNING, used.name)
            with self._lock:
                self._slots.discard(used)
        self._add_standby()

    def _add_standby(self) -> None:
        with self._making:  # so that `close` comes before it or finds the slot
            if self._closed:
                return
            try:
                slot = InterpreterSlot(f"storytime-interpreter-{next(self._numbers)}")
            except Exception as error:
                self._standbys.put(StorytimeError(f"no interpreter can be made: {error}"))
                return
            with self._lock:
                self._slots.add(slot)
                if self._preparation is not None:
                    slot.prepare(*self._preparation)
            self._standbys.put(slot)


def _seconds(until: float) -> float:
    return max(0.0, until - time.monotonic())
