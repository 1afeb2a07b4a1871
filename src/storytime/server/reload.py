"""Reloader: tells an app's browsers of every build, over the WebSocket `/ws/reload`.

docs/reload-protocol.md lists the messages.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..build.changes import BuildChanges
from ..errors import BuildFailure, by_cause
from ..project.failures import shown_failure
from ..views import FRAME, page_file
from .allowed_hosts import Hosts, Refusals, is_own_page, refused_page
from .headers import general_headers

logger = logging.getLogger(__name__)

WAITING = 32
"""Messages that may wait for one browser. One that lags further behind is disconnected; its script
connects again and learns from `hello` that it is out of date."""

LONGEST = 1024
"""Characters of the name of a page; longer ones are ignored."""
MOST_SHOWN = 20
"""Pages that count as shown: those that browsers named last."""

FIELDS = ("path", "message", "traceback", "file", "line")
"""The fields of a cause's first failure that browsers get."""


class Reloader:
    """The open connections.

    `result` is that of the last build; its `build` is the id of the catalog that the output folder
    holds, also if the last build could not write anything. `notices` are further texts for
    everybody who looks at the catalog. `base` is the folder from which the package is imported, to
    which the files of failures are made relative. `greeting` is added to every `hello`. Pages of
    the `allowed` hosts may connect besides the server's own. Pages marked as `early` are up to date
    until the first build has ended.
    """

    def __init__(self) -> None:
        self.result = BuildChanges()
        self.base = ""
        self.early = ""
        self.greeting: Mapping[str, Any] = {}
        self.notices: list[str] = []
        self.allowed = Hosts()
        self._key = secrets.token_urlsafe()
        self._refusals = Refusals()
        self._browsers: dict[asyncio.Queue[str], asyncio.Task[None]] = {}
        self._pages: dict[asyncio.Queue[str], str] = {}

    async def give_key(self, _request: Request) -> Response:
        """Answer with the key that admits a page to the WebSocket, whatever its origin.

        Browsers let only pages of the same origin read it. So it tells this server's pages from
        others also behind a proxy that passes on another Host.
        """
        response = JSONResponse(self._key)
        response.headers.update(general_headers(response))
        return response

    def is_key(self, text: str) -> bool:
        """Return True for the key."""
        return secrets.compare_digest(text.encode(), self._key.encode())

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serve one browser until either side disconnects; refuse foreign origins (403).

        Programs send no Origin.
        """
        origin, host = websocket.headers.get("origin"), websocket.headers.get("host", "")
        has_key = self.is_key(websocket.url.query)
        if origin is not None and not has_key and not is_own_page(origin, host, self.allowed):
            self._refusals.log((origin, host), refused_page(origin, host))
            await websocket.close()
            return
        await websocket.accept()
        messages: asyncio.Queue[str] = asyncio.Queue(WAITING)
        messages.put_nowait(json.dumps(self._hello()))
        sending = asyncio.create_task(_send(websocket, messages))
        receiving = asyncio.create_task(self._receive(websocket, messages))
        self._browsers[messages] = sending
        try:
            await asyncio.wait([sending, receiving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._browsers[messages]
            self._pages.pop(messages, None)
            sending.cancel()
            receiving.cancel()

    def shown(self) -> list[str]:
        """Return the pages that browsers show, as files of the output folder, the newest last."""
        return list(self._pages.values())[-MOST_SHOWN:]

    def tell(self, result: BuildChanges, documents: Mapping[str, str] | None = None) -> None:
        """Tell the browsers what the build that has just ended changed, and its failures.

        `documents` are stories' documents that changed, by file: a browser that shows the page of
        one of these stories gets it along.
        """
        build = result.build if result.is_written else self.result.build
        if self.base:
            shown = [shown_failure(each, self.base) for each in result.failures]
            result = replace(result, failures=shown)
        self.result = replace(result, build=build)
        if result.is_written:
            pages = sorted([*result.pages, *result.users])
            self._tell({"type": "reload", "build": build, "pages": pages}, documents)
        if result.failures:
            self._tell({"type": "failed", "build": build, "failures": _plain(result.failures)})

    def greet(self) -> None:
        """Tell the browsers which build this is, so that those which show another update all."""
        self._tell(self._hello())

    def notify(self, text: str) -> None:
        """Log a text and show it to all browsers, also those that connect later."""
        logger.warning("%s", text)
        self.notices.append(text)
        self._tell({"type": "notice", "text": text})

    def close(self) -> None:
        """Disconnect all browsers, even those that no longer read."""
        for sending in self._browsers.values():
            sending.cancel()

    async def _receive(self, websocket: WebSocket, browser: asyncio.Queue[str]) -> None:
        """Read which page a browser shows, until it leaves."""
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            page = message.get("text") or ""
            if 0 < len(page) <= LONGEST:
                self._pages.pop(browser, None)
                self._pages[browser] = page

    def _hello(self) -> Mapping[str, Any]:
        failures = {"failures": _plain(self.result.failures)} if self.result.failures else {}
        notices = {"notices": self.notices} if self.notices else {}
        early = {"early": self.early} if self.early else {}
        greeting = {**failures, **notices, **early, **self.greeting}
        return {"type": "hello", "build": self.result.build, **greeting}

    def _tell(self, message: Mapping[str, Any], documents: Mapping[str, str] | None = None) -> None:
        text = json.dumps(message)
        for messages, sending in self._browsers.items():
            file = document_of(self._pages.get(messages, ""))
            own = {"documents": {file: documents[file]}} if documents and file in documents else {}
            try:
                messages.put_nowait(json.dumps({**message, **own}) if own else text)
            except asyncio.QueueFull:
                sending.cancel()


def document_of(page: str) -> str:
    """Return the file with the document of the story that has this page."""
    return page.removesuffix(page_file("")) + FRAME


async def _send(websocket: WebSocket, messages: asyncio.Queue[str]) -> None:
    # The browser may leave at any time. Between its close and the end of the connection uvicorn
    # raises a RuntimeError for a message.
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.send_text(await messages.get())


def _plain(failures: Collection[BuildFailure]) -> list[dict[str, Any]]:
    return [
        {**{name: getattr(failure, name) for name in FIELDS}, "places": places}
        for failure, places in by_cause(failures).items()
    ]
