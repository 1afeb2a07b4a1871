"""InterpreterRing: the ring whose interpreters are ready to build catalogs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

from ..build import job_names
from ..errors import SourcesChanged, StorytimeError, from_ring
from ..project.failures import frame_kind
from ..ring import interpreter_ring
from ..ring.errors import RingError
from ..ring.isolation import MEMORY_BOUND, Kind
from ..ring.wire import Function, Named

if TYPE_CHECKING:
    from ..build.result import BuildResult

LONGEST_TORN = 2.0
"""Seconds for which builds begin anew while files change as they are read (a log that grows)."""


class InterpreterRing(interpreter_ring.InterpreterRing):
    """The ring whose interpreters are ready to build catalogs.

    A context manager, sync and async; `storytime.ring` says what it guarantees. `timeout` is how
    many seconds a job may take (None: as long as it likes). With `isolation` "process" jobs run in
    processes always; with "auto" where subinterpreters won't do: `on_notice` is told so once, in a
    sentence, which is logged otherwise. `memory_bound` is what closed interpreters may leave behind
    before that, in MB (of interest on Python 3.13).

    All errors of the ring and of its jobs are StorytimeErrors.
    """

    def __init__(
        self,
        *,
        timeout: float | None = None,
        isolation: Kind = "auto",
        memory_bound: float = MEMORY_BOUND,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            warm_up=job_names.WARM_UP,
            timeout=timeout,
            isolation=isolation,
            memory_bound=memory_bound,
            on_notice=on_notice,
            error_types=[StorytimeError],
            frame_kind=frame_kind,
            carry_over=(job_names.USED, job_names.USE_AHEAD),
            loggers=["storytime"],
            name="storytime",
            noun="build",
        )

    @override
    def run(self, function: Function, *arguments: Any) -> Any:
        with _storytime_errors():
            return super().run(function, *arguments)

    @override
    async def run_async(self, function: Function, *arguments: Any) -> Any:
        with _storytime_errors():
            return await super().run_async(function, *arguments)

    @override
    async def run_beside(self, function: Function, *arguments: Any) -> Any:
        with _storytime_errors():
            return await super().run_beside(function, *arguments)

    @override
    def prepare(self, function: Function, *arguments: Any) -> None:
        with _storytime_errors():
            super().prepare(function, *arguments)

    def build(self, package_location: str, output_dir: Path) -> None:
        """Do in the standby what `storytime.build_site` does: a RebuildCallback.

        If files change as they are read, so that the build fails or loses pages, it is done anew in
        the next standby. After LONGEST_TORN seconds it is published, but removes nothing.
        """
        self._until_whole(job_names.BUILD, package_location, output_dir)

    def build_catalog(
        self, package_location: str | os.PathLike[str], output_dir: str | os.PathLike[str]
    ) -> BuildResult:
        """Do in the standby what `storytime.build_catalog` does, anew as `build` does."""
        from ..build.result import BuildResult

        location, output_dir = os.fspath(package_location), Path(output_dir)
        return BuildResult.from_json(
            self._until_whole(job_names.BUILD_CATALOG, location, output_dir)
        )

    def _until_whole(self, job: Named, package_location: str, output_dir: Path) -> Any:
        until = time.monotonic() + LONGEST_TORN
        publish_torn = False
        while True:
            try:
                return self.run(job, package_location, output_dir, publish_torn)
            except SourcesChanged:
                publish_torn = time.monotonic() > until

    async def build_async(self, package_location: str, output_dir: Path) -> None:
        """`build` without blocking the event loop: an AsyncRebuildCallback."""
        until = time.monotonic() + LONGEST_TORN
        publish_torn = False
        while True:
            try:
                await self.run_async(job_names.BUILD, package_location, output_dir, publish_torn)
                return
            except SourcesChanged:
                publish_torn = time.monotonic() > until


@contextmanager
def _storytime_errors() -> Iterator[None]:
    try:
        yield
    except RingError as error:
        raise from_ring(error) from None
