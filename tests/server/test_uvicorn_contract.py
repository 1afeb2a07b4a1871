"""What server/_uvicorn.py relies on in uvicorn; pyproject.toml allows the releases that pass.

To try a release: pip install it into an environment of its own and run this file there.
"""

import asyncio
import inspect
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from storytime.server import _uvicorn

from ..serving_support import HANDSHAKE, LONG, served


@pytest.mark.parametrize(
    ("override", "base"),
    [
        (_uvicorn.TimedHTTP, H11Protocol),
        (_uvicorn.LimitedWebSocket, WebSocketsSansIOProtocol),
        (_uvicorn.Server, uvicorn.Server),
    ],
    ids=lambda value: value.__name__,
)
def test_uvicorn_has_every_method_that_is_overridden(override: Any, base: Any) -> None:
    own = {name for name, value in vars(override).items() if inspect.isfunction(value)}
    overridden = {name for name in own if not name.startswith("_")} - {"end"}
    assert issubclass(override, base)
    assert overridden
    assert [name for name in overridden if not hasattr(base, name)] == []
    for name in overridden:
        parameters = [
            inspect.signature(each).parameters
            for each in (vars(override)[name], getattr(base, name))
        ]
        assert len(parameters[0]) == len(parameters[1]), name


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The overriding methods that uvicorn calls, by name."""
    called: list[str] = []
    for owner, name in [
        (_uvicorn.TimedHTTP, "on_response_complete"),
        (_uvicorn.LimitedWebSocket, "keepalive_timeout"),
        (_uvicorn.LimitedWebSocket, "on_task_complete"),
    ]:
        monkeypatch.setattr(owner, name, recorded(vars(owner)[name], called))
    return called


def recorded(method: Callable[..., None], called: list[str]) -> Callable[..., None]:
    def call(*arguments: Any) -> None:
        called.append(method.__name__)
        method(*arguments)

    return call


async def test_uvicorn_reports_the_end_of_a_response(calls: list[str]) -> None:
    async with served(Starlette(routes=[Route("/", hello)])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(LONG):
            answer = await reader.readuntil(b"hello")
        writer.close()
        await writer.wait_closed()
    head = answer.lower()
    assert b"server: uvicorn" in head  # made by on_tick
    assert b"date:" not in head
    assert calls == ["on_response_complete"]


async def test_a_request_in_progress_has_a_cycle() -> None:
    cycles: list[Any] = []

    class Seen(_uvicorn.TimedHTTP):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            cycles.append((self.cycle, self.cycle and self.cycle.response_complete))

    config = _uvicorn.config_for(Starlette(routes=[Route("/", hello)]), shutdown_timeout=1)
    config.http = Seen
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
        async with asyncio.timeout(LONG):
            while not cycles:
                await asyncio.sleep(0.005)
            writer.write(b"Host: localhost\r\n\r\n")
            await reader.readuntil(b"hello")
        writer.close()
        server.should_exit = True
        await serving
    (before, _), *_, (begun, complete) = cycles
    assert before is None
    assert begun is not None
    assert complete is False


async def test_uvicorn_reports_unanswered_pings(calls: list[str]) -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive()

    app = Starlette(routes=[WebSocketRoute("/ws/reload", endpoint)])
    async with served(app, ws_ping_interval=0.05, ws_ping_timeout=0.05) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        async with asyncio.timeout(LONG):
            with suppress(ConnectionError):
                await reader.read()  # until the end
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    assert calls == ["keepalive_timeout", "on_task_complete"]


async def test_sending_waits_for_a_websocket_that_is_not_read() -> None:
    sent: list[int] = []

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        for number in range(100):
            await websocket.send_text("x" * 1_000_000)
            sent.append(number)

    app = Starlette(routes=[WebSocketRoute("/ws/reload", endpoint)])
    async with served(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(HANDSHAKE)
        async with asyncio.timeout(LONG):
            while not sent:
                await asyncio.sleep(0.005)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(sent) < 100
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_sending_waits_for_a_response_that_is_not_read() -> None:
    sent: list[int] = []

    async def parts() -> AsyncIterator[bytes]:
        for number in range(100):
            yield b"x" * 1_000_000
            sent.append(number)

    async def endpoint(request: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    async with served(Starlette(routes=[Route("/", endpoint)])) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(LONG):
            while not sent:
                await asyncio.sleep(0.005)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(sent) < 100
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


def test_a_signal_shuts_down_the_app_while_a_request_runs() -> None:
    events: list[str] = []
    shut_down = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            events.append((await receive())["type"])
            shut_down.set()
            await send({"type": "lifespan.shutdown.complete"})
            return
        os.kill(os.getpid(), signal.SIGUSR1)
        await shut_down.wait()  # uvicorn waits for this request before it tells the app
        events.append("answered")
        await PlainTextResponse("hello")(scope, receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.connect(listener.getsockname())
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        server = _uvicorn.Server(_uvicorn.config_for(app, shutdown_timeout=LONG))
        before = signal.signal(signal.SIGUSR1, server.end)
        try:
            server.run([listener])
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert b" 200 " in client.recv(1000)
    assert events == ["lifespan.shutdown", "answered"]
