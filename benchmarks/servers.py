"""A real `storytime serve` in a process of its own, and what a browser says to it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from .catalogs import CATALOG
from .processes import environment

PAUSE = 0.8
"""Seconds without work after which a server has settled: it may build on once saves pause."""
LONG = 60.0
"""Seconds that are waited for what takes milliseconds."""


@dataclass
class Server:
    """A running server; `lines` are those that it has written to its standard error so far."""

    process: subprocess.Popen[str]
    port: int = 0
    lines: list[str] = field(default_factory=list)
    serving: threading.Event = field(default_factory=threading.Event)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def read(self) -> None:
        """Takes in what the server says, until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if found := re.search(r" at http://[^ ]+:(\d+)/", line):
                self.port = int(found[1])
                self.serving.set()
        self.serving.set()

    def get(self, path: str) -> tuple[int, bytes]:
        """The status and the bytes of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG)
        try:
            connection.request("GET", "/" + path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    @contextmanager
    def browser(self) -> Iterator[Browser]:
        """A connection that has been greeted, after the first build."""
        self.get("")  # waits for the build
        with connect(f"ws://127.0.0.1:{self.port}/ws/reload", close_timeout=0.2) as websocket:
            browser = Browser(websocket)
            browser.until("hello")
            yield browser

    def end(self, limit: float = LONG) -> tuple[float, int]:
        """Presses Ctrl-C; the seconds until the process has ended, and its exit code.

        Raises subprocess.TimeoutExpired where it has not ended after `limit` seconds.
        """
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(limit)
        return time.monotonic() - start, code


@dataclass
class Browser:
    websocket: ClientConnection

    def next(self, limit: float = LONG) -> dict[str, Any]:
        """The next message; TimeoutError where none comes."""
        message: dict[str, Any] = json.loads(self.websocket.recv(limit))
        return message

    def until(self, kind: str, page: str = "", limit: float = LONG) -> dict[str, Any]:
        """The next message of that kind, which names that page (any, without one)."""
        by = time.monotonic() + limit
        while True:
            message = self.next(max(0.0, by - time.monotonic()))
            if message["type"] == kind and (not page or page in message["pages"]):
                return message

    def forget(self) -> None:
        """Passes over what has come so far."""
        with suppress(TimeoutError):
            while True:
                self.next(0)


@contextmanager
def serving(base: Path, output: Path, *options: str) -> Iterator[Server]:
    """`storytime serve` on the project's catalog, listening on a free port; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "storytime", "serve", CATALOG, str(output), "--port=0", *options],
        cwd=base,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    server = Server(process)
    reader = threading.Thread(target=server.read)
    reader.start()
    try:
        server.serving.wait(LONG)
        if not server.port:
            raise RuntimeError("the server does not serve; it said: " + "\n".join(server.lines))
        yield server
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()
