"""Storytime's server in a process that watches itself: how late its event loop is, and what two
warm standbys add to it. Told by lines on its standard input, it answers with lines of its output.
"""

import asyncio
import socket
import sys
import time
from pathlib import Path

import uvicorn

from storytime import create_app

from .catalogs import CATALOG
from .contestants import CONTESTANTS

BEAT = 0.001
"""Seconds between two looks at the clock."""


class Pulse:
    """The event loop's worst lag since it was asked for it last, in seconds."""

    def __init__(self) -> None:
        self._worst = 0.0

    async def beat(self) -> None:
        while True:
            due = time.perf_counter() + BEAT
            await asyncio.sleep(BEAT)
            self._worst = max(self._worst, time.perf_counter() - due)

    def taken(self) -> float:
        worst, self._worst = self._worst, 0.0
        return worst


def serve_with_pulse(package: str, output: str) -> None:
    """Serves the package, rebuilt in the ring; prints its port, then a worst lag for each line."""
    asyncio.run(_serve_with_pulse(package, Path(output)))


async def _serve_with_pulse(package: str, output: Path) -> None:
    pulse = Pulse()
    app = create_app(output, package, use_subinterpreters=True)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    serving = asyncio.create_task(server.serve([listener]))
    beating = asyncio.create_task(pulse.beat())
    while await asyncio.to_thread(sys.stdin.readline):
        print(pulse.taken(), flush=True)
    beating.cancel()
    server.should_exit = True
    await serving


def stand_by(output: str, ring: str) -> None:
    """The server's process, at rest; at a line it makes a ring, one of CONTESTANTS."""
    app = create_app(Path(output))
    uvicorn.Config(app, log_config=None).load()
    print("ready", flush=True)
    sys.stdin.readline()
    rings = [CONTESTANTS[ring](CATALOG, Path(output))]
    print(f"made {rings}", flush=True)
    sys.stdin.readline()
