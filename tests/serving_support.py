"""Helpers for tests of the ring, the watcher and the server, beyond `support`."""

from __future__ import annotations

import _interpreters
import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection as AsyncConnection
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import ClientConnection, connect

from storytime import AsyncRebuildCallback, RebuildCallback
from storytime.build.changes import BuildChanges
from storytime.live.loop import watch_and_rebuild
from storytime.server._uvicorn import config_for

from .alone import alone
from .support import Catalog, contents, environment, run_storytime

ROOT = Path(__file__).parents[1]
"""The folder from which `tests` is imported."""

LONG = 30.0
"""Seconds that a busy machine may need for what usually takes milliseconds."""


def wait_until(condition: Callable[[], Any], what: str, limit: float = LONG) -> None:
    """Return as soon as the condition holds; fail after `limit` seconds."""
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, f"expected within {limit} s that {what}"
        time.sleep(0.005)


async def until(condition: Callable[[], Any], what: str) -> None:
    """Like `wait_until`, but let other tasks run."""
    async with asyncio.timeout(LONG):
        while not condition():
            await asyncio.sleep(0.005)


def alive() -> set[int]:
    """Return the ids of all interpreters but the main one.

    CPython sometimes crashes if interpreters are listed while one is created or closed: wait for
    `workers` first.
    """
    return {number for number, _ in _interpreters.list_all()} - {0}


def workers(*prefixes: str) -> list[str]:
    """Return the threads of slots: each closes its interpreter before it ends.

    By default of all; with prefixes only those whose names begin with one.
    """
    names = [thread.name for thread in threading.enumerate()]
    wanted = prefixes or ("storytime-interpreter-", "ring-interpreter-", "slot")
    return [name for name in names if name.startswith(wanted)]


def wait_until_closed() -> None:
    """Wait until all interpreters are closed."""
    wait_until(lambda: not workers(), "all interpreters were closed")
    assert alive() == set()


def within(bound: float, measure: Callable[[int], float], attempts: int = 4) -> float:
    """Return the first measurement (in seconds, or a ratio of two) that is below the bound.

    Other processes can make a measurement slow, but a program that is too slow makes all of them
    slow. Only the first attempt runs beside other tests. `measure` gets the number of the attempt.
    """
    measured: list[float] = []
    for attempt in range(attempts):
        with alone() if attempt else nullcontext():
            measured.append(measure(attempt))
        if measured[-1] < bound:
            return measured[-1]
    raise AssertionError(f"expected under {bound}, measured {measured}")


# Watching, in this process.


@dataclass
class Builds:
    """Collects the results of a watcher's builds."""

    ended: asyncio.Queue[BuildChanges] = field(default_factory=asyncio.Queue)

    async def told(self, result: BuildChanges) -> None:
        self.ended.put_nowait(result)

    async def next(self) -> BuildChanges:
        async with asyncio.timeout(LONG):
            return await self.ended.get()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until the condition holds after a build."""
        while not condition():
            await self.next()


@asynccontextmanager
async def watched(
    package: str, output: Path, rebuild: RebuildCallback | AsyncRebuildCallback
) -> AsyncIterator[Builds]:
    """Watch a package; yield when the first build has ended."""
    builds = Builds()
    watching = asyncio.create_task(
        watch_and_rebuild(package, output, rebuild, builds.told, build_at_start=True)
    )
    try:
        await builds.next()
        yield builds
        assert not watching.done(), watching.exception()
    finally:
        watching.cancel()
        await asyncio.wait([watching])


# Servers in this process.


@asynccontextmanager
async def served(app: Starlette, **settings: float) -> AsyncIterator[int]:
    """Serve the app and yield the port; the settings are uvicorn's."""
    config = config_for(app, shutdown_timeout=1)
    for name, value in settings.items():
        setattr(config, name, value)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = listener.getsockname()[1]
        serving = asyncio.create_task(server.serve([listener]))
        try:
            await until(lambda: server.started, "the server started")
            yield port
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def browser_at(
    port: int, host: str = "", query: str = "", **headers: str
) -> AsyncIterator[AsyncBrowser]:
    """Connect a browser, without awaiting its greeting; `host` is the Host header."""
    async with connect_async(
        f"ws://{host or f'127.0.0.1:{port}'}/ws/reload?{query}",
        host="127.0.0.1",
        port=port,
        additional_headers=headers,
        close_timeout=0.2,
    ) as websocket:
        yield AsyncBrowser(websocket)


