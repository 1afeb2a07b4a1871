"""create_app: the web app that serves a catalog, rebuilds it at every save and tells browsers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, closing
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, WebSocketRoute

from ..build.whole import build_site
from ..live.builders import (
    AsyncRebuildCallback,
    InterpreterRing,
    PartialRebuild,
    RebuildCallback,
)
from ..live.loop import watch_and_rebuild
from ..project.package import locate
from ..ring.isolation import Kind
from .allowed_hosts import AllowedHosts
from .catalog_files import CatalogFiles
from .live_catalog import LiveCatalog

logger = logging.getLogger(__name__)

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
