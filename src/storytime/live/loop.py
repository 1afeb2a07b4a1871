"""watch_and_rebuild: every save becomes a build, and the last save always wins.

`_Loop.run` repeats four steps: the Watch collects changes, `_decide` says what they need, `_build`
builds it, and `_publish` tells what came of it and watches the files that were used.

No change is dropped: it sets an event, which is cleared before the next build reads anything. So a
change during a build leads to another build, and several changes lead to one. A build that a change
made pointless is cancelled if it takes long. A build of only what a save concerned is followed by a
build of the whole catalog as soon as the saves pause.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..build.result import BuildResult
from ..errors import BuildFailed, BuildFailure, BuildStopped, StorytimeError
from ..project.failures import failure_from
from ..project.files import relative_to
from ..project.package import Package, locate
from ..ring.interpreter_ring import NOT_NEEDED
from ..watch.file_state import StartTime
from ..watch.watcher import Changed, Watch, both, watching
from .builders import AsyncRebuildCallback, Rebuild, RebuildCallback, rebuild_by
from .write_loops import WriteLoops

logger = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that a build may go on after a newer save before it is cancelled."""
OVERTAKEN = "the build was overtaken by a newer save and stopped"
PAUSE = 0.4
"""Seconds without a change after which a partial build is followed by a whole one."""

type OnBuilt = Callable[[BuildResult], Awaitable[None]]


async def watch_and_rebuild(
    package_location: str,
    output_dir: Path,
    rebuild_callback: RebuildCallback | AsyncRebuildCallback,
    on_built: OnBuilt | None = None,
    *,
    build_at_start: bool = False,
) -> None:
    """Build the package into the folder after every change, until this is cancelled.

    `rebuild_callback` is awaited if it is async, and otherwise runs in a thread of its own.
    `on_built` is awaited with the result of each build. The package is watched, and all files of
    the project that the last build imported or opened.

    A failed build is logged once, the folder keeps the last good catalog, and watching goes on. An
    async build that still runs GRACE seconds after a newer change is cancelled, with a message that
    says why. Raises StorytimeError if there is no such package.
    """
    package = locate(package_location)
    async with (
        rebuild_by(rebuild_callback, package_location, output_dir) as rebuild,
        watching(package, output_dir) as watch,
    ):
        await watch.follow_sources()
        if build_at_start:
            watch.tell(None)
        await _Loop(package, rebuild, watch, on_built).run()


class _Loop:
    def __init__(
        self, package: Package, rebuild: Rebuild, watch: Watch, on_built: OnBuilt | None
    ) -> None:
        self._base = str(package.base)
        self._rebuild = rebuild
        self._watch = watch
        self._on_built = on_built
        self._write_loops = WriteLoops()
        self._is_settled = True
        # A build in a thread can't be cancelled, so a newer save has to wait for its end.
        self._overtaken = watch.changed if rebuild.can_be_cancelled else asyncio.Event()

    async def run(self) -> None:
        while True:
            is_settling = not self._is_settled and not await _changes_within(self._watch, PAUSE)
            changed = None if is_settling else await self._decide()
            if changed is not None and not changed:
                continue
            started, began = StartTime(), time.time()
            result = await self._build(changed, is_settling=is_settling)
            if result is not None:
                self._write_loops.built(began, time.time())
                self._is_settled = result.is_settled
                is_news = not (is_settling and result.is_written) or bool(result.pages)
                await self._publish(result, started, is_news=is_news)
            elif not is_settling:
                self._watch.force_full_build()

    async def _decide(self) -> Changed:
        """Wait for changes. Return those to build for: an empty set if they need no build."""
        await self._watch.changed.wait()
        await self._watch.burst_ended()
        changed = self._watch.take()
        wait = await asyncio.to_thread(self._write_loops.wait, changed)
        if wait is None:
            return set()
        if wait:
            await _changes_within(self._watch, wait)
            changed = both(changed, self._watch.take())
        # A partial build would be followed by a whole one, which also writes what the story writes.
        return None if self._write_loops.are_many else changed

    async def _build(self, changed: Changed, *, is_settling: bool) -> BuildResult | None:
        """Return the result of a build, or None if a newer change overtook it.

        Failures that the build didn't log itself are logged.
        """
        build: Coroutine[Any, Any, BuildResult]
        if is_settling:
            build, grace, why = self._rebuild.settle(), 0.0, NOT_NEEDED
        else:
            files = None if changed is None else relative_to(self._base, sorted(changed))
            build, grace, why = self._rebuild.rebuild(files), GRACE, OVERTAKEN
        sources: Sequence[str] = ()
        try:
            return await _unless_overtaken(build, self._overtaken, grace, why)
        except StorytimeError as error:
            logger.error("%s", error)
            failures: Sequence[BuildFailure] = [BuildFailure("", error.message)]
            if isinstance(error, BuildFailed):
                failures, sources = error.failures, error.sources
            elif isinstance(error, BuildStopped):
                failures, sources = [error.failure], error.sources
        except Exception as error:
            logger.exception("the build failed for a reason that Storytime does not know")
            failures = [failure_from("", error)]
        relative = relative_to(self._base, sources)
        return BuildResult(failures=failures, sources=relative, is_written=False)

    async def _publish(self, result: BuildResult, started: StartTime, *, is_news: bool) -> None:
        """Tell the result, and watch the files that the build used or missed."""
        if self._on_built is not None and is_news:
            await self._on_built(result)
        if not result.is_written:
            self._watch.force_full_build()  # what changed before is not built yet
        await self._watch.follow_sources(
            result.sources, result.failures, since=started, are_all=result.is_written
        )


async def _changes_within(watch: Watch, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await watch.changed.wait()
    return False


async def _unless_overtaken(
    build: Coroutine[Any, Any, BuildResult], overtaken: asyncio.Event, grace: float, why: str
) -> BuildResult | None:
    """Await the build. If it still runs `grace` seconds after `overtaken` is set, cancel it with
    the message `why` and return None."""
    building = asyncio.create_task(build)
    overtaking = asyncio.create_task(_grace_after(overtaken, grace))
    try:
        await asyncio.wait([building, overtaking], return_when=asyncio.FIRST_COMPLETED)
        if not building.done():
            building.cancel(why)
            await asyncio.wait([building])
        if overtaking.done() and building.cancelled():
            return None
        return building.result()
    finally:
        overtaking.cancel()
        building.cancel(NOT_NEEDED)  # no need to say why: this is the end of the watching
        await asyncio.wait([building])


async def _grace_after(overtaken: asyncio.Event, grace: float) -> None:
    await overtaken.wait()
    await asyncio.sleep(grace)