@dataclass
class AsyncBrowser:
    websocket: AsyncConnection

    async def message(self) -> dict[str, Any]:
        async with asyncio.timeout(LONG):
            data: dict[str, Any] = json.loads(await self.websocket.recv())
        return data

    async def message_of(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind."""
        while (found := await self.message())["type"] != kind:
            pass
        return found


HANDSHAKE = (
    b"GET /ws/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
"""A request that opens a WebSocket, for use with a plain socket."""


# Servers in processes of their own.


@dataclass
class Server:
    """A running `storytime serve`; `lines` is its output so far."""

    process: subprocess.Popen[str]
    folder: Path
    lines: list[str] = field(default_factory=list)
    port: int = 0

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, pattern: str, since: int = 0) -> bool:
        """Return True if a line matches the pattern, after the first `since` lines."""
        return any(re.search(pattern, line) for line in self.lines[since:])

    def count(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, line)) for line in self.lines.copy())

    def until_said(self, pattern: str, since: int = 0) -> None:
        def condition() -> bool:
            return self.said(pattern, since) or self.process.poll() is not None

        wait_until(condition, f"the server logged {pattern!r}; it logged {self.lines}")
        ended = f"the server logged {pattern!r} before it ended"
        wait_until(lambda: self.said(pattern, since), ended, 1)

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """Return the status and the body of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def until_served(self, path: str, text: str, limit: float = LONG) -> float:
        """Wait until the page contains the text; return the seconds that it took.

        A page that came before the end of the first build doesn't count.

        Ask for the page when the server has logged something, otherwise 20 times per second: more
        requests would slow the build down.
        """
        start = time.monotonic()
        asked, lines = 0.0, -1

        def condition() -> bool:
            nonlocal asked, lines
            if len(self.lines) == lines and time.monotonic() < asked + 0.05:
                return False
            asked, lines = time.monotonic(), len(self.lines)
            page = self.get(path)[1]
            return text in page and " data-early=" not in page

        wait_until(condition, f"{path} contained {text!r}", limit)
        return time.monotonic() - start

    @contextmanager
    def browser(self, **headers: str) -> Iterator[ClientConnection]:
        """Connect a browser and wait for its greeting."""
        url = f"ws://127.0.0.1:{self.port}/ws/reload"
        with connect(url, additional_headers=headers, close_timeout=0.2) as websocket:
            assert message(websocket)["type"] == "hello"
            yield websocket

    @contextmanager
    def browser_greeted(self) -> Iterator[dict[str, Any]]:
        """Connect a browser and yield its greeting."""
        with connect(f"ws://127.0.0.1:{self.port}/ws/reload", close_timeout=0.2) as websocket:
            yield message(websocket)

    def end(self, number: int = signal.SIGINT) -> float:
        """Send the signal and wait for the end; return the seconds that it took."""
        start = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(LONG)
        return time.monotonic() - start


def message(websocket: ClientConnection) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(websocket.recv(LONG))
    return data


def message_of(websocket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a kind."""
    while (found := message(websocket))["type"] != kind:
        pass
    return found


@contextmanager
def starting(
    cwd: Path,
    *arguments: str | Path,
    within: Sequence[str] = (),
    program: Sequence[str] = ("-m", "storytime"),
    **env: str,
) -> Iterator[Server]:
    """Start `storytime serve` with the arguments and kill it at the end; it may not serve yet.

    `within` is a command that executes the one after it. `program` are the arguments with which
    Python runs Storytime.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as own:  # a killed server leaves files
        process = subprocess.Popen(
            [*within, sys.executable, *program, "serve", *map(str, arguments)],
            cwd=cwd,
            env=environment(**{"PYTHONDONTWRITEBYTECODE": "", "TMPDIR": own, **env}),
            stdin=subprocess.PIPE,  # reading from it blocks
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        server = Server(process, cwd)
        reader = threading.Thread(target=server.read)
        reader.start()
        try:
            yield server
        except AssertionError as error:
            error.add_note("\n".join(["the server logged:", *server.lines]))
            raise
        finally:
            process.kill()
            process.wait()
            reader.join()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


@contextmanager
def serving(
    cwd: Path,
    *arguments: str | Path,
    within: Sequence[str] = (),
    program: Sequence[str] = ("-m", "storytime"),
    **env: str,
) -> Iterator[Server]:
    """Start `storytime serve` on a free port and wait until it serves."""
    options = ["--port", "0"]
    with starting(cwd, *arguments, *options, within=within, program=program, **env) as server:
        server.until_said("Serving .* at http")
        (port,) = re.findall(r" at http://[^ ]+:(\d+)/", "\n".join(server.lines))
        server.port = int(port)
        yield server


def seen_by(server: Server, place: Path) -> Path:
    return Path(f"/proc/{server.process.pid}/root{place}")


def until_clean_build(server: Server, catalog: Catalog, site: Path) -> None:
    """Wait until the output equals, byte for byte, what a build writes into an empty folder."""
    clean = catalog.base / "clean"
    shutil.rmtree(clean, ignore_errors=True)
    ended = run_storytime("-q", "build", "kit", clean, cwd=catalog.base)
    assert ended.returncode == 0, ended.stderr
    expected = contents(clean)
    wait_until(lambda: written(seen_by(server, site)) == expected, "it was a clean build's")
    for path in expected:
        if path.endswith((".html", ".css")):
            assert server.get(f"/{path}")[1].encode() == expected[path]


def written(site: Path) -> dict[str, bytes] | None:
    """Return the files except those of a server; None if one vanished meanwhile."""
    serving = {f".storytime/{name}" for name in ("lock", "parts.json", "partial.json")}
    try:
        return {path: data for path, data in contents(site).items() if path not in serving}
    except FileNotFoundError:
        return None


def waiting(folder: Path) -> str:
    """Return lines for a `stories.py` that create `begun` in the folder and wait for `go`."""
    return f"""
import pathlib, time
folder = pathlib.Path({str(folder)!r})
folder.joinpath("begun").touch()
while not folder.joinpath("go").exists(): time.sleep(0.005)
"""


def replace(file: Path, text: str) -> None:
    """Save a file like an editor that writes a temporary file and renames it."""
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text)
    os.replace(beside, file)
