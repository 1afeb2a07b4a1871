"""Stops builds that a newer save has made pointless, and lets enough of them end."""

import asyncio
import time
from collections.abc import Coroutine
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
SHORT = 0.2
"""Seconds. A whole build that has run so long is asked to stop once a newer save comes: it has long
to go, and by now the next standby is nearly warm."""
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
        self._fresh_until = 0.0

    async def run(
        self, build: Coroutine[Any, Any, BuildChanges], *, is_settling: bool
    ) -> BuildChanges | None:
        """Return the result of a build, or None if a newer change overtook it."""
        kind, grace, why = "rebuild", GRACE, OVERTAKEN
        if is_settling:
            kind, grace, why = "settle", SETTLING_GRACE, NOT_NEEDED
        overtaken = self._overtaken(grace * 2 ** self._cancelled[kind], asks=not is_settling)
        try:
            result = await _unless(overtaken, build, why)
        except BuildStopped as error:
            if error.by_itself:
                return None
            raise
        self._cancelled[kind] = 0 if result else self._cancelled[kind] + 1
        if result:
            self._fresh_until = time.monotonic() + FRESH
        return result

    async def _overtaken(self, grace: float, *, asks: bool) -> None:
        """Return `grace` seconds after the first change that the build itself can't have made.

        If it `asks`, and the last build ended not long ago, it asks the build to stop before.
        """
        long_enough = time.monotonic() + SHORT
        if not self._rebuild.can_be_cancelled:  # it is in a thread: a newer save waits for its end
            await asyncio.Event().wait()
        while (paths := self._watch.paths) is not None:
            if not self._own_writes.may_have(paths, await self._rebuild.writing()):
                break
            await self._watch.told()
        if asks:
            await asyncio.sleep(max(0.0, long_enough - time.monotonic()))
            if time.monotonic() < self._fresh_until:
                await self._rebuild.ask_to_stop()
        await asyncio.sleep(grace)


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
