"""watch_and_rebuild: every save becomes a build, and the last save always wins.

A change is never dropped: it sets an event that the next build clears before it reads anything, so
a change during a build leads to another build, and several lead to one. A build that did only what
the save concerned is followed, as soon as the saves pause, by one of everything.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .changes import Watch, watching
from .errors import BuildFailed, BuildFailure, StorytimeError
from .failures import failure_from
from .packages import locate
from .rebuilding import Built
from .rebuilds import Rebuild, rebuild_by
from .ring import AsyncRebuildCallback, RebuildCallback

logger = logging.getLogger(__name__)

PAUSE = 0.4
"""Seconds without a change after which a partial build is followed by a whole one."""


@dataclass(frozen=True)
class Outcome:
    """What became of a build.

    `built` is what the output folder holds now, None where nothing could be written; `failures`
    what could not be built; `sources` the files that the build used, where it says so; `is_news`
    whether it may differ from what was told of the build before.
    """

    built: Built | None
    failures: Sequence[BuildFailure] = ()
    sources: Sequence[str] | None = None

    is_news: bool = True

    @property
    def is_settled(self) -> bool:
        return self.built is None or self.built.settled


type OnBuilt = Callable[[Outcome], Awaitable[None]]
"""Told after each build what became of it."""


async def watch_and_rebuild(
    package_location: str,
    output_dir: Path,
    rebuild_callback: RebuildCallback | AsyncRebuildCallback,
    on_built: OnBuilt | None = None,
    *,
    build_at_start: bool = False,
) -> None:
    """Builds the package into the folder after every change, until it is cancelled.

    `rebuild_callback` is awaited where it is async; else it runs in a thread of its own. A build
    that fails is logged once, the folder keeps the last good catalog, and watching goes on.
    Watched are the package, and all files of the project that the last build imported or opened.
    Raises StorytimeError where there is no such package.
    """
    package = locate(package_location)
    async with (
        rebuild_by(rebuild_callback, package_location, output_dir) as rebuild,
        watching(package, output_dir) as watch,
    ):
        await watch.follow_sources(since=time.time())
        if build_at_start:
            watch.tell_anything()
        is_settled = True
        while True:
            started = time.time()
            if is_settled or await _changes_within(watch, PAUSE):
                changed = await watch.changes()
                started = time.time()
                outcome: Outcome | None = await _outcome(rebuild.rebuild(changed))
            else:
                outcome = await _settle(rebuild, watch)
            if outcome is None:
                continue
            is_settled = outcome.is_settled
            if on_built is not None and outcome.is_news:
                await on_built(outcome)
            await _follow(watch, outcome, started)


async def _settle(rebuild: Rebuild, watch: Watch) -> Outcome | None:
    """Builds everything, unless a change comes before that has ended (then None)."""
    settling = asyncio.create_task(_outcome(rebuild.settle()))
    changing = asyncio.create_task(watch.changed.wait())
    try:
        await asyncio.wait({settling, changing}, return_when=asyncio.FIRST_COMPLETED)
        if not settling.done():
            return None
        outcome = settling.result()
        return replace(outcome, is_news=outcome.built is None or bool(outcome.built.pages))
    finally:
        changing.cancel()
        settling.cancel("overtaken by a change")
        await asyncio.wait({settling, changing})


async def _follow(watch: Watch, outcome: Outcome, started: float) -> None:
    """Has those files watched that the build used, where they are other than before."""
    if outcome.built is None:
        watch.expect_anything()  # what changed before is not built yet
        await watch.follow_sources(outcome.sources or (), since=started)
    elif outcome.sources is not None:
        await watch.follow_sources(outcome.sources, since=started, are_all=True)


async def _changes_within(watch: Watch, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await watch.changed.wait()
    except TimeoutError:
        return False
    return True


async def _outcome(build: Awaitable[Built]) -> Outcome:
    """What became of the build; what it did not log itself is logged here."""
    try:
        built = await build
    except BuildFailed as error:
        logger.error("%s", error)
        return Outcome(None, error.failures, error.sources)
    except StorytimeError as error:
        logger.error("%s", error)
        return Outcome(None, [BuildFailure("", error.message)])
    except Exception as error:
        logger.exception("the build failed for a reason that Storytime does not know")
        return Outcome(None, [failure_from("", error)])
    return Outcome(built, built.failures, built.sources)
