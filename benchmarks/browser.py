"""Chromium, by its DevTools protocol: when has a person seen the new text?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.sync.client import ClientConnection, connect

LONG = 60.0
"""Seconds that are waited for what takes milliseconds."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,900",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
)

WORLD = "storytime-benchmark"
"""The world in which the script below runs; the page's own scripts and policies don't reach it."""

# Runs in every window before its own scripts. One that is a frame tells of the marks that its text
# holds (see catalogs.py) when they have been drawn: a message that is posted when the browser is
# about to draw arrives after that. A frame's window may have an empty document first, and exchange
# it for the story's without having this run again.
SCRIPT = r"""
if (self !== top) {
  let told = "";
  const look = () => {
    const marks = document.documentElement?.textContent.match(/(story|component|helper)-\d{4}/g);
    const found = [...new Set(marks ?? [])].join(" ");
    if (found === told) return;
    told = found;
    requestAnimationFrame(() => {
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => shown(found);
      drawn.port2.postMessage("");
    });
  };
  const watch = () => {
    const changes = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document, changes);
    look();
  };
  watch();
  addEventListener("DOMContentLoaded", watch);
}
"""


@dataclass
class Chromium:
    """A running browser. Its messages are read while something is waited for."""

    websocket: ClientConnection
    number: int = 0
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Chromium]:
        """Raises FileNotFoundError where there is none (see `installed`)."""
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
            subprocess.Popen(
                [installed() or "chromium", *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            try:
                with connect(_address(process), max_size=None, close_timeout=0.2) as websocket:
                    yield cls(websocket)
            finally:
                process.kill()

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        """A new tab, which is prepared when the browser tells that it is attached."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        yield Tab(self, attached["sessionId"])
        self.call("Target.closeTarget", targetId=target)

    def prepare(self, session: str) -> None:
        """Has the script run in each document from now on, those of frames that the browser shows
        by a process of their own included: such a one waits until it is prepared as well."""
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        self.send("Page.enable", session)
        self.send("Runtime.enable", session)
        self.send("Runtime.addBinding", session, name="shown", executionContextName=WORLD)
        self.send("Page.addScriptToEvaluateOnNewDocument", session, source=SCRIPT, worldName=WORLD)
        self.send("Target.setAutoAttach", session, **attach)
        self.send("Runtime.runIfWaitingForDebugger", session)

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """What the browser answers; RuntimeError where that is an error."""
        number = self.send(method, session, **parameters)
        self.until(lambda: number in self.answers, method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def send(self, method: str, session: str = "", **parameters: Any) -> int:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.websocket.send(json.dumps({**message, "sessionId": session} if session else message))
        return self.number

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Takes in messages until the condition holds; TimeoutError where it never does."""
        by = time.monotonic() + LONG
        while not condition():
            try:
                self._receive(json.loads(self.websocket.recv(max(0.0, by - time.monotonic()))))
            except TimeoutError:
                raise TimeoutError(f"{LONG:.0f} s went by in Chromium before: {what}") from None

    def _receive(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case None:
                self.answers[message["id"]] = message
            case "Target.attachedToTarget":
                self.prepare(parameters["sessionId"])
            case "Runtime.bindingCalled":
                self.shown.update(parameters["payload"].split())


@dataclass
class Tab:
    """A page. Only the one in front is drawn, so there is no more than one at a time."""

    chromium: Chromium
    session: str

    def open(self, url: str) -> None:
        """Returns when the story's frame is shown."""
        self.chromium.shown.clear()
        self.chromium.call("Page.navigate", self.session, url=url)
        self.chromium.until(lambda: self.chromium.shown, f"a frame in {url} was drawn")

    def until_shown(self, text: str) -> None:
        """Returns when a frame that holds the text (a mark: see catalogs.py) has been drawn."""
        self.chromium.until(lambda: text in self.chromium.shown, f"{text!r} was drawn")

    def picture(self) -> str:
        """What the tab shows, as a PNG in base64."""
        self.chromium.shown.clear()
        data: str = self.chromium.call("Page.captureScreenshot", self.session)["data"]
        return data


def installed() -> str | None:
    """The Chromium that STORYTIME_CHROMIUM names, else the one on PATH, by any of its names."""
    named = os.environ.get("STORYTIME_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def _address(process: subprocess.Popen[str]) -> str:
    """Where its DevTools listen: it says so at its start."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if found := re.search(r"DevTools listening on (ws://\S+)", line):
            return found[1]
        said.append(line)
    raise RuntimeError("Chromium did not start; it said: " + "".join(said))
