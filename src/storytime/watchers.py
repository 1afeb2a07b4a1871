"""watch_and_rebuild: every save becomes a build, and the last save always wins.

A change is never dropped: it sets an event that the next build clears before it reads anything, so
a change during a build leads to another build, and several lead to one. A build that such a change
has made pointless, and that takes long, is cancelled.
"""

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .changes import watching
from .echoes import Echoes
from .errors import BuildFailed, BuildFailure, JobStopped, StorytimeError
from .failures import describe, failure_from
from .lanes import Lane
from .moments import Moment
from .packages import locate
from .ring import AsyncRebuildCallback, RebuildCallback

logger = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that a build may go on after a newer save, before it is cancelled."""
OVERTAKEN = "the build was overtaken by a newer save and stopped"

type OnBuilt = Callable[[Sequence[BuildFailure], bool], Awaitable[None]]
"""Told after each build: its failures, and whether the output folder holds the new catalog."""


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
        _async_callback(rebuild_callback) as rebuild,
        watching(package, output_dir) as watch,
    ):
        # A build in a thread can't be cancelled, so a newer save has to wait for its end.
        overtaken = watch.changed if is_async(rebuild_callback) else asyncio.Event()
        await watch.follow_sources()
        if build_at_start:
            watch.tell(None)
        echoes = Echoes()
        while True:
            await watch.changed.wait()
            await watch.flood_over()
            wait = await asyncio.to_thread(echoes.wait, watch.take())
            if wait is None:
                continue
            if wait:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await watch.changed.wait()
                watch.take()
            started, began = Moment(), time.time()
            outcome = await _outcome(rebuild(package_location, output_dir), overtaken)
            if outcome is None:
                continue
            echoes.built(began, time.time())
            await watch.follow_sources(outcome.sources, outcome.failures, since=started)
            if on_built is not None:
                await on_built(outcome.failures, outcome.written)


@dataclass(frozen=True)
class Outcome:
    """What became of a build; `sources` are its files where no manifest names them."""

    failures: Sequence[BuildFailure] = ()
    written: bool = False
    sources: Sequence[str] = ()


async def _outcome(build: Awaitable[None], overtaken: asyncio.Event) -> Outcome | None:
    """What became of the build, None where it was overtaken; what it did not log is logged here."""
    try:
        if not await _ended(build, overtaken):
            return None
    except BuildFailed as error:
        if not error.written:
            logger.error("%s", error)
        return Outcome(error.failures, error.written, error.sources)
    except JobStopped as error:
        logger.error("%s", error)
        return Outcome([error.failure], sources=error.sources)
    except StorytimeError as error:
        logger.error("%s", error)
        return Outcome([BuildFailure("", error.message)])
    except Exception as error:
        logger.exception("the build failed for a reason that Storytime does not know")
        return Outcome([failure_from("", error)])
    return Outcome(written=True)


async def _ended(build: Awaitable[None], overtaken: asyncio.Event) -> bool:
    """Awaits the build; False where it was cancelled since it was overtaken."""
    building = asyncio.ensure_future(build)
    overtaking = asyncio.create_task(_grace_after(overtaken))
    try:
        await asyncio.wait([building, overtaking], return_when=asyncio.FIRST_COMPLETED)
        if not building.done():
            building.cancel(OVERTAKEN)
            await asyncio.wait([building])
        if overtaking.done() and building.cancelled():
            return False
        building.result()
        return True
    finally:
        overtaking.cancel()
        building.cancel()
        await asyncio.wait([building])


async def _grace_after(overtaken: asyncio.Event) -> None:
    await overtaken.wait()
    await asyncio.sleep(GRACE)


@asynccontextmanager
async def _async_callback(
    callback: RebuildCallback | AsyncRebuildCallback,
) -> AsyncIterator[AsyncRebuildCallback]:
    """The callback as one that can be awaited.

    A sync one runs in a lane: asyncio's own threads are waited for when the loop ends, and so would
    make the end of the server wait for the end of a build. Nothing can end it before its time.
    """
    if is_async(callback):
        yield callback  # type: ignore[misc]
        return
    lane = Lane("storytime-direct-builds")

    async def in_lane(package_location: str, output_dir: Path) -> None:
        job = partial(_contained, callback, package_location, output_dir)
        result = await asyncio.wrap_future(lane.submit(job))
        if inspect.isawaitable(result):
            await result

    try:
        yield in_lane
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
