"""LiveCatalog: what the server shows, kept up to date."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from ..build.manifest import Manifest
from ..build.result import BuildResult
from ..errors import BuildFailure
from ..views import FRAME
from .reload import Reloader

logger = logging.getLogger(__name__)


class LiveCatalog:
    """The catalog as it is served: the folder, and the browsers that are told of its builds."""

    def __init__(self, output_dir: Path) -> None:
        self.output_dir = output_dir
        self.reloader = Reloader()
        self.first_build_ended = asyncio.Event()
        self.first_build_ended.set()
        self._went: dict[str, str] = {}

    async def find_earlier_build(self) -> None:
        """Starts from what the folder holds already."""
        # In one of the threads that answer requests: what those import is imported now, not with
        # the first request, which may come while a build holds this interpreter.
        manifest = await run_in_threadpool(Manifest.read, self.output_dir)
        if manifest is not None:
            self.reloader.result = BuildResult(manifest.build)

    async def built(self, result: BuildResult) -> None:
        """Tell the browsers what the build that has just ended changed."""
        unchanged = self._back_as_they_were(result)
        changed = [page for page in result.changed if page not in unchanged]
        self.reloader.tell(replace(result, changed=changed))
        self.first_build_ended.set()

    def _back_as_they_were(self, result: BuildResult) -> set[str]:
        """Return the stories' documents that were gone after a failure and are the same again.

        Browsers that show them have kept their last picture, so they don't need to load them.
        """
        back = {
            path
            for path, digest in result.added.items()
            if self._went.pop(path, None) == digest and path.endswith(FRAME)
        }
        self._went |= result.removed
        return back

    def notifier(self) -> Callable[[str], None]:
        """A function, to be called in any thread, that logs a notice and tells the browsers."""
        loop = asyncio.get_running_loop()

        def notify(text: str) -> None:
            logger.warning("%s", text)
            loop.call_soon_threadsafe(self.reloader.tell_notice, text)

        return notify

    def watching_ended(self, watching: asyncio.Task[None]) -> None:
        """Says why no further save will be built, where the watching ended by itself."""
        if not watching.cancelled() and (error := watching.exception()) is not None:
            logger.error("no longer watching for changes: %s; start the server again", error)
            failures = [BuildFailure("", str(error))]
            self.reloader.tell(BuildResult(failures=failures, is_written=False))
            self.first_build_ended.set()

    def close(self) -> None:
        """Ends the browsers' connections, and lets the requests go that wait for a build."""
        self.first_build_ended.set()
        self.reloader.close()
