"""watch_and_rebuild: every save becomes a build, and the last save always wins.

A change is never dropped: it sets an event that the next build clears before it reads anything, so
a change during a build leads to another build, and several lead to one. A build that such a change
has made pointless, and that takes long, is cancelled. One that did only what the save concerned is
followed, as soon as the saves pause, by one of everything.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..build.report import Built
from ..errors import BuildFailed, BuildFailure, BuildStopped, StorytimeError
from ..project.failures import failure_from
from ..project.package import locate
from ..ring.interpreter_ring import NOT_NEEDED
from ..watch.file_state import Moment
from ..watch.watcher import Changed, Watch, both, watching
from .builders import AsyncRebuildCallback, RebuildCallback, rebuild_by
from .write_loops import Echoes

logger = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that a build may go on after a newer save, before it is cancelled."""
OVERTAKEN = "the build was overtaken by a newer save and stopped"
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
    that fails is logged once, the folder keeps the last good catalog, and watching goes on. An
    async one that still runs GRACE seconds after a newer change is cancelled, with a message that
    says why.
    Watched are the package, and all files of the project that the last build imported or opened.
    Raises StorytimeError where there is no such package.
    """
    package = locate(package_location)
    async with (
        rebuild_by(rebuild_callback, package_location, output_dir) as rebuild,
        watching(package, output_dir) as watch,
    ):
        # A build in a thread can't be cancelled, so a newer save has to wait for its end.
        overtaken = watch.changed if rebuild.can_be_cancelled else asyncio.Event()
        await watch.follow_sources()
        if build_at_start:
            watch.tell(None)
        echoes = Echoes()
        is_settled = True
        while True:
            if is_settled or await _changes_within(watch, PAUSE):
                changed = await _next_changes(watch, echoes)
                if changed is not None and not changed:
                    continue
                files = None if changed is None else sorted(changed)
                started, began = Moment(), time.time()
                outcome = await _outcome(rebuild.rebuild(files), overtaken, GRACE, OVERTAKEN)
                if outcome is None:
                    watch.expect_anything()
                    continue
            else:
                started, began = Moment(), time.time()
                outcome = await _outcome(rebuild.settle(), overtaken, 0, NOT_NEEDED)
                if outcome is None:
                    continue
                no_news = outcome.built is not None and not outcome.built.pages
                outcome = replace(outcome, is_news=not no_news)
            echoes.built(began, time.time())
            is_settled = outcome.is_settled
            if on_built is not None and outcome.is_news:
                await on_built(outcome)
            await _follow(watch, outcome, started)


async def _next_changes(watch: Watch, echoes: Echoes) -> Changed:
    """What changed, once something has; nothing where that needs no build."""
    await watch.changed.wait()
    await watch.flood_over()
    changed = watch.take()
    wait = await asyncio.to_thread(echoes.wait, changed)
    if wait is None:
        return set()
    if wait:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await watch.changed.wait()
        changed = both(changed, watch.take())
    # A partial build would be followed by a whole one, which is an echo's cause as well.
    return None if echoes.are_many else changed


async def _follow(watch: Watch, outcome: Outcome, started: Moment) -> None:
    """Has those files watched that the build used, and those that it missed."""
    if outcome.built is None:
        watch.expect_anything()  # what changed before is not built yet
    await watch.follow_sources(
        outcome.sources if outcome.built else outcome.sources or (),
        outcome.failures,
        since=started,
        are_all=outcome.built is not None,
    )


async def _changes_within(watch: Watch, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await watch.changed.wait()
    except TimeoutError:
        return False
    return True


async def _outcome(
    build: Coroutine[Any, Any, Built], overtaken: asyncio.Event, grace: float, why: str
) -> Outcome | None:
    """What became of the build; what it did not log itself is logged here.

    None where it still ran `grace` seconds after it was overtaken: then it was cancelled, with the
    message `why`.
    """
    try:
        built = await _ended(build, overtaken, grace, why)
    except BuildFailed as error:
        logger.error("%s", error)
        return Outcome(None, error.failures, error.sources)
    except BuildStopped as error:
        logger.error("%s", error)
        return Outcome(None, [error.failure], error.sources)
    except StorytimeError as error:
        logger.error("%s", error)
        return Outcome(None, [BuildFailure("", error.message)])
    except Exception as error:
        logger.exception("the build failed for a reason that Storytime does not know")
        return Outcome(None, [failure_from("", error)])
    return Outcome(built, built.failures, built.sources) if built else None


async def _ended(
    build: Coroutine[Any, Any, Built], overtaken: asyncio.Event, grace: float, why: str
) -> Built | None:
    """Awaits the build; None where it was cancelled since it was overtaken."""
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
        building.cancel(NOT_NEEDED)  # whoever ended the watching knows that
        await asyncio.wait([building])


async def _grace_after(overtaken: asyncio.Event, grace: float) -> None:
    await overtaken.wait()
    await asyncio.sleep(grace)
