"""watch_and_rebuild: every save becomes a build, and the last save always wins.

`_Loop.run` repeats four steps: the Watch collects changes, `_decide` says what they need, `_build`
builds it, and `_publish` tells what came of it and watches the files that were used.

No change is dropped: it sets an event, which is cleared before the next build reads anything. So a
change during a build leads to another build, and several changes lead to one. What the build itself
wrote is no change. A build that a change made pointless is cancelled if it takes long. A build that
failed because of a file that was just being saved publishes nothing and begins anew. A build of
only what a save concerned is followed by a build of the whole catalog as soon as the saves pause.
If the save concerned all, and only what browsers show was built, it follows at once.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..build.changes import BuildChanges
from ..build.folder_lock import FolderLock
from ..build.manifest import MANIFEST, Manifest
from ..build.writer import restore_manifest
from ..errors import BuildFailed, BuildFailure, BuildStopped, SourcesChanged, StorytimeError
from ..project.failures import failure_from
from ..project.file_writes import Writes, writes_from
from ..project.files import relative_to
from ..project.package import Package, locate
from ..ring.interpreter_ring import NOT_NEEDED
from ..watch.file_state import StartTime
from ..watch.pending_changes import Changed
from ..watch.watcher import Watch, watching
from .builders import AsyncRebuildCallback, Rebuild, RebuildCallback, rebuild_by
from .building_ring import LONGEST_TORN
from .overtaking import Overtaking
from .own_writes import OwnWrites

logger = logging.getLogger(__name__)

PAUSE = 0.4
"""Seconds without a change after which a partial build is followed by a whole one."""
STALEST = 1.0
"""Seconds after which the whole catalog is built although saves keep coming, if only what browsers
show of them was built meanwhile."""
UNFINISHED = 0.1
"""Seconds to wait for the end of a save before a build begins anew; the next change ends it."""

type OnBuilt = Callable[[BuildChanges], Awaitable[None]]


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
        with FolderLock(output_dir, package) as lock:
            await _Loop(package, output_dir, rebuild, watch, lock, on_built).run()


class _Loop:
    def __init__(
        self,
        package: Package,
        output_dir: Path,
        rebuild: Rebuild,
        watch: Watch,
        lock: FolderLock,
        on_built: OnBuilt | None,
    ) -> None:
        self._base = str(package.base)
        self._output_dir = output_dir
        self._pages: dict[str, str] = {}
        self._rebuild = rebuild
        self._watch = watch
        self._lock = lock
        self._on_built = on_built
        self._own_writes = OwnWrites()
        self._overtaking = Overtaking(rebuild, watch, self._own_writes)
        self._is_settled = True
        self._stale_since: float | None = None
        self._torn_since: float | None = None
        self._unbuilt: Changed = set()

    async def run(self) -> None:
        if manifest := await asyncio.to_thread(Manifest.read, self._output_dir):
            self._pages.update(manifest.pages)
        while True:
            with suppress(StorytimeError):  # the build is refused, and says why
                self._lock.take()
            is_settling = not self._is_settled and await self._may_settle()
            changed = None if is_settling else await self._decide()
            if changed is not None and not changed:
                continue
            started, began = StartTime(), time.time()
            result = await self._build(changed, is_settling=is_settling)
            if result is None:
                if not is_settling and self._torn_since is None:
                    self._watch.force_full_build()
                continue
            self._own_writes.built(result.writes, began, time.time())
            self._pages.update(result.digests)
            for page in result.removed:
                self._pages.pop(page, None)
            self._is_settled = result.is_settled
            stale_since = self._stale_since if self._stale_since is not None else time.monotonic()
            self._stale_since = stale_since if result.is_stale else None
            is_news = not (is_settling and result.is_written) or bool(result.pages)
            await self._publish(result, started, is_news=is_news)

    async def _may_settle(self) -> bool:
        """Return True if the whole catalog is to be settled next, not what has changed."""
        if self._torn_since is not None:
            return False
        if self._stale_since is None:
            return not await _changes_within(self._watch, PAUSE)
        is_overdue = time.monotonic() - self._stale_since > STALEST
        return is_overdue or not self._watch.changed.is_set()

    async def _decide(self) -> Changed:
        """Wait for changes. Return those to build for: an empty set if they need no build."""
        if self._torn_since is None:
            await self._changed()
            await self._watch.burst_ended()
        else:
            await _changes_within(self._watch, UNFINISHED)
        changed, self._unbuilt = self._unbuilt, set()
        has_waited = False
        while changed is not None and (news := self._watch.take()) is not None:
            changed |= await asyncio.to_thread(self._own_writes.others, news)
            if not changed:
                return changed
            sources = self._watch.sources
            delay = await asyncio.to_thread(self._own_writes.delay, changed, sources)
            if delay is None:
                self._unbuilt = changed
                return set()
            if not delay or not await _changes_within(self._watch, delay):
                if not has_waited:
                    await self._rebuild.ready()
                if has_waited or not self._watch.changed.is_set():
                    return changed
                has_waited = True  # else saves that come all the time would never be built
        await self._rebuild.ready()
        self._watch.take()  # what was saved while it waited is in the build, too
        return None

    async def _changed(self) -> None:
        """Wait for changes, and have what was built checked meanwhile."""
        checking = asyncio.create_task(self._rebuild.check(partial(self._watch.tell, None)))
        try:
            await self._watch.changed.wait()
        finally:
            checking.cancel(NOT_NEEDED)  # the next job waits until it has ended

    async def _build(self, changed: Changed, *, is_settling: bool) -> BuildChanges | None:
        """Return the result of a build.

        None if it has to be built anew: a newer change overtook it, or files changed as it read
        them. Failures that the build didn't log itself are logged.
        """
        now = time.monotonic()
        torn_since = self._torn_since if self._torn_since is not None else now
        publish_torn = now - torn_since > LONGEST_TORN
        try:
            run = partial(self._run, changed, is_settling=is_settling, publish_torn=publish_torn)
            result = await self._restoring(run)
        except SourcesChanged as error:
            if not publish_torn:
                logger.debug("%s", error)
                self._torn_since, self._unbuilt = torn_since, changed
                return None
            result = _failed(error, self._base)
        except Exception as error:
            result = _failed(error, self._base)
        if result is not None:
            self._torn_since = None
        return result

    async def _restoring(
        self, run: Callable[[], Awaitable[BuildChanges | None]]
    ) -> BuildChanges | None:
        """Run a build. If it fails and the manifest was damaged, restore that and run it again."""
        try:
            return await run()
        except StorytimeError:
            if not await asyncio.to_thread(restore_manifest, self._output_dir, self._pages):
                raise
        logger.warning(
            "%s was damaged or removed; it was written again", self._output_dir / MANIFEST
        )
        return await run()

    async def _run(
        self, changed: Changed, *, is_settling: bool, publish_torn: bool
    ) -> BuildChanges | None:
        """Return the result of a build, or None if a newer change overtook it."""
        if is_settling:
            build = self._rebuild.settle(publish_torn=publish_torn)
        else:
            files = None if changed is None else relative_to(self._base, sorted(changed))
            build = self._rebuild.rebuild(files, publish_torn=publish_torn)
        return await self._overtaking.run(build, is_settling=is_settling)

    async def _publish(self, result: BuildChanges, started: StartTime, *, is_news: bool) -> None:
        """Tell the result, and watch the files that the build used or missed."""
        if self._on_built is not None and is_news:
            await self._on_built(result)
        if not result.is_written:
            self._watch.force_full_build()  # what changed before is not built yet
        await self._watch.follow_sources(
            result.sources,
            result.failures,
            result.lookups,
            since=started,
            are_all=result.is_written,
        )


async def _changes_within(watch: Watch, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await watch.changed.wait()
    return False


def _failed(error: Exception, base: str) -> BuildChanges:
    """Log an error for which nothing could be written, and return it as a result."""
    if not isinstance(error, StorytimeError):
        logger.error("the build failed for a reason that Storytime does not know", exc_info=error)
        return BuildChanges(failures=[failure_from("", error)], is_written=False)
    logger.error("%s", error)
    failures: Sequence[BuildFailure] = [BuildFailure("", error.message)]
    sources: Sequence[str] = ()
    lookups: Sequence[str] = ()
    writes = Writes()
    if isinstance(error, BuildFailed):
        failures, sources, lookups = error.failures, error.sources, error.lookups
        writes = Writes.from_json(error.writes)
    elif isinstance(error, BuildStopped):
        failures, sources, writes = [error.failure], error.sources, writes_from(error.reports)
    return BuildChanges(
        failures=failures,
        sources=relative_to(base, sources),
        lookups=relative_to(base, lookups),
        writes=writes,
        is_written=False,
    )
