"""Access to the server: who is answered, what is served, and limits for clients."""

import asyncio
import os
import re
import selectors
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from websockets.exceptions import InvalidStatus

from benchmarks.processes import settle
from storytime import create_app
from storytime.build.whole import build_site
from storytime.server import _uvicorn

from ..serving_support import (
    HANDSHAKE,
    LONG,
    Server,
    browser_at,
    served,
    serving,
    starting,
    until,
    within,
)
from ..support import SMALL, Catalog, write

SUBJECT = "Subject(target=lambda: {!r}, items=[Story()])"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that must not have logged an error by the end."""
    folder = tmp_path_factory.mktemp("door")
    Catalog(folder).write(SMALL)
    # Tests compare what memory it takes: without the check of preloading, which comes 3 s later.
    options = "--subinterpreters", "--no-preload"
    with serving(folder, "kit", folder / "site", *options) as server:
        server.until_served("/", "Kit")
        settle([server.process.pid])
        yield server
        assert server.get()[0] == 200
        assert not server.said("ERROR|Traceback|Error"), server.lines


@pytest.fixture
def built(catalog: Catalog, tmp_path: Path) -> Path:
    catalog.write(SMALL)
    build_site("kit", tmp_path / "site")
    return tmp_path / "site"


def request(server: Server, target: str, *headers: str) -> tuple[int, str]:
    """Return the answer to a request that no client library has corrected."""
    head = [f"GET {target} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", server.port), LONG) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    status, _, rest = answer.decode("latin-1").partition("\r\n")
    return int(status.split()[1]), rest


async def ask(app: Starlette, host: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.get("http://localhost/", headers={b"Host": host.encode()})


# Who is answered.

OWN = [
    *("localhost", "LOCALHOST:8080", "localhost.", "kit.localhost"),
    *("127.0.0.1:1", "127.8.9.10", "[::1]:8080", "[::ffff:127.0.0.1]"),
]
FOREIGN = [
    *["example.org", "example.org:8080", "localhost.example.org", "127.0.0.1.nip.io", "10.0.0.7"],
    *["0.0.0.0", "[fe80::1]", "0x7f.1", "notlocalhost", "localhost@x", "["],
    *("", "a b", "x" * 999),
]
ALLOWED: Sequence[tuple[str, str, bool]] = [
    ("catalog.example", "catalog.example", True),
    ("Catalog.Example:8080", "catalog.example:1", True),
    ("catalog.example", "www.catalog.example", False),
    (".example", "catalog.example", True),
    (".example", "example", True),
    (".example", "other-example", False),
    ("*", "anything.at.all", True),
    ("192.168.1.5", "192.168.1.5:80", True),
    ("192.168.1.5", "192.168.1.6:80", False),
    ("fe80::1", "[fe80::1]:80", True),
    ("0.0.0.0", "192.168.1.5", True),
    ("::", "[2001:db8::1]:8080", True),
    ("0.0.0.0", "catalog.example", False),
]


@pytest.mark.parametrize(
    ("allowed", "host", "answered"),
    [*((None, host, True) for host in OWN), *((None, host, False) for host in FOREIGN), *ALLOWED],
)
async def test_only_requests_that_name_this_server_are_answered(
    tmp_path: Path, allowed: str | None, host: str, answered: bool
) -> None:
    app = create_app(tmp_path, allowed_hosts=[allowed] if allowed else [])
    response = await ask(app, host)
    assert response.status_code == (404 if answered else 403)
    if not answered:
        (line,) = response.text.splitlines()
        name = re.sub(r":\d+$", "", host).strip("[]")[:80]
        assert line.endswith(("expected a name", f"start it with --allowed-host {name}"))


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_clients_in_the_process_are_answered_under_any_name(
    built: Path, library: Any
) -> None:
    transport = library.ASGITransport(create_app(built))
    async with library.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/")).status_code == 200
        refused = await client.get("/", headers={"Host": "rebound.example"})
        assert refused.status_code == 403
        assert "allowed_hosts=['rebound.example'] to create_app" in refused.text
    with TestClient(create_app(built)) as client:
        assert client.get("/").status_code == 200
        with client.websocket_connect("/ws/reload", headers={"Origin": "http://testserver"}) as own:
            assert own.receive_json()["type"] == "hello"
        assert client.get("/", headers={"Host": "rebound.example"}).status_code == 403


async def test_a_websocket_is_refused_after_dns_rebinding(
    built: Path,
) -> None:
    """The page and the server have the same foreign name then."""
    async with served(create_app(built, allowed_hosts=["own.example"])) as port:
        for host, origin, refused in [
            ("rebound.example", "http://rebound.example", True),
            ("own.example", "http://own.example", False),
            ("own.example", "http://rebound.example", True),
        ]:
            try:
                async with browser_at(port, host, Origin=origin) as browser:
                    await browser.message()
                    assert not refused
            except InvalidStatus as error:
                assert refused
                assert error.response.status_code == 403


async def test_a_websocket_through_a_proxy_needs_the_option(built: Path) -> None:
    """The proxy names this server in its Host header, and the browser the proxy in its Origin."""
    for allowed, origin, refused in [
        ([], "http://localhost:1", True),
        (["devbox"], "http://devbox:1", False),
        (["*"], "http://devbox:1", True),
    ]:
        app = create_app(built, host="127.0.0.1", allowed_hosts=allowed)
        async with served(app) as port:
            with pytest.raises(InvalidStatus, match="HTTP 403") if refused else nullcontext():
                async with browser_at(port, Origin=origin) as browser:
                    await browser.message()


async def test_a_refused_host_is_logged_once_and_at_most_20_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(tmp_path)
    for _ in range(3):
        await ask(app, "example.org:8080")
    (line,) = caplog.messages
    assert line.endswith("start it with --allowed-host example.org")
    for number in range(500):
        await ask(app, f"{number}.example.org")
    assert len(caplog.messages) == 20


def test_the_server_listens_on_loopback_only_and_answers_to_its_names(door: Server) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", door.port))  # an address of this computer as well
    assert door.get(Host=f"localhost:{door.port}")[0] == 200
    for host in ("rebound.example", "rebound.example", "last.example"):
        assert door.get(Host=host)[0] == 403
    door.until_said("'last.example'")  # now all lines before it have been read
    assert door.count("WARNING refused .*'rebound.example'.* --allowed-host rebound.example$") == 1


def test_hosts_allowed_on_the_command_line_are_answered(catalog: Catalog) -> None:
    catalog.write(SMALL)
    options = ["--host", "0.0.0.0", "--allowed-host", "devbox", "--allowed-host", ".kit.example"]
    with starting(catalog.base, "kit", *options, "--port", "0") as server:
        server.until_said("Serving .* at http://0.0.0.0")
        (port,) = re.findall(r"http://0.0.0.0:(\d+)/", "\n".join(server.lines))
        server.port = int(port)
        for host in ("devbox", "www.kit.example:80", "192.168.7.7", "localhost", "[2001:db8::1]"):
            assert server.get(Host=host)[0] == 200, host
        assert server.get(Host="rebound.example")[0] == 403
        socket.create_connection(("127.0.0.2", server.port)).close()


@pytest.mark.parametrize("origin", ["https://catalog.example", "http://localhost:1", "null"])
async def test_a_page_that_can_read_the_key_may_connect_whatever_its_origin(
    built: Path, origin: str
) -> None:
    async with served(create_app(built)) as port, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port}"
        headers = {"Origin": origin, "Referer": f"{address}/index.html"}
        answer = await client.get(f"{address}/ws/key", headers=headers)
        # Browsers show it to pages of the same origin only, and run it as no script.
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        async with browser_at(port, query=answer.json(), Origin=origin) as browser:
            assert (await browser.message())["type"] == "hello"
        for wrong in ("", answer.json()[:-1], f"{answer.json()}=", "é"):
            with pytest.raises(InvalidStatus, match="HTTP 403"):
                async with browser_at(port, query=wrong, Origin=origin):
                    pass


# What is served.

OUTSIDE = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "/forms/../../secret.txt",
    "/forms/%2e%2e/%2e%2e/secret.txt",
    "/%252e%252e/secret.txt",
    "//secret.txt",
    "{outside}/secret.txt",
    "/{outside}/secret.txt",
    "http://localhost{outside}/secret.txt",
    "/file-link",
    "/folder-link/secret.txt",
    "/folder-link/",
    "/folder-link",
    "/folder-link/../secret.txt",
    "/index-link/",
    "/dangling-link",
    "/loop/x",
    "/loop",
    "/pipe",
    "/closed.txt",
    "/closed/x",
    "/index.html/x",
    "/index.html/../../secret.txt",
    "/secret.txt%00.html",
    "/%00",
    "/%ff%fe",
    "/" + "x" * 300,
    "/" + "x/" * 3000,
    "/" + "%2e%2e/" * 300 + "secret.txt",
    "/.storytime/manifest.json",
    "/.STORYTIME/manifest.json",
    "/forms/../.storytime/manifest.json",
    "/.storytime",
    "/own-link/manifest.json",
    "/own-file-link",
    "/?../secret.txt=",
]


def hostile_folder(site: Path) -> None:
    """Fill the output folder with links and files that must not be served."""
    outside = site.parent
    write(outside, {"secret.txt": "the secret", "elsewhere/index.html": "the secret"})
    (site / "file-link").symlink_to("../secret.txt")
    (site / "folder-link").symlink_to(outside)
    (site / "index-link").symlink_to(outside / "elsewhere")
    (site / "own-link").symlink_to(".storytime")
    (site / "own-file-link").symlink_to(".storytime/manifest.json")
    (site / "dangling-link").symlink_to("nowhere")
    (site / "loop").symlink_to("loop")
    os.mkfifo(site / "pipe")
    (site / "closed.txt").symlink_to("/proc/self/mem")
    write(site, {"closed/x": "the secret"})
    (site / "closed").chmod(0)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, door: Server) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    Catalog(folder).write(SMALL)
    with serving(folder, "kit", folder / "site", "--subinterpreters") as server:
        server.until_served("/", "Kit")
        hostile_folder(folder / "site")
        yield server
        assert not server.said("ERROR|Traceback"), server.lines


@pytest.mark.parametrize("target", OUTSIDE, ids=lambda target: target[:40])
def test_nothing_outside_the_output_folder_is_served(hostile: Server, target: str) -> None:
    if target == "/closed/x" and os.geteuid() == 0:
        target = "/closed/y"  # nothing is closed to root
    status, answer = request(hostile, target.replace("{outside}", str(hostile.folder)))
    found = 200 if target.startswith("/?") else 404
    assert status == found
    assert "the secret" not in answer
    assert "Traceback" not in answer


def test_answers_forbid_sniffing_and_pages_foreign_use(door: Server) -> None:
    for path, alone in {
        "/": True,
        "/no/such/page": False,  # browsers ask for an icon from within sandboxed frames, too
        "/stories.json": True,
        "/storytime.css": False,
        "/storytime.js": False,
    }.items():
        response = httpx.get(f"http://127.0.0.1:{door.port}{path}")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert (response.headers.get("cross-origin-resource-policy") == "same-origin") is alone


# What a client can't do.


def memory(server: Server) -> int:
    """Return the resident memory of the server's process, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) * 1024


