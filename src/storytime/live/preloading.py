"""Preloading: has a ring's standbys import ahead what the last whole build imported.

What that is, and when it must not be used, is decided in `build/preload.py`. Here it is carried to
the standbys, and checked: a catalog that is rendered with preloaded libraries has to be the same as
one that is rendered without.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from ..build.changes import BuildChanges
from ..build.job_names import DIGESTS_OF_PAGES, PRELOAD
from ..errors import StalePreload, StorytimeError
from ..project.file_writes import BY_PROCESS
from ..ring.wire import Function
from .building_ring import InterpreterRing

logger = logging.getLogger(__name__)

IDLE = 3.0
"""Seconds without a change after which preloading is checked. Twice as many for each time that a
change came during a check."""
NONE: Mapping[str, Any] = {"modules": []}


class Preloading:
    """Runs the jobs of one catalog in a ring whose standbys have its libraries preloaded.

    It does without if it isn't `enabled`.
    """

    def __init__(
        self, ring: InterpreterRing, package_location: str, output_dir: Path, *, enabled: bool
    ) -> None:
        self._ring, self._enabled = ring, enabled
        self._place = package_location, output_dir
        self._left_out: set[str] = set()
        self._libraries = NONE
        self._checked = NONE
        self._interrupted = 0

    async def run(self, function: Function, *arguments: Any) -> Any:
        """Run a job in the ring, in a standby without preloaded libraries if they are stale."""
        return await self._run(self._ring.run_async, function, *arguments)

    async def run_beside(self, function: Function, *arguments: Any) -> Any:
        """`run` for a short job that doesn't wait for the others."""
        return await self._run(self._ring.run_beside, function, *arguments)

    async def _run(
        self, run: Callable[..., Awaitable[Any]], function: Function, *arguments: Any
    ) -> Any:
        while True:
            try:
                return await run(function, *self._place, *arguments)
            except StalePreload as error:
                self._left_out.update(error.failed)
                await self._forget()

    async def _forget(self) -> None:
        self._libraries = NONE
        await asyncio.to_thread(self._ring.forget, PRELOAD)

    async def learn(self, result: BuildChanges) -> None:
        """Have the standbys preload what a whole build used.

        A build that writes more than pages can't be done again for a check, so nothing is preloaded
        for the next one.
        """
        if not self._enabled or result.libraries is None:
            return
        if result.writes.left or result.writes.unseen == BY_PROCESS:
            if self._libraries["modules"]:
                await self._forget()
            return
        libraries = self._fit(result.libraries)
        if libraries != self._libraries:
            self._prepare(libraries)

    def _fit(self, libraries: Mapping[str, Any]) -> Mapping[str, Any]:
        modules = [name for name in libraries["modules"] if name not in self._left_out]
        return {**libraries, "modules": modules}

    def _prepare(self, libraries: Mapping[str, Any]) -> None:
        self._libraries = libraries
        self._ring.prepare(PRELOAD, self._place[0], libraries)

    async def check(self) -> bool:
        """Check, after IDLE seconds, that preloading changes no page; once for each set of modules.

        Returns False if it does: nothing is preloaded any more. Cancel it when something changes.
        """
        libraries = self._libraries
        if libraries["modules"] == self._checked["modules"]:
            return True
        await asyncio.sleep(IDLE * 2**self._interrupted)
        self._interrupted += 1
        try:
            page = await self._different_page(libraries)
        except StalePreload as error:
            # Modules that need the catalog's setup, such as Django's models.
            self._left_out.update(error.failed)
            await self._forget()
            self._prepare(self._fit(libraries))
            return True
        except StorytimeError as error:
            logger.debug("preloading could not be checked: %s", error)
            return True
        self._checked = libraries
        if page is None:
            return True
        logger.warning(
            "%s comes out differently if libraries are imported before the build; from now on they"
            " are imported in it, as with --no-preload",
            page,
        )
        self._enabled = False
        await self._forget()
        return False

    async def _different_page(self, libraries: Mapping[str, Any]) -> str | None:
        """Return a page that only preloading can have changed: without, it is the same twice."""
        preloaded = await self._digests()
        await asyncio.to_thread(self._ring.forget, PRELOAD)
        try:
            cold = await self._digests()
            again = cold if cold == preloaded else await self._digests()
        finally:
            self._prepare(libraries)
        pages = sorted(cold.keys() | preloaded.keys())
        return next(
            (page for page in pages if cold.get(page) == again.get(page) != preloaded.get(page)),
            None,
        )

    async def _digests(self) -> dict[str, str]:
        """Return the digest of each page, rendered in the standby."""
        digests: dict[str, str] = await self._ring.run_async(DIGESTS_OF_PAGES, *self._place)
        return digests
