"""Rebuilds a served catalog: as a whole by any callback, or in part by the ring."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ..build import job_names
from ..build.changes import BuildChanges
from ..build.manifest import Manifest
from ..build.report_kinds import WHOLE
from ..errors import BuildFailed, BuildFailure, StorytimeError
from ..project.failures import describe
from ..project.file_writes import BY_PROCESS, WRITES, Writes
from ..project.fresh_imports import writes_of_last_build
from ..ring.daemon_executor import DaemonExecutor
from ..ring.wire import Function
from .building_ring import InterpreterRing
from .preloading import Preloading
from .story_jobs import StoryJobs

type RebuildCallback = Callable[[str, Path], None]
"""Builds the catalog of a package (dotted name) into a folder; raises BuildFailed."""
type AsyncRebuildCallback = Callable[[str, Path], Awaitable[None]]
"""The same, awaited."""


POLL = 0.02
"""Seconds until a running build is asked again whether it is one of the whole catalog."""


class Rebuild(Protocol):
    """Builds one catalog again and again.

    Both methods raise what `build_site` raises, but BuildFailed only if nothing could be written.
    """

    can_be_cancelled: bool

    async def rebuild(
        self, changed: Sequence[str] | None, *, publish_torn: bool = False
    ) -> BuildChanges:
        """Build after some files changed (relative to the package's base; None: any may have).

        Raises SourcesChanged if some change as they are read, so that it has to be done anew. With
        `publish_torn` it publishes what it has, and removes nothing.
        """

    async def settle(self, *, publish_torn: bool = False) -> BuildChanges:
        """Build the whole catalog, after builds that were not settled."""

    async def ready(self) -> None:
        """Wait until a build could begin at once, as far as known."""

    async def ask_to_stop(self) -> None:
        """Wait until the running build is one of the whole catalog, and ask it to stop.

        Before its next page it raises BuildStopped then. If a story's code takes long, it goes on
        all the same. When the build ends this is cancelled.
        """

    async def writing(self) -> Collection[str]:
        """Return the paths that the running build has written or is writing, as far as known."""

    async def check(self, build_again: Callable[[], object]) -> None:
        """Check what can wait until nothing changes; cancelled when something does.

        Calls `build_again` if the whole catalog has to be built again.
        """


class PartialRebuild:
    """An AsyncRebuildCallback that, while watching, builds only what a save concerns.

    Each build has a fresh interpreter of the ring. The standby reads in advance what it needs of
    the output folder. If a save concerns more, what is on the pages that `shown` returns comes
    first. With `preload` standbys also import the libraries that the last whole build imported; see
    `Preloading`. `story_jobs` run beside the builds, but make way for those of saves.
    """

    def __init__(
        self,
        ring: InterpreterRing,
        shown: Callable[[], Sequence[str]] = tuple,
        *,
        preload: bool = False,
    ) -> None:
        self._ring = ring
        self._shown = shown
        self._preload = preload
        self.story_jobs = StoryJobs()

    async def __call__(self, package_location: str, output_dir: Path) -> None:
        await self._ring.build_async(package_location, output_dir)

    def of(self, package_location: str, output_dir: Path) -> Rebuild:
        place = package_location, output_dir
        preloading = Preloading(self._ring, *place, enabled=self._preload)
        self.story_jobs.run_in_ring = preloading.run_beside
        return _RingRebuild(self._ring, self._shown, preloading, output_dir, self.story_jobs)


class _RingRebuild:
    can_be_cancelled = True

    def __init__(
        self,
        ring: InterpreterRing,
        shown: Callable[[], Sequence[str]],
        preloading: Preloading,
        output_dir: Path,
        story_jobs: StoryJobs,
    ) -> None:
        self._ring = ring
        self._shown = shown
        self._story_jobs = story_jobs
        self._preloading = preloading
        self._output_dir = output_dir

    async def rebuild(
        self, changed: Sequence[str] | None, *, publish_torn: bool = False
    ) -> BuildChanges:
        with self._story_jobs.waiting():
            return await self._run(job_names.REBUILD, changed, publish_torn, list(self._shown()))

    async def settle(self, *, publish_torn: bool = False) -> BuildChanges:
        return await self._run(job_names.SETTLE, publish_torn)

    async def ready(self) -> None:
        with self._story_jobs.waiting():
            await self._ring.ready()

    async def ask_to_stop(self) -> None:
        while not await self._reported(WHOLE):  # noqa: ASYNC110 (reports are read from a file)
            await asyncio.sleep(POLL)
        self._ring.ask_to_stop()

    async def writing(self) -> Collection[str]:
        return await self._reported(WRITES)

    async def _reported(self, kind: str) -> list[Any]:
        reports = await asyncio.to_thread(self._ring.reports)
        return [value for each, value in reports if each == kind]

    async def check(self, build_again: Callable[[], object]) -> None:
        if not await self._preloading.check():
            build_again()

    async def _run(self, function: Function, *arguments: Any) -> BuildChanges:
        try:
            data = await self._preloading.run(function, *arguments)
        except asyncio.CancelledError as error:
            # A build that was too far to be stopped has changed pages: browsers have to know.
            data, task = getattr(error, "result", None), asyncio.current_task()
            if data is None or task is None:
                raise
            task.uncancel()
        self._ring.prepare(job_names.PREPARE, self._output_dir)
        result = BuildChanges.from_json(data)
        await self._preloading.learn(result)
        return result


class _WholeRebuild:
    """Builds the whole catalog at every change, by a callback."""

    def __init__(
        self,
        build: AsyncRebuildCallback,
        package_location: str,
        output_dir: Path,
        *,
        can_be_cancelled: bool,
    ) -> None:
        self.can_be_cancelled = can_be_cancelled
        self._build = build
        self._place = package_location, output_dir

    async def rebuild(
        self, changed: Sequence[str] | None, *, publish_torn: bool = False
    ) -> BuildChanges:
        before = await asyncio.to_thread(Manifest.read, self._place[1])
        failures: Sequence[BuildFailure] = ()
        try:
            await self._build(*self._place)
        except BuildFailed as error:
            if not error.written:
                raise
            failures = error.failures
        return await asyncio.to_thread(_difference, before, self._place[1], failures)

    async def settle(self, *, publish_torn: bool = False) -> BuildChanges:
        return await self.rebuild(None)

    async def ready(self) -> None:
        """Return: nothing is known of a callback."""

    async def ask_to_stop(self) -> None:
        """Do nothing: a callback can't be asked."""

    async def writing(self) -> Collection[str]:
        return ()

    async def check(self, build_again: Callable[[], object]) -> None:
        """Nothing: each build is what the callback gives."""


def _difference(
    before: Manifest | None, output_dir: Path, failures: Sequence[BuildFailure]
) -> BuildChanges:
    """Return what a build changed, from the manifests before and after it."""
    now = Manifest.read(output_dir)
    writes = writes_of_last_build() or Writes(unseen=BY_PROCESS)  # it was built elsewhere
    if now is None:  # the callback writes no catalog of Storytime's
        return BuildChanges(failures=failures, writes=writes)
    old, new = before.pages if before else {}, now.pages
    changed = {path: digest for path, digest in new.items() if old.get(path) != digest}
    return BuildChanges(
        now.build,
        changed=sorted(changed),
        digests=changed,
        removed={path: old[path] for path in old.keys() - new.keys()},
        failures=failures,
        sources=None if before and before.sources == now.sources else now.sources,
        lookups=None if before and before.lookups == now.lookups else now.lookups,
        writes=writes,
    )


@asynccontextmanager
async def rebuild_by(
    callback: RebuildCallback | AsyncRebuildCallback, package_location: str, output_dir: Path
) -> AsyncIterator[Rebuild]:
    """Rebuild the package into the folder by the callback.

    A sync callback runs in a daemon thread, since a thread of asyncio's would keep the server from
    ending before the build does. Nothing can cancel it.
    """
    if isinstance(callback, PartialRebuild):
        yield callback.of(package_location, output_dir)
        return
    if is_async(callback):
        build: AsyncRebuildCallback = callback  # type: ignore[assignment]
        yield _WholeRebuild(build, package_location, output_dir, can_be_cancelled=True)
        return
    thread = DaemonExecutor("storytime-direct-builds")

    async def in_thread(package_location: str, output_dir: Path) -> None:
        job = partial(_contained, callback, package_location, output_dir)
        result = await asyncio.wrap_future(thread.submit(job))
        if inspect.isawaitable(result):
            await result

    try:
        yield _WholeRebuild(in_thread, package_location, output_dir, can_be_cancelled=False)
    finally:
        thread.close(0)


def _contained(callback: Callable[[str, Path], Any], package_location: str, output: Path) -> Any:
    """Call it. What would end the event loop, or the watching, becomes a StorytimeError."""
    try:
        return callback(package_location, output)
    except Exception:
        raise
    except BaseException as error:
        raise StorytimeError(f"the build was ended by {describe(error)['message']}") from None


def is_async(callback: Callable[..., Any]) -> bool:
    """Return True for async functions, their partials and bound methods, and objects with an async
    `__call__`."""
    while isinstance(callback, partial):
        callback = callback.func
    return inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(
        getattr(callback, "__call__", None)  # noqa: B004 (asked for its type, not called)
    )
