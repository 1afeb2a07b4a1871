"""How a served catalog is rebuilt: as a whole by any callback, or in part by the ring."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ..build.incremental import prepare
from ..build.job import rebuild, settle
from ..build.manifest import Manifest
from ..build.report import Built
from ..errors import BuildFailed, BuildFailure, StorytimeError
from ..project.files import absolute
from ..project.package import locate
from ..ring.daemon_executor import Lane
from ..ring.interpreter_ring import AsyncRebuildCallback, InterpreterRing, RebuildCallback
from ..ring.tracebacks import describe


class Rebuild(Protocol):
    """Builds one catalog again and again. Both raise what `build_site` raises, but BuildFailed only
    where nothing could be written."""

    can_be_cancelled: bool

    async def rebuild(self, changed: Sequence[str] | None) -> Built:
        """Builds it after the files (absolute paths) changed; None: whatever changed."""

    async def settle(self) -> Built:
        """Builds it as if from nothing, after builds that were not `settled`."""


class PartialRebuild:
    """An AsyncRebuildCallback by which watching builds what a save concerns alone.

    Each build has a fresh interpreter of the ring; the standby reads beforehand what it needs of
    the output folder.
    """

    def __init__(self, ring: InterpreterRing) -> None:
        self._ring = ring

    async def __call__(self, package_location: str, output_dir: Path) -> None:
        await self._ring.build_async(package_location, output_dir)

    def of(self, package_location: str, output_dir: Path) -> Rebuild:
        return _RingRebuild(self._ring, package_location, output_dir)


class _RingRebuild:
    can_be_cancelled = True

    def __init__(self, ring: InterpreterRing, package_location: str, output_dir: Path) -> None:
        self._ring = ring
        self._place = package_location, output_dir

    async def rebuild(self, changed: Sequence[str] | None) -> Built:
        return await self._run(rebuild, None if changed is None else list(changed))

    async def settle(self) -> Built:
        return await self._run(settle)

    async def _run(self, function: Callable[..., Mapping[str, Any]], *arguments: Any) -> Built:
        built = await self._ring.run_async(function, *self._place, *arguments)
        self._ring.prepare(prepare, self._place[1])
        return Built.from_data(built)


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
        self._output_dir = output_dir

    async def rebuild(self, changed: Sequence[str] | None) -> Built:
        before = await asyncio.to_thread(Manifest.read, self._output_dir)
        failures: Sequence[BuildFailure] = ()
        try:
            await self._build(*self._place)
        except BuildFailed as error:
            if not error.written:
                raise
            failures = error.failures
        return await asyncio.to_thread(self._built, before, failures)

    async def settle(self) -> Built:
        return await self.rebuild(None)

    def _built(self, before: Manifest | None, failures: Sequence[BuildFailure]) -> Built:
        """What the build changed, by the manifests."""
        now = Manifest.read(self._output_dir)
        if now is None:  # a callback that writes no catalog of ours
            return Built("", [], failures)
        old, new = before.pages if before else {}, now.pages
        pages = sorted(path for path in {**old, **new} if old.get(path) != new.get(path))
        sources = None
        if before is None or before.sources != now.sources:
            sources = sorted(absolute(str(locate(self._place[0]).base), now.sources))
        came = {path: new[path] for path in new.keys() - old.keys()}
        went = {path: old[path] for path in old.keys() - new.keys()}
        return Built(now.build, pages, failures, sources, came=came, went=went)


@asynccontextmanager
async def rebuild_by(
    callback: RebuildCallback | AsyncRebuildCallback, package_location: str, output_dir: Path
) -> AsyncIterator[Rebuild]:
    """Rebuilds of the package into the folder, by the callback.

    A sync one runs in a lane: asyncio's own threads are waited for when the loop ends, and so would
    make the end of the server wait for the end of a build. Nothing can end it before its time.
    """
    if isinstance(callback, PartialRebuild):
        yield callback.of(package_location, output_dir)
        return
    if is_async(callback):
        build: AsyncRebuildCallback = callback  # type: ignore[assignment]
        yield _WholeRebuild(build, package_location, output_dir, can_be_cancelled=True)
        return
    lane = Lane("storytime-direct-builds")

    async def in_lane(package_location: str, output_dir: Path) -> None:
        job = partial(_contained, callback, package_location, output_dir)
        result = await asyncio.wrap_future(lane.submit(job))
        if inspect.isawaitable(result):
            await result

    try:
        yield _WholeRebuild(in_lane, package_location, output_dir, can_be_cancelled=False)
    finally:
        lane.close(0)


def _contained(callback: Callable[[str, Path], Any], package_location: str, output: Path) -> Any:
    """Calls it. What would end the event loop, or stop the watching, is an ordinary failure."""
    try:
        return callback(package_location, output)
    except Exception:
        raise
    except BaseException as error:
        raise StorytimeError(f"the build was ended by {describe(error)['message']}") from None


def is_async(callback: Callable[..., Any]) -> bool:
    """Whether calling it gives an awaitable: async functions, their partials, bound methods and
    objects with an async `__call__`."""
    while isinstance(callback, partial):
        callback = callback.func
    return inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(
        getattr(callback, "__call__", None)  # noqa: B004 (asked for its kind, not called)
    )
