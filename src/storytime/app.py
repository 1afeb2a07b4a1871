"""create_app: the web app that serves a catalog, rebuilds it at every save and tells browsers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from .build import build_site
from .errors import BuildFailure
from .output import Manifest
from .packages import locate
from .reload import Reloader
from .ring import AsyncRebuildCallback, InterpreterRing, RebuildCallback
from .views import assets, error_page
from .watchers import watch_and_rebuild

logger = logging.getLogger(__name__)


def create_app(
    output_dir: Path, package_location: str | None = None, *, use_subinterpreters: bool = False
) -> Starlette:
    """An ASGI app that serves the catalog in `output_dir`.

    With a package (a dotted name or a folder) it builds the catalog when it starts, and again at
    every change: in a fresh interpreter each time with `use_subinterpreters`, else directly, in
    this one, where modules that were imported once stay as they are. Requests that come before the
    first build has ended wait for it. Raises StorytimeError where there is no such package.
    """
    catalog = LiveCatalog(Path(output_dir))
    if package_location is not None:
        locate(package_location)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await catalog.find_earlier_build()
        if package_location is None:
            catalog.first_build_ended.set()
            yield
            return
        async with rebuilding(use_subinterpreters) as rebuild:
            watching = asyncio.create_task(
                watch_and_rebuild(
                    package_location, catalog.output_dir, rebuild, catalog.built, build_at_start=True
                )
            )
            watching.add_done_callback(catalog.watching_ended)
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.wait([watching])

    routes = [
        WebSocketRoute("/ws/reload", catalog.reloader.endpoint),
        Mount("/", CatalogFiles(catalog)),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


@asynccontextmanager
async def rebuilding(
    use_subinterpreters: bool,
) -> AsyncIterator[RebuildCallback | AsyncRebuildCallback]:
    """What builds the catalog, for as long as the app lives."""
    if not use_subinterpreters:
        yield build_site
        return
    async with InterpreterRing() as ring:
        yield ring.build_async


class LiveCatalog:
    """The catalog as it is served: the folder, the last build's failures, the browsers."""

    def __init__(self, output_dir: Path) -> None:
        self.output_dir = output_dir
        self.reloader = Reloader()
        self.failures: Collection[BuildFailure] = ()
        self.first_build_ended = asyncio.Event()
        self._pages: Mapping[str, str] = {}

    async def find_earlier_build(self) -> None:
        """Starts from what the folder holds already."""
        manifest = await asyncio.to_thread(Manifest.read, self.output_dir)
        if manifest is not None:
            self._pages, self.reloader.build = manifest.pages, manifest.build

    async def built(self, failures: Collection[BuildFailure], written: bool) -> None:
        """Tells the browsers what the build that has just ended changed."""
        self.failures = failures
        manifest = await asyncio.to_thread(Manifest.read, self.output_dir) if written else None
        if manifest is not None:
            before, after = self._pages, manifest.pages
            changed = {path for path in before | after if before.get(path) != after.get(path)}
            self._pages = after
            self.reloader.tell_reload(manifest.build, changed)
        if failures:
            self.reloader.tell_failed(failures)
        self.first_build_ended.set()

    def watching_ended(self, watching: asyncio.Task[None]) -> None:
        """Says why no further save will be built, where the watching ended by itself."""
        if not watching.cancelled() and (error := watching.exception()) is not None:
            logger.error("no longer watching for changes: %s; start the server again", error)
            self.failures = [BuildFailure("", str(error))]
            self.first_build_ended.set()


class CatalogFiles(StaticFiles):
    """The output folder's files; in place of what is missing, a page that says why it may be."""

    def __init__(self, catalog: LiveCatalog) -> None:
        super().__init__(directory=catalog.output_dir, html=True, check_dir=False)
        self.catalog = catalog

    async def get_response(self, path: str, scope: Scope) -> Response:
        await self.catalog.first_build_ended.wait()
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            return self._instead(path)
        # Without this browsers guess for how long a page stays the same.
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _instead(self, path: str) -> Response:
        """The page's assets, which an error page needs before any build has succeeded, or it."""
        asset = assets().get(path)
        if asset is not None:
            media_type = "text/css" if path.endswith(".css") else "text/javascript"
            return Response(asset, media_type=media_type)
        title = "Nothing is built yet" if not self.catalog.reloader.build else "Not in the catalog"
        page = error_page(self.catalog.failures, title=title, base="/")
        return HTMLResponse(page, 404, headers={"Cache-Control": "no-cache"})
