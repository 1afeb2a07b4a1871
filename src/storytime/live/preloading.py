"""Preloading: has a ring's standbys import ahead what the last whole build imported.

What that is, and when it must not be used, is decided in `build/preload.py`. Here it is carried to
the standbys, and checked: a catalog that is rendered with preloaded libraries has to be the same as
one that is rendered without.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..build.preload import digests_of_pages, preload
from ..errors import StalePreload, StorytimeError
from .building_ring import InterpreterRing

logger = logging.getLogger(__name__)

IDLE = 3.0
"""Seconds without a change after which preloading is checked. Twice as many for each time that a
change came during a check."""


class Preloading:
    """Runs the jobs of one catalog in a ring whose standbys have its libraries preloaded.

    `new_ring` makes another ring of the same kind, for the check.
    """

    def __init__(
        self,
        ring: InterpreterRing,
        new_ring: Callable[[], InterpreterRing] | None,
        package_location: str,
        output_dir: Path,
    ) -> None:
        self._ring, self._new_ring = ring, new_ring
        self._place = package_location, output_dir
        self._left_out: set[str] = set()
        self._libraries: Mapping[str, Any] = {"modules": []}
        self._checked: Mapping[str, Any] = self._libraries
        self._interrupted = 0

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a job in the ring, in a standby without preloaded libraries if they are stale."""
        while True:
            try:
                return await self._ring.run_async(function, *self._place, *arguments)
            except StalePreload as error:
                await self._forget(error)

    async def _forget(self, error: StalePreload) -> None:
        self._left_out.update(error.failed)
        self._libraries = {"modules": []}
        await asyncio.to_thread(self._ring.forget, preload)

    def learn(self, libraries: Mapping[str, Any] | None) -> None:
        """Have the standbys preload what a whole build used."""
        if libraries is None or self._new_ring is None:
            return
        modules = [name for name in libraries["modules"] if name not in self._left_out]
        libraries = {**libraries, "modules": modules}
        if libraries != self._libraries:
            self._libraries = libraries
            self._ring.prepare(preload, self._place[0], libraries)

    async def check(self) -> bool:
        """Check, after IDLE seconds, that preloading changes no page; once for each set of modules.

        Returns False if it does: nothing is preloaded any more. Cancel it when something changes.
        """
        if self._libraries["modules"] == self._checked["modules"] or self._new_ring is None:
            return True
        await asyncio.sleep(IDLE * 2**self._interrupted)
        self._interrupted += 1
        ring = self._new_ring()
        try:
            page = await self._different_page(ring)
        except StorytimeError as error:
            logger.debug("preloading could not be checked: %s", error)
            return True
        finally:
            # Not awaited, so that nothing waits for it when this is cancelled.
            self._closing = asyncio.get_running_loop().run_in_executor(None, ring.close)
        self._checked = self._libraries
        if page is None:
            return True
        logger.warning(
            "%s comes out differently if libraries are imported before the build; from now on they"
            " are imported in it, as with --no-preload",
            page,
        )
        self._new_ring = None
        await self._forget(StalePreload([]))
        return False

    async def _different_page(self, ring: InterpreterRing) -> str | None:
        """Return a page that only preloading can have changed: without, it is the same twice."""
        cold = await ring.run_async(digests_of_pages, *self._place)
        preloaded = None
        while preloaded is None:
            libraries = self._libraries
            ring.prepare(preload, self._place[0], libraries)
            try:
                preloaded = await ring.run_async(digests_of_pages, *self._place)
            except StalePreload as error:
                if not error.failed:
                    raise
                await asyncio.to_thread(ring.forget, preload)
                await self._forget(error)
                self.learn(libraries)
        if preloaded == cold:
            return None
        await asyncio.to_thread(ring.forget, preload)
        again = await ring.run_async(digests_of_pages, *self._place)
        pages = sorted(cold.keys() | preloaded.keys())
        return next(
            (page for page in pages if cold.get(page) == again.get(page) != preloaded.get(page)),
            None,
        )
