"""Reloader: the browsers of one app, told of every build over `/ws/reload`.

Messages, server to browser, are JSON: `hello` on connect and `reload` and `failed` after builds;
the README's "Reload protocol" has them. What a browser sends is read and ignored.
"""

import asyncio
import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from .errors import BuildFailure

WAITING = 32
"""Messages that may wait for one browser; one that lags further behind is disconnected (its client
connects again and learns from `hello` that it is behind)."""


class Reloader:
    """The open connections; `build` is the id of the catalog that the output folder holds."""

    def __init__(self) -> None:
        self.build = ""
        self._browsers: set[asyncio.Queue[str | None]] = set()

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serves one browser until either side ends; refuses pages of foreign origins (403)."""
        if not is_same_origin(websocket):
            await websocket.close()
            return
        await websocket.accept()
        messages: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        messages.put_nowait(json.dumps({"type": "hello", "build": self.build}))
        self._browsers.add(messages)
        receiving = asyncio.create_task(_receive_until_closed(websocket, messages))
        try:
            while (message := await messages.get()) is not None:
                await websocket.send_text(message)
        except WebSocketDisconnect:
            return  # the browser left while it was written to
        finally:
            self._browsers.discard(messages)
            receiving.cancel()

    def tell_reload(self, build: str, pages: Collection[str]) -> None:
        """A build wrote the catalog `build`; `pages` are the files that changed or went."""
        self.build = build
        self._tell({"type": "reload", "build": build, "pages": sorted(pages)})

    def tell_failed(self, failures: Collection[BuildFailure]) -> None:
        """The last build had failures; the catalog that is served is still `self.build`."""
        data = [asdict(failure) for failure in failures]
        self._tell({"type": "failed", "build": self.build, "failures": data})

    def close(self) -> None:
        """Ends all connections."""
        for messages in list(self._browsers):
            self._drop(messages)

    def _tell(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for messages in list(self._browsers):
            if messages.full():
                self._drop(messages)
            else:
                messages.put_nowait(text)

    def _drop(self, messages: asyncio.Queue[str | None]) -> None:
        """Lets a connection end: what still waits for it is thrown away."""
        self._browsers.discard(messages)
        while not messages.empty():
            messages.get_nowait()
        messages.put_nowait(None)


async def _receive_until_closed(
    websocket: WebSocket, messages: asyncio.Queue[str | None]
) -> None:
    """Reads on, so that the end of the connection is noticed; then ends the sending."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    while not messages.empty():
        messages.get_nowait()
    messages.put_nowait(None)


def is_same_origin(websocket: WebSocket) -> bool:
    """Whether the page that connects came from this server; only browsers send an Origin."""
    origin = websocket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")
