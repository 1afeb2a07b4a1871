"""A `storytime serve` process and its WebSocket clients."""

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
from .processes import environment, slow_disk

PAUSE = 0.8
"""Seconds without work after which a server counts as settled: it builds again when saves pause."""
LONG = 60.0
"""Time-out in seconds for what usually takes milliseconds."""


@dataclass
class Server:
    """A running server; `lines` is its log (standard error) so far."""

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
        """Read the log until the server ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if found := re.search(r" at http://[^ ]+:(\d+)/", line):
                self.port = int(found[1])
                self.serving.set()
        self.serving.set()

    def get(self, path: str) -> tuple[int, bytes]:
        """Request a page; return the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG)
        try:
            connection.request("GET", "/" + path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def until_built(self) -> None:
        """Wait for the end of the first build, before which pages may be answered."""
        self.get("stories.json")

    @contextmanager
    def browser(self) -> Iterator[Browser]:
        """Connect a WebSocket after the first build and wait for its greeting."""
        self.until_built()
        with connect(f"ws://127.0.0.1:{self.port}/ws/reload", close_timeout=0.2) as websocket:
            browser = Browser(websocket)
            browser.until("hello")
            yield browser

    def end(self, limit: float = LONG) -> tuple[float, int]:
        """Send SIGINT; return the seconds until the process has ended, and its exit code.

        Raise subprocess.TimeoutExpired after `limit` seconds.
        """
        start = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(limit)
        return time.monotonic() - start, code


@dataclass
class Browser:
    websocket: ClientConnection

    def next(self, limit: float = LONG) -> dict[str, Any]:
        """Return the next message; raise TimeoutError after `limit` seconds."""
        message: dict[str, Any] = json.loads(self.websocket.recv(limit))
        return message

    def until(self, kind: str, page: str = "", limit: float = LONG) -> dict[str, Any]:
        """Return the next message of this kind that names the page (if one is given)."""
        by = time.monotonic() + limit
        while True:
            message = self.next(max(0.0, by - time.monotonic()))
            if message["type"] == kind and (not page or page in message["pages"]):
                return message

    def forget(self) -> None:
        """Discard the messages that have arrived."""
        with suppress(TimeoutError):
            while True:
                self.next(0)


@contextmanager
def serving(base: Path, output: Path, *options: str, slowed: float = 1.0) -> Iterator[Server]:
    """Run `storytime serve` for the project's catalog on a free port; kill it at the end.

    Its writes take `slowed` times as long as usual: see slow_disk/sitecustomize.py.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "storytime", "serve", CATALOG, str(output), "--port=0", *options],
        cwd=base,
        env=environment() if slowed == 1 else slow_disk(slowed),
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
            raise RuntimeError("the server did not start; its log: " + "\n".join(server.lines))
        yield server
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()
