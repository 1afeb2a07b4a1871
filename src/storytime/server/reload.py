"""Reloader: the browsers of one app, told of every build over `/ws/reload`.

Messages, server to browser, are JSON: `hello` on connect and `reload` and `failed` after builds;
the README's "Reload protocol" has them. What a browser sends is read and ignored.
"""

import asyncio
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ..build.result import BuildResult
from ..errors import BuildFailure

WAITING = 32
"""Messages that may wait for one browser; one that lags further behind is disconnected (its client
connects again and learns from `hello` that it is behind)."""

SHOWN = ("path", "message", "traceback", "file", "line")
"""The fields of a failure that browsers are told."""

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
"""Those that an origin leaves out."""


class Reloader:
    """The open connections.

    `result` is that of the last build; its `build` is the id of the catalog that the output folder
    holds, also if the last build could not write anything. `notices` are further texts for
    everybody who looks at the catalog. `greeting` is added to every `hello`.
    """

    def __init__(self) -> None:
        self.result = BuildResult()
        self.greeting: Mapping[str, str] = {}
        self.notices: list[str] = []
        self._browsers: set[Browser] = set()

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serves one browser until either side ends; refuses pages of foreign origins (403)."""
        if not is_same_origin(websocket):
            await websocket.close()
            return
        await websocket.accept()
        browser = Browser(websocket)
        browser.tell(self._hello())
        self._browsers.add(browser)
        try:
            await browser.until_gone()
        finally:
            self._browsers.discard(browser)

    def tell(self, result: BuildResult) -> None:
        """Tell the browsers what the build that has just ended changed, and its failures."""
        build = result.build if result.is_written else self.result.build
        self.result = replace(result, build=build)
        if result.is_written:
            self._tell({"type": "reload", "build": build, "pages": sorted(result.pages)})
        if result.failures:
            failures = _plain(result.failures)
            self._tell({"type": "failed", "build": build, "failures": failures})

    def tell_notice(self, text: str) -> None:
        """Something that whoever looks at the catalog should know, from now on."""
        self.notices.append(text)
        self._tell({"type": "notice", "text": text})

    def close(self) -> None:
        """Ends all connections."""
        for browser in self._browsers:
            browser.drop()

    def _hello(self) -> str:
        failures = {"failures": _plain(self.result.failures)} if self.result.failures else {}
        notices = {"notices": self.notices} if self.notices else {}
        greeting = {**failures, **notices, **self.greeting}
        return json.dumps({"type": "hello", "build": self.result.build, **greeting})

    def _tell(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for browser in self._browsers:
            browser.tell(text)


class Browser:
    """One connection: what waits to be sent, and the tasks that send it and notice its end."""

    def __init__(self, websocket: WebSocket) -> None:
        self._messages: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._sending = asyncio.create_task(_send(websocket, self._messages))
        self._receiving = asyncio.create_task(_receive(websocket))

    def tell(self, message: str) -> None:
        """Has the message sent; drops a browser that lags behind."""
        try:
            self._messages.put_nowait(message)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """Ends the connection, even where the browser takes nothing more."""
        self._sending.cancel()

    async def until_gone(self) -> None:
        """Until either side ends the connection."""
        try:
            await asyncio.wait(
                [self._sending, self._receiving], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self._sending.cancel()
            self._receiving.cancel()


async def _send(websocket: WebSocket, messages: asyncio.Queue[str]) -> None:
    # The browser may leave while it is written to; between its goodbye and the connection's end
    # uvicorn takes a message for a mistake, by a RuntimeError.
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.send_text(await messages.get())


async def _receive(websocket: WebSocket) -> None:
    """Reads on, so that the end of the connection is noticed."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


def _plain(failures: Collection[BuildFailure]) -> list[dict[str, Any]]:
    return [{name: getattr(failure, name) for name in SHOWN} for failure in failures]


def is_same_origin(websocket: WebSocket) -> bool:
    """Whether the page that connects came from this server; only browsers send an Origin.

    The scheme may be https although this server speaks http: a proxy before it does that. "null" is
    the origin of a sandboxed frame and of a file.
    """
    origin = websocket.headers.get("origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    port = DEFAULT_PORTS.get(scheme)
    return port is not None and host in {
        name := websocket.headers.get("host", "").lower(),
        name.removesuffix(port),
    }
