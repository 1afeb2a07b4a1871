"""LiveCatalog: the catalog that the server shows, and its builds."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from ..build.changes import BuildChanges
from ..build.folder_lock import check_not_in_use
from ..build.manifest import Manifest
from ..errors import BuildFailure
from ..live.builders import AsyncRebuildCallback, PartialRebuild, RebuildCallback
from ..live.building_ring import InterpreterRing
from ..live.early_files import EarlyFiles
from ..live.loop import watch_and_rebuild
from ..live.story_jobs import StoryJobs
from ..project.package import Package
from ..views import FRAME
from ..views.assets import assets
from .reload import Reloader, document_of
from .story_documents import StoryDocuments

logger = logging.getLogger(__name__)

NOT_RUNNING = (
    "the workshop of %s is not running, since nothing ran its lifespan: create the app that mounts"
    " it with lifespan=storytime.lifespan(workshop), and restart"
)
LARGEST = 100_000
"""Bytes of a document that is sent along with the message that it changed."""


class LiveCatalog:
    """A catalog in an output folder, and the browsers that are told of its builds.

    `unstarted` is the package that `running` is to build, until that is entered. `early` has files
    of the first build before that has ended, and `story_jobs` render single stories, if builds run
    in a ring.
    """

    def __init__(self, output_dir: Path, unstarted: str | None = None) -> None:
        self.output_dir = output_dir
        self.unstarted = unstarted
        self.package: Package | None = None
        self.reloader = Reloader()
        self.documents = StoryDocuments()
        self.first_build_ended = asyncio.Event()
        self.first_build_ended.set()
        self.early: EarlyFiles | None = None
        self.story_jobs: StoryJobs | None = None
        self._removed: dict[str, str] = {}
        self._reports: Callable[[], Sequence[tuple[str, Any]]] = tuple

    def reports_of_first_build(self) -> Sequence[tuple[str, Any]] | None:
        """Return what the first build has reported so far; None when it has ended."""
        return None if self.first_build_ended.is_set() else self._reports()

    @asynccontextmanager
    async def running(
        self,
        package_location: str | None,
        make_ring: Callable[..., InterpreterRing] | None,
        *,
        preload: bool = True,
    ) -> AsyncIterator[None]:
        """Build the package, if there is one, at once and after every change.

        Without a ring the builds run in this interpreter. At the end the browsers are disconnected,
        and requests that wait for a build go on. Raises StorytimeError if the output folder is in
        use for another package.
        """
        if self.package is not None:
            check_not_in_use(self.output_dir, self.package)
        self.unstarted = None
        self.reloader.notices.clear()
        # In a thread of the pool that answers requests: what such a thread imports must not be
        # imported by the first request, which may come while a build holds this interpreter.
        manifest = await run_in_threadpool(Manifest.read, self.output_dir)
        if manifest is not None:
            self.reloader.result = BuildChanges(manifest.build)
        async with AsyncExitStack() as stack:
            if package_location is not None:
                self.first_build_ended = asyncio.Event()  # an app may start again in another loop
                rebuild: RebuildCallback | AsyncRebuildCallback
                if make_ring is None:
                    from ..build.whole import build_site as rebuild
                else:
                    in_loop = asyncio.get_running_loop().call_soon_threadsafe
                    ring = make_ring(on_notice=lambda text: in_loop(self.reloader.notify, text))
                    await stack.enter_async_context(ring)
                    self._reports = ring.reports
                    rebuild = PartialRebuild(ring, self.reloader.shown, preload=preload)
                    self.story_jobs = rebuild.story_jobs
                    self.early = EarlyFiles(ring, self.first_build_ended, assets())
                watching = asyncio.create_task(
                    watch_and_rebuild(
                        package_location, self.output_dir, rebuild, self.built, build_at_start=True
                    )
                )
                watching.add_done_callback(self._watching_ended)
                stack.push_async_callback(_cancel, watching)
            stack.callback(self.first_build_ended.set)
            stack.callback(self.reloader.close)
            yield

    def check_started(self) -> None:
        """Say once, in the log and to all browsers, if nothing started this workshop."""
        if self.unstarted is not None and not self.reloader.notices:
            self.reloader.notify(NOT_RUNNING % self.unstarted)

    async def built(self, result: BuildChanges) -> None:
        """Tell the browsers what the build that has just ended changed."""
        # Another worker of the same app was faster, and wrote what this build would have written.
        is_built_by_other = result.is_written and not result.pages
        is_built_by_other &= result.build != self.reloader.result.build
        unchanged = self._restored(result)
        changed = [page for page in result.changed if page not in unchanged]
        self.reloader.early = ""
        if self.early and result.is_written:
            changed = await asyncio.to_thread(self.early.changed, changed, self.output_dir)
            self.early = None
        self.reloader.tell(replace(result, changed=changed), self._shown_documents(changed))
        if is_built_by_other:
            self.reloader.greet()
        self.first_build_ended.set()

    def _shown_documents(self, changed: Collection[str]) -> dict[str, str]:
        """Return the documents that changed of the stories whose pages browsers show, by file.

        Browsers request those that are larger than LARGEST.
        """
        documents = {}
        for file in {document_of(page) for page in self.reloader.shown()}.intersection(changed):
            with suppress(OSError):  # the next build removed it already
                document = (self.output_dir / file).read_bytes()
                if len(document) <= LARGEST:
                    documents[file] = document.decode()
        return documents

    def _restored(self, result: BuildChanges) -> set[str]:
        """Return the stories' documents that were gone after a failure and are the same again.

        Browsers that show them have kept their last picture, so they don't need to load them.
        """
        restored = {
            path
            for path, digest in result.digests.items()
            if self._removed.pop(path, None) == digest and path.endswith(FRAME)
        }
        self._removed |= result.removed
        return restored

    def _watching_ended(self, watching: asyncio.Task[None]) -> None:
        """Say why no further save will be built, unless the app has ended."""
        if not watching.cancelled() and (error := watching.exception()) is not None:
            logger.error("no longer watching for changes: %s; restart the server", error)
            failures = [BuildFailure("", str(error))]
            self.reloader.tell(BuildChanges(failures=failures, is_written=False))
            self.first_build_ended.set()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
