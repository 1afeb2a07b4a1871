"""Reloader: the messages on `/ws/reload`, from a real server over real sockets."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus

from storytime.build.changes import BuildChanges
from storytime.errors import BuildFailure
from storytime.server.allowed_hosts import Hosts
from storytime.server.live_catalog import LARGEST, LiveCatalog
from storytime.server.reload import MOST_SHOWN, WAITING, Reloader

from ..serving_support import HANDSHAKE, LONG, AsyncBrowser, browser_at, served, until
from ..support import write

FAILURES = [
    BuildFailure("forms/button", "ValueError: bad \ud800", "Traceback …", "/kit/stories.py", 3),
    BuildFailure("", "told"),
]
PLAIN = [
    {
        "path": "forms/button",
        "message": "ValueError: bad \ud800",
        "traceback": "Traceback …",
        "file": "/kit/stories.py",
        "line": 3,
        "places": ["forms/button"],
    },
    {"path": "", "message": "told", "traceback": "", "file": "", "line": 0, "places": [""]},
]


@asynccontextmanager
async def reloading(
    reloader: Reloader | None = None, **settings: float
) -> AsyncIterator[tuple[Reloader, int]]:
    reloader = reloader or Reloader()
    app = Starlette(routes=[WebSocketRoute("/ws/reload", reloader.endpoint)])
    async with served(app, **settings) as port:
        yield reloader, port


@asynccontextmanager
async def greeted(port: int) -> AsyncIterator[AsyncBrowser]:
    async with browser_at(port) as browser:
        await browser.message()
        yield browser


async def test_a_browser_is_greeted_with_the_current_build() -> None:
    async with reloading() as (reloader, port):
        async with browser_at(port) as browser:
            assert await browser.message() == {"type": "hello", "build": ""}
        reloader.result = BuildChanges("b1")
        async with browser_at(port) as browser:
            assert await browser.message() == {"type": "hello", "build": "b1"}


async def test_every_browser_gets_a_build_and_its_pages() -> None:
    async with reloading() as (reloader, port), greeted(port) as one, greeted(port) as two:
        reloader.tell(BuildChanges("b2", ["b/index.html", "a/index.html"]))
        for browser in (one, two):
            assert await browser.message() == {
                "type": "reload",
                "build": "b2",
                "pages": ["a/index.html", "b/index.html"],
            }
        async with browser_at(port) as browser:
            assert await browser.message() == {"type": "hello", "build": "b2"}


async def test_browsers_hear_of_stylesheets_that_show_what_changed() -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        reloader.tell(BuildChanges("b2", ["static/b.css"], users=["static/a.css"]))
        assert (await browser.message())["pages"] == ["static/a.css", "static/b.css"]


async def says(browser: AsyncBrowser, reloader: Reloader, page: str) -> None:
    """Say which page it shows, and wait until the server knows."""
    await browser.websocket.send(page)
    await until(lambda: page in reloader.shown(), "the page is known")


async def test_pages_that_browsers_show_are_known_until_they_leave() -> None:
    async with reloading() as (reloader, port), greeted(port) as one:
        await says(one, reloader, "a/index.html")
        async with greeted(port) as two:
            await says(two, reloader, "b/index.html")
            await says(one, reloader, "c/index.html")
            assert reloader.shown() == ["b/index.html", "c/index.html"]
        await until(lambda: reloader.shown() == ["c/index.html"], "one has left")


async def test_a_document_is_sent_to_who_shows_the_page_of_its_story() -> None:
    result = BuildChanges("b1", ["a/frame.html", "b/frame.html"])
    async with reloading() as (reloader, port), greeted(port) as one, greeted(port) as two:
        await says(one, reloader, "a/index.html")
        await says(two, reloader, "c/index.html")
        reloader.tell(result, {"a/frame.html": "<p>A", "b/frame.html": "<p>B"})
        assert (await one.message())["documents"] == {"a/frame.html": "<p>A"}
        assert "documents" not in await two.message()


async def test_shown_documents_are_read_unless_they_are_large_or_gone(tmp_path: Path) -> None:
    catalog = LiveCatalog(tmp_path)
    pages = {"a": "Ä", "same": "old", "large": "x" * (LARGEST + 1)}
    write(tmp_path, {f"{name}/frame.html": text for name, text in pages.items()})
    changed = [f"{name}/frame.html" for name in ("a", "large", "gone", "hidden")]
    async with reloading(catalog.reloader) as (reloader, port), AsyncExitStack() as stack:
        shown = {}
        for name in (*pages, "gone"):
            shown[name] = await stack.enter_async_context(greeted(port))
            await says(shown[name], reloader, f"{name}/index.html")
        await catalog.built(BuildChanges("b1", changed))
        told = {name: await browser.message() for name, browser in shown.items()}
    assert told["a"].pop("documents") == {"a/frame.html": "Ä"}
    assert all("documents" not in message for message in told.values())


async def test_only_the_newest_pages_count_as_shown() -> None:
    async with reloading() as (reloader, port), AsyncExitStack() as stack:
        for number in range(MOST_SHOWN + 5):
            browser = await stack.enter_async_context(greeted(port))
            await says(browser, reloader, f"{number}/index.html")
        assert reloader.shown()[0] == "5/index.html"
        assert len(reloader.shown()) == MOST_SHOWN


@pytest.mark.parametrize("nonsense", ["", "a" * 5000, b"\xff\0"])
async def test_nonsense_from_a_browser_is_ignored(nonsense: str | bytes) -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        await browser.websocket.send(nonsense)
        await (await browser.websocket.ping())
        assert reloader.shown() == []
        await says(browser, reloader, "a/index.html")
        assert reloader.shown() == ["a/index.html"]


async def test_failures_are_sent_with_the_build_that_is_still_served() -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        reloader.tell(BuildChanges("b1"))
        reloader.tell(BuildChanges(failures=FAILURES, is_written=False))
        assert (await browser.message())["type"] == "reload"
        assert await browser.message() == {"type": "failed", "build": "b1", "failures": PLAIN}


async def test_a_browser_is_greeted_with_failures_until_the_next_build() -> None:
    async with reloading() as (reloader, port):
        reloader.tell(BuildChanges("b1"))
        reloader.tell(BuildChanges(failures=FAILURES, is_written=False))
        async with browser_at(port) as browser:
            assert await browser.message() == {"type": "hello", "build": "b1", "failures": PLAIN}
        reloader.tell(BuildChanges("b2"))
        async with browser_at(port) as browser:
            assert await browser.message() == {"type": "hello", "build": "b2"}


async def test_failures_are_sent_as_pages_show_them() -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        reloader.base = "/projects"
        message = "no file '/projects/kit/a.json'"
        failure = BuildFailure("card", message, file="/projects/kit/card.py", line=2)
        reloader.tell(BuildChanges(failures=[failure], is_written=False))
        (sent,) = (await browser.message())["failures"]
        assert (sent["message"], sent["file"]) == ("no file 'kit/a.json'", "kit/card.py")


async def test_failures_of_one_cause_are_sent_as_one_with_their_places() -> None:
    trace = "Traceback (most recent call last):\n" + "  File …\n" * 40
    places = [f"parts/part_{number}/story" for number in range(110)]
    failures = [BuildFailure(each, "E: x", f"{trace}{each}", "/kit/theme.py", 3) for each in places]
    failures.insert(1, BuildFailure("other", "E: y", trace, "/kit/other.py", 1))
    async with reloading() as (reloader, port), greeted(port) as browser:
        reloader.tell(BuildChanges(failures=failures, is_written=False))
        failed = await browser.message()
        first, other = failed["failures"]
        assert (first["path"], first["message"], first["line"]) == (places[0], "E: x", 3)
        assert (first["traceback"], first["places"]) == (f"{trace}{places[0]}", places)
        assert other["places"] == ["other"]
        assert len(json.dumps(failed)) < 6000
        async with browser_at(port) as late:
            assert (await late.message())["failures"] == failed["failures"]


async def test_what_a_browser_sends_is_ignored() -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        for data in ("nonsense", b"\xff", '{"type": "reload"}'):
            await browser.websocket.send(data)
        await (await browser.websocket.ping())
        reloader.tell(BuildChanges("b1"))
        assert (await browser.message())["build"] == "b1"


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:{port}", "127.0.0.1:{port}"),
        ("https://catalog.example", "catalog.example"),
        ("http://[::1]:{port}", "[::1]:{port}"),
    ],
)
async def test_a_page_of_the_same_host_may_connect(origin: str, host: str) -> None:
    async with reloading() as (_, port):
        origin = origin.format(port=port)
        async with browser_at(port, host.format(port=port), Origin=origin) as browser:
            assert (await browser.message())["type"] == "hello"


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://example.org",
        "null",
        "",
        "http://[",
        "x://",
    ],
)
async def test_a_foreign_origin_is_refused(origin: str, caplog: pytest.LogCaptureFixture) -> None:
    async with reloading() as (reloader, port):
        with pytest.raises(InvalidStatus, match="HTTP 403"):
            async with browser_at(port, Origin=origin):
                pass
        reloader.tell(BuildChanges("b1"))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("allowed", "origin", "admitted"),
    [
        ("catalog.example", "https://catalog.example", True),
        ("catalog.example", "http://Catalog.Example:8443", True),
        ("catalog.example", "http://www.catalog.example", False),
        (".example", "http://www.catalog.example:81", True),
        (".example", "http://www.other", False),
        ("localhost", "http://localhost:1", True),
        ("192.168.1.5", "http://192.168.1.5:81", True),
        ("0.0.0.0", "http://192.168.1.5:81", False),
        ("fe80::1", "http://[fe80::1]:81", True),
        ("*", "http://localhost:1", True),
        ("*", "http://[::1]:1", True),
        ("*", "http://rebound.example", False),
        ("*", "http://192.168.1.5:81", False),
        ("*", "null", False),
        ("*", "file://", False),
        ("*", "http://*", False),
        ("*", "chrome-extension://localhost", False),
        ("null", "null", False),
    ],
)
async def test_a_page_behind_a_proxy_may_connect_once_its_host_is_allowed(
    allowed: str, origin: str, admitted: bool
) -> None:
    async with reloading() as (reloader, port):
        reloader.allowed = Hosts([allowed])
        with nullcontext() if admitted else pytest.raises(InvalidStatus, match="HTTP 403"):
            async with browser_at(port, Origin=origin) as browser:
                assert (await browser.message())["type"] == "hello"


async def test_a_refused_page_is_logged_once_with_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with reloading() as (_, port):
        for origin in ("https://Kit.example:1", "https://Kit.example:1", "null", "\xa0[1m"):
            with pytest.raises(InvalidStatus):
                async with browser_at(port, Origin=origin):
                    pass
        begin, end = "refused a WebSocket with Origin", f"and Host '127.0.0.1:{port}': expected"
        assert caplog.messages[1:] == [
            f"{begin} 'null' {end} a page of this server",
            f"{begin} '\\xa0[1m' {end} a page of this server",
        ]
        assert caplog.messages[0] == (
            f"{begin} 'https://Kit.example:1' and Host '127.0.0.1:{port}': if a proxy shows this"
            " server there, pass allowed_hosts=['kit.example'] to create_app or start it with"
            " --allowed-host kit.example"
        )


MANY = [f"section/subject-{number}/story/index.html" for number in range(5000)]


async def test_a_browser_that_never_reads_is_dropped_without_delaying_others() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.setblocking(False)
        async with reloading() as (reloader, port), greeted(port) as browser:
            await loop.sock_connect(stalled, ("127.0.0.1", port))
            await loop.sock_sendall(stalled, HANDSHAKE)
            assert b"101 Switching" in await loop.sock_recv(stalled, 1024)
            builds = WAITING + 40  # more than the sockets hold, and those that may wait
            for number in range(builds):
                reloader.tell(BuildChanges(str(number), MANY))
                assert (await browser.message())["build"] == str(number)
            received = 0
            async with asyncio.timeout(LONG):
                with suppress(ConnectionResetError):
                    while data := await loop.sock_recv(stalled, 1 << 20):
                        received += len(data)
            assert received < builds * len("".join(MANY))
            reloader.tell(BuildChanges("last"))
            assert (await browser.message())["build"] == "last"


async def test_a_vanished_browser_is_dropped_with_its_unsent_messages() -> None:
    """Its computer sleeps, for example: it acknowledges nothing and answers no ping."""
    loop = asyncio.get_running_loop()
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.setblocking(False)
        async with reloading(ws_ping_interval=0.2, ws_ping_timeout=0.2) as (reloader, port):
            files = len(os.listdir("/proc/self/fd"))
            await loop.sock_connect(stalled, ("127.0.0.1", port))
            await loop.sock_sendall(stalled, HANDSHAKE)
            assert b"101 Switching" in await loop.sock_recv(stalled, 1024)
            assert len(os.listdir("/proc/self/fd")) == files + 1
            for number in range(WAITING // 2):
                reloader.tell(BuildChanges(str(number), MANY * 4))
            await until(lambda: len(os.listdir("/proc/self/fd")) == files, "it was forgotten")


async def test_a_browser_that_lags_is_dropped_and_can_reconnect() -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        for number in range(WAITING + 2):  # all before the loop can send one
            reloader.tell(BuildChanges(str(number)))
        with pytest.raises(ConnectionClosed):
            while True:
                await browser.message()
        async with browser_at(port) as again:
            assert (await again.message())["build"] == str(WAITING + 1)


async def test_waiting_messages_are_sent_in_order() -> None:
    async with reloading() as (reloader, port), greeted(port) as browser:
        for number in range(WAITING):
            reloader.tell(BuildChanges(str(number)))
        builds = [(await browser.message())["build"] for _ in range(WAITING)]
        assert builds == [str(number) for number in range(WAITING)]


async def test_close_disconnects_all_browsers() -> None:
    async with reloading() as (reloader, port), greeted(port) as one, greeted(port) as two:
        reloader.close()
        for browser in (one, two):
            with pytest.raises(ConnectionClosed):
                await browser.message()


async def test_browsers_that_leave_during_a_message_cause_no_errors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with reloading() as (reloader, port):
        for number in range(20):
            async with AsyncExitStack() as stack:
                browsers = [await stack.enter_async_context(greeted(port)) for _ in range(6)]
                leaving = asyncio.gather(*(each.websocket.close() for each in browsers[:2]))
                browsers[2].websocket.transport.abort()
                for turn in range(number):
                    reloader.tell(BuildChanges(f"{number} {turn}", MANY[:50]))
                    await asyncio.sleep(0)
                reloader.tell(BuildChanges(f"{number}"))
                while (await browsers[5].message())["build"] != f"{number}":
                    pass
                await leaving
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
