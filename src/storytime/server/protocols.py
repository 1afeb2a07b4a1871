"""uvicorn's two protocols with bounds: what one client may hold, send and leave unread.

uvicorn waits without end for a request that was begun or never came, and for a client to read an
answer; of a WebSocket it answers every ping although the client reads nothing, and gathers the
parts of a message without end. A browser never does such things, so a connection is simply closed.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any, override

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

PATIENCE = 10.0
"""Seconds that a client has for a whole request, and to read any more of an answer."""
RECEIVABLE = 16 * 1024
"""Bytes that a browser may send over one WebSocket. It says nothing there but pongs, of 10 bytes in
20 s, and goodbye; after nine hours it has to connect again, as after any break."""
MOST_FILES = 16 * 1024
"""Open files, and so connections, that the server allows itself where the system does."""

FAULTS = (
    "Invalid HTTP request received.",
    "Unsupported upgrade request.",
    "Invalid UTF-8 sequence received from client.",
)
"""What uvicorn logs each time that a client does it, some with a traceback."""


class PromptRequests(H11Protocol):
    """HTTP from a client that asks when it has connected, and reads what it asked for."""

    _overdue: asyncio.TimerHandle | None = None
    _unread = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._unwatch()
        elif self._overdue is None and self.transport.get_protocol() is self:  # no WebSocket yet
            self._watch()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unwatch()
        self._watch()

    @override
    def handle_websocket_upgrade(self, event: Any) -> None:
        self._unwatch()
        super().handle_websocket_upgrade(event)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._overdue = self.loop.call_later(PATIENCE, self._end_unless_it_reads)

    def _unwatch(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _end_unless_it_reads(self) -> None:
        if self.transport.get_write_buffer_size() < self._unread:
            self._watch()
        else:
            self.transport.abort()


class OneWaySocket(WebSocketsSansIOProtocol):
    """A WebSocket on which the server speaks, and the browser next to nothing."""

    receivable = RECEIVABLE

    @override
    def data_received(self, data: bytes) -> None:
        if self.handshake_initiated:  # what came before is the request, which h11 has bounded
            self.receivable -= len(data)
        if self.receivable < 0:
            self.transport.abort()
        else:
            super().data_received(data)

    @override
    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()  # what it did not read it will not read

    @override
    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        # The end is a regular one; but who reads nothing would never let it come.
        self.loop.call_later(PATIENCE, self.transport.abort)


class ClientsFaults:
    """A log filter by which what clients do wrong is said once, in one line."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if message not in FAULTS:
            return True
        first = message not in self._said
        self._said.add(message)
        record.exc_info = None
        return first


def config_for(app: ASGIApp, *, last_requests: float) -> uvicorn.Config:
    """How uvicorn is to serve the app; `last_requests` are the seconds that they get at its end."""
    return uvicorn.Config(
        app,
        http=PromptRequests,
        ws=OneWaySocket,
        ws_max_size=RECEIVABLE,
        ws_per_message_deflate=False,  # a small message may unpack to a big one
        lifespan="on",
        log_config=None,
        access_log=False,
        date_header=False,  # it would have to be made anew every second
        timeout_graceful_shutdown=last_requests,  # type: ignore[arg-type]  # it only waits
    )


def allow_many_connections() -> None:
    """Raises the limit of open files, commonly 1024, towards what the system lets a process have.

    Each browser is one, and where there is none left, builds fail.
    """
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # it may be lower than what the system says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
