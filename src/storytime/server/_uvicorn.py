"""All use of uvicorn's internals: limits on what one client may cost, and a quick, quiet end.

uvicorn documents none of the names that are overridden here. An override whose name is gone is
never called, and a class that is gone is replaced by uvicorn's default: the server runs without
that refinement (tests/server/test_missing_internals.py). test_uvicorn_contract.py tells which
releases have them all; pyproject.toml allows those.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, override

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http import h11_impl
from uvicorn.protocols.websockets import websockets_sansio_impl

TIMEOUT = 10.0
"""Seconds that a client has to send a whole request, and to read any more of an answer."""
WEBSOCKET_LIMIT = 128 * 1024
"""Bytes that a browser may send over one WebSocket. It sends pongs (10 bytes in 20 s), a close, and
about 100 bytes for each page that it shows; after a thousand pages it has to reconnect."""

CLIENT_ERRORS = (
    "Invalid HTTP request received.",
    "Unsupported upgrade request.",
    "Invalid UTF-8 sequence received from client.",
)
"""Messages that uvicorn logs for each bad request, some with a traceback."""

# Any: mypy can't know a base class that may be missing.
H11Protocol: Any = getattr(h11_impl, "H11Protocol", None)
SansIOProtocol: Any = getattr(websockets_sansio_impl, "WebSocketsSansIOProtocol", None)


class TimedHTTP(H11Protocol or asyncio.Protocol):  # type: ignore[misc]
    """HTTP with a timeout for the request and for reading the answer.

    uvicorn waits forever for both (https://github.com/Kludex/uvicorn/issues/157).
    """

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._transport = transport
        self._restart_timer()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._restart_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._restart_timer()

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request, and nothing else: the app's answer couldn't be sent.

        uvicorn sends both, and logs the error of the second.
        """
        cycle = getattr(self, "cycle", None)
        if cycle is not None:
            cycle.disconnected = True
        if getattr(cycle, "response_started", False):
            self._transport.close()
        else:
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _restart_timer(self) -> None:
        self._stop_timer()
        self._unread = self._transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(TIMEOUT, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _time_out(self) -> None:
        if self._transport.get_protocol() is not self:
            return  # the connection has become a WebSocket
        unread = self._transport.get_write_buffer_size()
        cycle = getattr(self, "cycle", self)  # without it the app may always be answering
        is_answering = cycle is not None and not getattr(cycle, "response_complete", False)
        if unread < self._unread or (is_answering and not unread):
            self._restart_timer()
        else:
            self._transport.abort()


class LimitedWebSocket(SansIOProtocol or asyncio.Protocol):  # type: ignore[misc]
    """A WebSocket whose client may send next to nothing and has to read what it is sent.

    uvicorn answers every ping of a client that reads nothing, and closes a connection only once
    the client has read all (https://github.com/Kludex/uvicorn/issues/157).
    """

    _received: int | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        # The first data is the request, whose size h11 has limited.
        self._received = 0 if self._received is None else self._received + len(data)
        if self._received > WEBSOCKET_LIMIT:
            self._transport.abort()
        else:
            super().data_received(data)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        asyncio.get_running_loop().call_later(TIMEOUT, self._transport.abort)


class LogFilter:
    """Drops what uvicorn logs of requests that it cancels at the end, with a traceback for each.

    Each kind of client error is logged once, without a traceback.
    """

    def __init__(self) -> None:
        self._logged: set[str] = set()

    def __call__(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if message in CLIENT_ERRORS:
            is_new = message not in self._logged
            self._logged.add(message)
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"  # no fault of the server
            return is_new
        cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
        return not cancelled and not message.startswith("Cancel ")


def config_for(app: ASGIApp, *, shutdown_timeout: float) -> uvicorn.Config:
    """Return uvicorn's settings; `shutdown_timeout` is in seconds, for running requests."""
    return uvicorn.Config(
        app,
        http=TimedHTTP if H11Protocol else "auto",
        ws=LimitedWebSocket if SansIOProtocol else "auto",
        ws_max_size=WEBSOCKET_LIMIT,
        ws_per_message_deflate=False,  # a small message may decompress to a huge one
        lifespan="on",
        log_config=None,
        access_log=False,
        date_header=False,  # uvicorn would update it every second
        timeout_graceful_shutdown=shutdown_timeout,  # type: ignore[arg-type]  # it only waits
    )


class Server(uvicorn.Server):
    """A uvicorn server that is idle while nobody asks, and ends at once.

    `end` is a signal handler that makes it shut down.
    """

    should_exit = False

    def end(self, number: int, frame: FrameType | None) -> None:
        self.should_exit = True

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signal handlers alone.

        uvicorn's own would raise each signal again at the end, and take a second one for the wish
        to skip the app's shutdown.
        """
        yield

    @override
    async def main_loop(self) -> None:
        """Wait for a signal; uvicorn's own wakes up ten times a second to look for one."""
        if hasattr(self, "on_tick"):
            await self.on_tick(0)  # makes the default headers
        loop = asyncio.get_running_loop()
        receiver, sender = socket.socketpair()
        with receiver, sender:
            receiver.setblocking(False)
            sender.setblocking(False)
            # Each signal sends a byte, whichever thread the system delivers the signal to.
            before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
            try:
                while not self.should_exit:
                    await loop.sock_recv(receiver, 4096)
            finally:
                signal.set_wakeup_fd(before)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down the app and the connections together.

        uvicorn shuts the app down when all requests have ended, but some wait for the app
        (https://github.com/Kludex/uvicorn/issues/451).
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(super().shutdown(sockets))
            if hasattr(self, "lifespan"):
                group.create_task(self.lifespan.shutdown())