def frame(
    opcode: int, data: bytes = b"", *, final: bool = True, length: int | None = None
) -> bytes:
    """Return a client's WebSocket frame, masked by zeros; `length` is the claimed one."""
    length = len(data) if length is None else length
    size = bytes([length | 0x80]) if length < 126 else b"\xff" + struct.pack("!Q", length)
    return bytes([opcode | (0x80 if final else 0)]) + size + b"\0\0\0\0" + data


CONTINUED, TEXT, BINARY, PING = 0, 1, 2, 9
PART = 1 << 20
FLOODS = {
    "text": frame(TEXT, b"{}") * 5000,
    "no text": frame(TEXT, b"\xff") * 5000,
    "bytes": frame(BINARY, b"x" * 100) * 1000,
    "a gigabyte in one frame": frame(BINARY, b"x" * PART, length=1 << 30),
    "a message of endless parts": frame(TEXT, final=False) + frame(CONTINUED, final=False) * 9000,
    "parts of no message": frame(CONTINUED, b"x" * 1000, final=False) * 100,
    "pings whose answers are not read": frame(PING, b"x" * 125) * 500,
    "no frames at all": b"\xff" * 65536,
    "compressed bytes": b"\xc2" + frame(BINARY, b"\0" * 4000)[1:],
}  # fmt: skip


