"""Storytime's server, instrumented: measures the lag of its event loop or adds a ring on demand.

Runs in a child process that answers lines on its standard input (see children.py).
"""

import asyncio
import socket
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn

from storytime import create_app

from .catalogs import CATALOG
from .contestants import CONTESTANTS

INTERVAL = 0.001
"""Seconds between two measurements of the lag."""


class LagMeter:
    """Measures the worst lag of the event loop, in seconds."""

    def __init__(self) -> None:
        self._worst = 0.0

    async def run(self) -> None:
        while True:
            due = time.perf_counter() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self._worst = max(self._worst, time.perf_counter() - due)

    def take(self) -> float:
        """Return the worst lag since the last call."""
        worst, self._worst = self._worst, 0.0
        return worst


def serve_with_lag(package: str, output: str) -> None:
    """Serve the package with the ring; print the port, then the worst lag at each line of input."""
    asyncio.run(_serve_with_lag(package, Path(output)))


async def _serve_with_lag(package: str, output: Path) -> None:
    meter = LagMeter()
    app = create_app(output, package, use_subinterpreters=True)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    serving = asyncio.create_task(server.serve([listener]))
    measuring = asyncio.create_task(meter.run())
    while await asyncio.to_thread(sys.stdin.readline):
        print(meter.take(), flush=True)
    measuring.cancel()
    server.should_exit = True
    await serving


def serve_with_ring(output: str, ring: str) -> None:
    """Load the server, but don't serve; make a ring (a key of CONTESTANTS) with two standbys at a
    line of input."""
    app = create_app(Path(output))
    uvicorn.Config(app, log_config=None).load()
    print("ready", flush=True)
    sys.stdin.readline()
    made: Any = CONTESTANTS[ring](CATALOG, Path(output))
    made.fill()
    print(f"made {made}", flush=True)
    sys.stdin.readline()
