"""Fixtures: the browser, its pages, and the servers of catalogs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from ..serving_support import ROOT, Server, serving, wait_until, written
from ..support import write
from .chromium import chromium
from .kit import FILES, Kit

RING = "--subinterpreters"

expect.set_options(timeout=20_000)  # ms: a busy machine is slow


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def complete() -> Iterator[Server]:
    """A server of `examples.complete`, which no test edits."""
    with serving(ROOT, "examples.complete", RING) as server:
        server.until_said("built examples.complete")
        yield server


class Watched:
    """A browser context with a record of console errors and requested hosts."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def _see(self, request: Request) -> None:
        scheme, _, rest = request.url.partition(":")
        if scheme not in {"data", "blob", "about", "file"}:
            self.hosts.add(rest.strip("/").partition("/")[0].partition(":")[0])


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    """Outlives the pages of a test: a server that ends before them would cause errors in them."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def watched(browser: Browser, servers: ExitStack) -> Iterator[Callable[..., Watched]]:
    """Make contexts; after the test fail on console errors and on requests to other hosts."""
    made: list[Watched] = []
    with ExitStack() as stack:

        def make(**options: Any) -> Watched:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            made.append(Watched(context))
            return made[-1]

        yield make
    assert [error for each in made for error in each.errors] == []
    assert {host for each in made for host in each.hosts} <= {"127.0.0.1"}


@pytest.fixture
def page(watched: Callable[..., Watched]) -> Page:
    """A page in a desktop-sized window."""
    return watched().context.new_page()


@pytest.fixture
def own_kit(tmp_path: Path, servers: ExitStack) -> Kit:
    """A served catalog of the test's own, whose files it edits."""
    kit = Kit(tmp_path)
    kit.write(FILES)
    kit.server = servers.enter_context(serving(tmp_path, "kit", RING, "--editor", "vscode"))
    kit.server.until_said("built kit")
    return kit


@pytest.fixture(scope="session")
def shared_kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Kit]]:
    """Return a served catalog as it was at first: restore what an earlier test edited."""
    kit = Kit(tmp_path_factory.mktemp("kit"))
    kit.write(FILES)
    site = kit.base / "site"
    with serving(kit.base, "kit", site, RING, "--editor", "vscode") as kit.server:
        kit.server.until_said("built kit")
        kit.server.get()  # is answered once browsers would be told of the build

        def served() -> tuple[dict[str, bytes] | None, dict[str, Any]]:
            with kit.server.browser_greeted() as hello:
                return written(site), hello

        files, first = kit.files(), served()

        def restored() -> Kit:
            if kit.files() != files:
                for path in kit.files().keys() - files.keys():
                    (kit.folder / path).unlink()
                write(kit.folder, files)
                wait_until(lambda: served() == first, "the first catalog was built again")
            kit.server.lines.clear()
            return kit

        yield restored


@pytest.fixture
def kit(shared_kit: Callable[[], Kit]) -> Kit:
    """A served catalog, whose files the test edits."""
    return shared_kit()