@contextmanager
def bare(server: Server, first: bytes) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(LONG)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(first)
        yield connection


def flood(connection: socket.socket, data: bytes, megabytes: int = 64) -> int:
    """Send the data repeatedly, without reading, until the server disconnects."""
    sent = 0
    with suppress(ConnectionError):
        while sent < megabytes << 20:
            sent += connection.send(data)
    return sent


@pytest.mark.parametrize("kind", FLOODS)
def test_a_websocket_flood_is_cut_off_without_growth_or_delay(door: Server, kind: str) -> None:
    offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    with door.browser() as browser:
        before = memory(door)
        for _ in range(4):
            with bare(door, HANDSHAKE[:-2] + offer) as connection:
                answer = connection.recv(400)
                assert b"101 Switching" in answer
                assert b"deflate" not in answer
                assert flood(connection, FLOODS[kind]) < 64 << 20, "it was never cut off"
        within(0.5, lambda _: door.until_served("/", "Kit"))
        browser.ping().wait(LONG)
        assert memory(door) - before < 16 << 20


def test_a_client_error_is_logged_once_in_one_line(door: Server) -> None:
    garbage = [b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"\0" * 100, b"\r\n" * 4]
    chunked = b" HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    garbage += [b"POST /" + chunked + b"zz", b"GET /" + chunked + b"5\r\nhelloXX"]
    for _ in range(20):
        for data in garbage:
            with bare(door, data + b"\r\n\r\n") as connection:
                connection.shutdown(socket.SHUT_WR)
                with suppress(ConnectionError):
                    assert b" 200 " not in connection.recv(200)
    for _ in range(3):
        with bare(door, HANDSHAKE) as connection:
            connection.recv(400)
            flood(connection, FLOODS["no text"], 1)
    assert door.get(Host="after-errors.example")[0] == 403
    door.until_said("'after-errors.example'")  # now all lines before it have been read
    assert door.count("Invalid HTTP request") == 1
    assert door.count("Invalid UTF-8") <= 1
    assert not door.said("Traceback|Unicode")


