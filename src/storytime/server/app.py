"""create_app: the web app that serves a catalog, rebuilds it at every save and tells browsers."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from ..live.building_ring import InterpreterRing
from ..project.package import locate
from ..ring.isolation import Kind
from .allowed_hosts import AllowedHosts, Hosts
from .catalog_files import CatalogFiles
from .lifespan import lifespan
from .live_catalog import LiveCatalog
from .story_requests import routes_of_stories

BUILD_TIMEOUT = 30.0
"""Default limit of a build, in seconds."""


def create_app(
    output_dir: Path,
    package_location: str | None = None,
    *,
    use_subinterpreters: bool = False,
    isolation: Kind = "auto",
    build_timeout: float | None = BUILD_TIMEOUT,
    preload: bool = True,
    host: str = "",
    allowed_hosts: Collection[str] = (),
    editor: str = "",
) -> Starlette:
    """Return an ASGI app that serves the catalog in `output_dir`.

    Given a package (a dotted name or a folder), the app builds the catalog when it starts and after
    every change; requests wait for the first build, or with `use_subinterpreters` until it has
    rendered what they ask for. An app that mounts this one has to start it: see `lifespan`.

    With `use_subinterpreters` each build has a fresh interpreter; otherwise builds run in this one,
    where imported modules stay as they are.
    `isolation` "process" gives each build a process instead; `build_timeout` is such a build's
    limit in seconds (None: no limit). With `preload` the installed libraries that the last build
    imported are imported before the next build begins. The app answers requests for localhost,
    loopback addresses, `host` (the address on which the server listens; 0.0.0.0 for any) and
    `allowed_hosts`: names and addresses, `.example.org` for that name and all below it, `*` for any
    host. Pages at `allowed_hosts` may also connect to its WebSocket; with `*` only those of this
    computer. `editor` is a URL with `{file}` and `{line}` that pages use for links to source files.
    Raises StorytimeError if there is no such package.
    """
    make_ring = partial(InterpreterRing, timeout=build_timeout, isolation=isolation)
    return workshop_app(
        output_dir,
        package_location,
        make_ring if use_subinterpreters else None,
        preload=preload,
        host=host,
        allowed_hosts=allowed_hosts,
        editor=editor,
    )


def workshop_app(
    output_dir: Path,
    package_location: str | None,
    make_ring: Callable[..., InterpreterRing] | None,
    *,
    preload: bool,
    host: str,
    allowed_hosts: Collection[str],
    editor: str,
) -> Starlette:
    """Return the app of `create_app`; `make_ring` is called, with `on_notice`, when it starts."""
    if make_ring is None:
        import_module("..build.whole", __package__)  # `running` needs it, when files may be lacking
    catalog = LiveCatalog(Path(output_dir), package_location)
    catalog.reloader.allowed = Hosts(allowed_hosts)
    routes: Sequence[BaseRoute] = ()
    if package_location is not None:
        catalog.package = locate(package_location)
        base = catalog.package.base
        catalog.reloader.base = str(base)
        greeting: dict[str, Any] = {}
        if editor:
            greeting = {"editor": editor, "base": base.as_posix()}
        if make_ring is not None:
            greeting |= {"controls": True, **({"save": True} if editor else {})}
        catalog.reloader.greeting = greeting
        if make_ring is not None:
            routes = routes_of_stories(catalog)
    app = Starlette(
        routes=[
            WebSocketRoute("/ws/reload", catalog.reloader.endpoint),
            Route("/ws/key", catalog.reloader.give_key),
            *routes,
            Route("/{path:path}", CatalogFiles(catalog), methods=["GET"]),
        ],
        middleware=[Middleware(AllowedHosts, allowed=[*allowed_hosts, host])],
        lifespan=lambda _app: catalog.running(package_location, make_ring, preload=preload),
    )
    app.state.catalog = catalog
    return app


def also_below(root_path: str, workshop: Starlette) -> Starlette:
    """Return an app that serves the workshop below a path, and at the root as before."""
    root_path = f"/{root_path.strip('/')}"
    if root_path == "/":
        return workshop
    relative = f"{root_path.rpartition('/')[2]}/"  # whatever a proxy has put before it
    return Starlette(
        routes=[
            Route(root_path, lambda _request: RedirectResponse(relative)),
            Mount(root_path, workshop),
            Mount("", workshop),
        ],
        lifespan=lifespan(workshop),
    )
