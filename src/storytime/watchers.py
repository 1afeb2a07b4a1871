"""watch_and_rebuild: every save becomes a build, and the last save always wins.

A change is never dropped: it sets an event that the next build clears before it reads anything, so
a change during a build leads to another build, and several lead to one.
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
from .errors import BuildFailed, BuildFailure, StorytimeError
from .failures import describe, failure_from
from .lanes import Lane
from .moments import Moment
from .packages import locate
from .ring import AsyncRebuildCallback, RebuildCallback

logger = logging.getLogger(__name__)

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
    that fails is logged once, the folder keeps the last good catalog, and watching goes on.
    Watched are the package, and all files of the project that the last build imported or opened.
    Raises StorytimeError where there is no such package.
    """
    package = locate(package_location)
    async with (
        _async_callback(rebuild_callback) as rebuild,
        watching(package, output_dir) as watch,
    ):
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
            outcome = await _outcome(rebuild(package_location, output_dir))
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


async def _outcome(build: Awaitable[None]) -> Outcome:
    """What became of the build; what it did not log itself is logged here."""
    try:
        await build
    except BuildFailed as error:
        if not error.written:
            logger.error("%s", error)
        return Outcome(error.failures, error.written, error.sources)
    except StorytimeError as error:
        logger.error("%s", error)
        return Outcome([BuildFailure("", error.message)])
    except Exception as error:
        logger.exception("the build failed for a reason that Storytime does not know")
        return Outcome([failure_from("", error)])
    return Outcome(written=True)


@asynccontextmanager
async def _async_callback(
    callback: RebuildCallback | AsyncRebuildCallback,
) -> AsyncIterator[AsyncRebuildCallback]:
    """The callback as one that can be awaited.

    A sync one runs in a lane: asyncio's own threads are waited for when the loop ends, and so would
    make the end of the server wait for the end of a build.
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