@pytest.mark.parametrize("host", ["x\x1b[31m", "x\x9b31m", "x\u202egro.elpmaxe", "x\u2028y"])
async def test_a_host_is_logged_without_what_a_terminal_obeys(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    assert (await ask(create_app(tmp_path), host)).status_code == 403
    assert caplog.messages[0].isascii()
    assert caplog.messages[0].isprintable()


def test_an_endless_header_is_refused(door: Server) -> None:
    before = memory(door)
    with bare(door, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ") as connection:
        assert flood(connection, b"x" * 65536) < 16 << 20
    with bare(door, b"GET / HTTP/1.1\r\n") as connection:
        assert flood(connection, b"X: y\r\n" * 1000) < 16 << 20
    with bare(door, b"GET /" + b"x" * 100_000) as connection:
        assert b" 400 " in connection.recv(100)
    assert memory(door) - before < 8 << 20


IDLE = {
    "no request": b"",
    "half a request": b"GET / HTTP/1.1\r\nHost: local",
    "half a second request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP",
    "a body that never ends": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx"
    ),
    "an answer that is not read": b"GET /big.html HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "half a handshake": HANDSHAKE[:-4],
}


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def open_sockets() -> int:
    count = 0
    for file in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself was one of them
            count += os.readlink(file).startswith("socket:")
    return count


async def test_idle_connections_are_closed_and_active_ones_kept(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_uvicorn, "TIMEOUT", 0.5)
    (built / "big.html").write_bytes(b"x" * 16_000_000)
    loop = asyncio.get_running_loop()
    async with served(create_app(built)) as port, browser_at(port) as browser:
        with ExitStack() as stack:
            idle = {kind: stack.enter_context(socket.socket()) for kind in IDLE}
            files, sockets = open_files(), open_sockets()
            for kind, connection in idle.items():
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.setblocking(False)
                await loop.sock_connect(connection, ("127.0.0.1", port))
                await loop.sock_sendall(connection, IDLE[kind])
            await until(lambda: open_sockets() == sockets + len(IDLE), "all were accepted")

            def drips() -> bool:
                for kind in ("half a request", "a body that never ends"):
                    with suppress(ConnectionError):
                        idle[kind].send(b"x")
                return open_files() == files

            await until(drips, "all were ended")
            await browser.message()
            await (await browser.websocket.ping())


class SmallBuffer(_uvicorn.TimedHTTP):
    """Leaves what the client has not read in the transport's buffer, not in the system's."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        server_side = transport.get_extra_info("socket")
        server_side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        super().connection_made(transport)


@pytest.mark.parametrize("path", ["/whole", "/streamed"])
async def test_a_slow_reader_gets_the_whole_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(_uvicorn, "TIMEOUT", 0.5)
    content = os.urandom(300_000)
    file = tmp_path / "file"
    file.write_bytes(content)

    async def whole(request: Request) -> Response:
        return Response(content)

    async def streamed(request: Request) -> FileResponse:
        return FileResponse(file)

    loop = asyncio.get_running_loop()
    app = Starlette(routes=[Route("/whole", whole), Route("/streamed", streamed)])
    settings: dict[str, Any] = {"http": SmallBuffer}
    async with served(app, **settings) as port:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setblocking(False)
            await loop.sock_connect(connection, ("127.0.0.1", port))
            head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            await loop.sock_sendall(connection, head.encode())
            received, start = b"", time.monotonic()
            while data := await loop.sock_recv(connection, 4096):
                received += data
                while len(received) > 150_000 * (time.monotonic() - start):  # 150 kB a second
                    await asyncio.sleep(0.005)
    assert received.endswith(b"\r\n\r\n" + content)


async def test_an_app_that_takes_long_to_answer_is_not_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_uvicorn, "TIMEOUT", 0.4)

    async def slow(request: Request) -> PlainTextResponse:
        await asyncio.sleep(1)
        return PlainTextResponse("OK")

    async with (
        served(Starlette(routes=[Route("/", slow)])) as port,
        httpx.AsyncClient(timeout=LONG) as client,
    ):
        assert (await client.get(f"http://127.0.0.1:{port}/")).text == "OK"


def test_files_that_are_not_read_take_no_memory(door: Server) -> None:
    (door.folder / "site" / "big.bin").write_bytes(b"x" * (16 << 20))
    before = memory(door)
    with ExitStack() as stack:
        for _ in range(30):
            head = b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"
            connection = stack.enter_context(bare(door, head))
            assert connection.recv(20).startswith(b"HTTP/1.1 200")
        assert door.get("/stories.json")[0] == 200
        assert memory(door) - before < 32 << 20


# Many browsers.


@contextmanager
def connected(server: Server, count: int) -> Iterator[list[socket.socket]]:
    """Connect browsers and wait until they are greeted."""
    with ExitStack() as stack:
        browsers = []
        for _ in range(count):
            browser = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            browser.sendall(HANDSHAKE)
            browsers.append(browser)
        for browser in browsers:
            browser.settimeout(LONG)
            received = b""
            while b'"hello"' not in received or not received.endswith(b"}"):
                received += browser.recv(4096)
            browser.setblocking(False)
        yield browsers


def test_a_reload_reaches_500_browsers_within_a_second(tmp_path: Path) -> None:
    """The time is from the first browser's message to the last one's, without the build."""
    kit = Catalog(tmp_path).write(SMALL)
    with serving(tmp_path, "kit", tmp_path / "site", "--subinterpreters") as server:
        server.until_served("/", "Kit")
        before = memory(server)
        with connected(server, 500) as browsers, selectors.DefaultSelector() as selector:
            logger_line = f"{(memory(server) - before) / 500 / 1024:.0f} kB each"
            for browser in browsers:
                selector.register(browser, selectors.EVENT_READ)

            def told(attempt: int) -> float:
                words = f"[{attempt}]"
                text = "from storytime import Subject, Story\ndef node() -> Subject:\n    return "
                kit.write({"forms/button/stories.py": f"{text}{SUBJECT.format(words)}\n"})
                received = dict.fromkeys(browsers, b"")
                first = 0.0
                while not all(b'"reload"' in data for data in received.values()):
                    for key, _ in selector.select(LONG):
                        first = first or time.monotonic()
                        received[key.fileobj] += key.fileobj.recv(1 << 16)  # type: ignore[index,union-attr]
                return time.monotonic() - first

            print(f"told after {within(1, told):.3f} s; {logger_line}")
