"""create_app: the web app that serves a catalog, rebuilds it at every save and tells browsers."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import override

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from .build import build_site
from .errors import BuildFailure
from .headers import policy_headers
from .hosts import AllowedHosts
from .isolation import Kind
from .manifest import OWN_FOLDER, Manifest
from .packages import locate
from .rebuilding import Built
from .rebuilds import PartialRebuild
from .reload import Reloader
from .ring import AsyncRebuildCallback, InterpreterRing, RebuildCallback
from .views import FRAME, assets, error_page
from .watchers import Outcome, watch_and_rebuild

logger = logging.getLogger(__name__)

FAILURES = "failures.html"
"""No file, but what pages ask for the failures of the last build, to show them over a story."""
BUILD_TIMEOUT = 30.0
"""Seconds that a build may take, unless it is said otherwise."""


def create_app(
    output_dir: Path,
    package_location: str | None = None,
    *,
    use_subinterpreters: bool = False,
    isolation: Kind = "auto",
    build_timeout: float | None = BUILD_TIMEOUT,
    allowed_hosts: Collection[str] = (),
    editor: str = "",
) -> Starlette:
    """An ASGI app that serves the catalog in `output_dir`.

    With a package (a dotted name or a folder) it builds the catalog when it starts, and again at
    every change: in a fresh interpreter each time with `use_subinterpreters`, else directly, in
    this one, where modules that were imported once stay as they are. `isolation` "process" has each
    build in a process of its own instead of a subinterpreter; `build_timeout` is how many seconds
    such a build may take (None: any). Requests that come before the first build has ended wait for
    it. The app answers to localhost and the loopback addresses, and to `allowed_hosts`: names and
    addresses; `.example.org` is all below it as well, 0.0.0.0 any address, `*` any host. `editor`
    is the address that opens `{file}` at `{line}` in an editor: pages make links of it. Raises
    StorytimeError where there is no such package.
    """
    catalog = LiveCatalog(Path(output_dir))

    def make_ring() -> InterpreterRing | None:
        if not use_subinterpreters:
            return None
        return InterpreterRing(
            timeout=build_timeout, isolation=isolation, on_notice=catalog.notifier()
        )

    if package_location is not None:
        base = locate(package_location).base
        if editor:
            catalog.reloader.greeting = {"editor": editor, "base": base.as_posix()}

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await catalog.find_earlier_build()
        if package_location is None:
            with closing(catalog):
                yield
            return
        async with (
            rebuilding(make_ring) as rebuild,
            watching(package_location, catalog, rebuild),
        ):
            with closing(catalog):
                yield

    routes = [
        WebSocketRoute("/ws/reload", catalog.reloader.endpoint),
        Mount("/", CatalogFiles(catalog)),
    ]
    door = [Middleware(AllowedHosts, allowed=allowed_hosts)]
    return Starlette(routes=routes, middleware=door, lifespan=lifespan)


@asynccontextmanager
async def rebuilding(
    make_ring: Callable[[], InterpreterRing | None],
) -> AsyncIterator[RebuildCallback | AsyncRebuildCallback]:
    """What builds the catalog, for as long as the app lives: a ring's builds, else direct ones."""
    ring = make_ring()
    if ring is None:
        yield build_site
        return
    async with ring:
        yield PartialRebuild(ring)


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
            self.reloader.build = manifest.build

    async def built(self, outcome: Outcome) -> None:
        """Tells the browsers what the build that has just ended changed."""
        if outcome.built is not None:
            back = self._back_as_they_were(outcome.built)
            pages = [page for page in outcome.built.pages if page not in back]
            self.reloader.tell_reload(outcome.built.build, pages)
        if outcome.failures:
            self.reloader.tell_failed(outcome.failures)
        self.first_build_ended.set()

    def _back_as_they_were(self, built: Built) -> set[str]:
        """The stories' documents that were gone while something failed and are what they were.

        Browsers that show them have kept their last picture, and none is to be called changed.
        """
        back = {
            path
            for path, digest in built.came.items()
            if self._went.pop(path, None) == digest and path.endswith(FRAME)
        }
        self._went |= built.went
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
            self.reloader.tell_failed([BuildFailure("", str(error))])
            self.first_build_ended.set()

    def close(self) -> None:
        """Ends the browsers' connections, and lets the requests go that wait for a build."""
        self.first_build_ended.set()
        self.reloader.close()


@asynccontextmanager
async def watching(
    package_location: str,
    catalog: LiveCatalog,
    rebuild: RebuildCallback | AsyncRebuildCallback,
) -> AsyncIterator[None]:
    """Within it the catalog is built, at once and at every change."""
    catalog.first_build_ended.clear()
    task = asyncio.create_task(
        watch_and_rebuild(
            package_location, catalog.output_dir, rebuild, catalog.built, build_at_start=True
        )
    )
    task.add_done_callback(catalog.watching_ended)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


class CatalogFiles(StaticFiles):
    """The output folder's files; in place of what is missing, a page that says why it may be.

    Whatever can't be read is missing: what lies outside the folder (links that lead there too),
    what is no file, has an impossible name, or may not be read. So is Storytime's own folder, which
    holds half-written pages and is for programs on this computer.
    """

    def __init__(self, catalog: LiveCatalog) -> None:
        super().__init__(directory=catalog.output_dir, html=True, check_dir=False)
        self.catalog = catalog
        self.config_checked = True  # a folder that is missing is one that the first build makes

    async def get_response(self, path: str, scope: Scope) -> Response:
        await self.catalog.first_build_ended.wait()
        build = self.catalog.reloader.build  # before the file is read, so that it is never too new
        try:
            response = await super().get_response(path, scope)
            if isinstance(response, FileResponse):
                response = await asyncio.to_thread(_whole, response)
        except HTTPException as error:
            if error.status_code == 405:
                raise
            response = self._instead(path)
        except OSError:
            response = self._instead(path)
        response.headers.update(_headers(response))
        response.headers.update(policy_headers(path, Headers(scope=scope), response.media_type))
        if build:
            # By this one header a page's script learns of which build the page is.
            response.headers["Server-Timing"] = f'build;desc="{build}"'
        return response

    @override
    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if OWN_FOLDER in path.lower().split(os.sep):
            return "", None
        return super().lookup_path(path)

    def _instead(self, path: str) -> Response:
        """The page's assets, which an error page needs before any build has succeeded, or it."""
        asset = assets().get(path)
        if asset is not None:
            media_type = "text/css" if path.endswith(".css") else "text/javascript"
            return Response(asset, media_type=media_type)
        reloader = self.catalog.reloader
        title = "Not in the catalog" if reloader.build else "Nothing is built yet"
        page = error_page(reloader.failures, title=title, base="/")
        return HTMLResponse(page, 200 if path == FAILURES else 404)


def _headers(response: Response) -> dict[str, str]:
    headers = {
        # Without this browsers guess for how long a page stays the same.
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    kind = response.headers.get("content-type", "")
    if kind.startswith(("text/html", "application/json")) and response.status_code < 400:
        # No foreign page may take it for a script or a picture. Styles, pictures, fonts go without:
        # to a sandboxed frame, in which stories may stand, this server's own are foreign as well;
        # and so is what is missing, such as the icon that browsers ask for.
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return headers


def _whole(response: FileResponse) -> Response:
    """The file as it is now, in one piece.

    A FileResponse opens it after it has promised its length, and the next build may replace the
    file between the two, or remove it.
    """
    content = Path(response.path).read_bytes()
    # Without the time of its last change, in seconds: two changes may fall in one.
    headers = {"etag": response.headers["etag"]}
    return Response(content, response.status_code, headers, response.media_type)
