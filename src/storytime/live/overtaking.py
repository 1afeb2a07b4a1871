"""Stops builds that a newer save has made pointless, and lets enough of them end."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from ..build.changes import BuildChanges
from ..errors import BuildStopped
from ..ring.interpreter_ring import NOT_NEEDED
from ..watch.watcher import Watch
from .builders import Rebuild
from .own_writes import OwnWrites

GRACE = 1.0
"""Seconds that a build may go on after a newer save before it is cancelled. Twice as many for each
that was cancelled before it, so that builds end although saves keep coming."""
SETTLING_GRACE = 0.05
"""The same for a build that nobody waits for."""
NEARLY = 0.1
"""Seconds. A build of the whole catalog that is likely to end within them isn't asked to stop."""
FRESH = 2.0
"""Seconds after the end of a build in which others are asked to stop; so some always end."""
OVERTAKEN = "the build was overtaken by a newer save and stopped"


class Overtaking:
    """Runs the builds of one loop, one at a time, as long as they are worth it."""

    def __init__(self, rebuild: Rebuild, watch: Watch, own_writes: OwnWrites) -> None:
        self._rebuild = rebuild
        self._watch = watch
        self._own_writes = own_writes
        self._cancelled = {"rebuild": 0, "settle": 0}
        self._duration = 0.0  # of the last build of the whole catalog, in seconds
        self._fresh_until = 0.0

    async def run(
        self, build: Coroutine[Any, Any, BuildChanges], *, is_settling: bool
    ) -> BuildChanges | None:
        """Return the result of a build, or None if a newer change overtook it."""
        kind, grace, why = "rebuild", GRACE, OVERTAKEN
        if is_settling:
            kind, grace, why = "settle", SETTLING_GRACE, NOT_NEEDED
        overtaken = self._overtaken(grace * 2 ** self._cancelled[kind], asks=not is_settling)
        began = time.monotonic()
        try:
            result = await _unless(overtaken, build, why)
        except BuildStopped as error:
            if error.by_itself:
                return None
            raise
        self._cancelled[kind] = 0 if result else self._cancelled[kind] + 1
        if result:
            now = time.monotonic()
            self._fresh_until = now + FRESH
            if result.is_settled:
                self._duration = now - began
        return result

    async def _overtaken(self, grace: float, *, asks: bool) -> None:
        """Return `grace` seconds after the first change that the build itself can't have made.

        If it `asks`, and the last build ended not long ago, it asks the build to stop before: at
        once, so that the standby has the processor to warm up, unless it has nearly ended.
        """
        likely_end = time.monotonic() + self._duration
        if not self._rebuild.can_be_cancelled:  # it is in a thread: a newer save waits for its end
            await asyncio.Event().wait()
        while (paths := self._watch.paths) is not None:
            if not self._own_writes.may_have(paths, await self._rebuild.writing()):
                break
            await self._watch.told()
        grace_ends = time.monotonic() + grace
        if asks:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._ask_to_stop(likely_end)
        await asyncio.sleep(grace_ends - time.monotonic())

    async def _ask_to_stop(self, likely_end: float) -> None:
        if likely_end - time.monotonic() < NEARLY:
            await asyncio.sleep(NEARLY)
        if time.monotonic() < self._fresh_until:
            await self._rebuild.ask_to_stop()


async def _unless(
    overtaken: Coroutine[Any, Any, None], build: Coroutine[Any, Any, BuildChanges], why: str
) -> BuildChanges | None:
    """Await the build. If `overtaken` ends first, cancel it, with that message, and return None."""
    building, overtaking = asyncio.create_task(build), asyncio.create_task(overtaken)
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
