"""Chromium, driven by its DevTools protocol: waits until new text is on the screen."""

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
"""Time-out in seconds for what usually takes milliseconds."""

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
"""The isolated world in which the script below runs, out of reach of the page and its policies."""

FRAMES, TOP = "self !== top", "self === top"
"""In which windows of a tab a story is shown, as a condition in JavaScript."""

# Runs in every window before the window's own scripts. Where stories are shown it reports the marks
# in the text (see catalogs.py) once they are painted: a message posted in an animation frame is
# received after the paint. A frame may start with an empty document and replace it with the story's
# without running this again, hence the MutationObserver.
SCRIPT = r"""
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
"""


@dataclass
class Chromium:
    """A running browser. Its messages are only read in `until`."""

    websocket: ClientConnection
    where: str = FRAMES
    number: int = 0
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)
    prepared: dict[str, int] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Chromium]:
        """Start Chromium; raise FileNotFoundError if it isn't installed (see `installed`)."""
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
    def tab(self, where: str = FRAMES) -> Iterator[Tab]:
        """Open a tab that shows stories in its FRAMES, or at its TOP.

        Wait until the script is in place: the browser may start to load a page before the tab's
        process has heard of it.
        """
        self.where = where
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.until(lambda: self.prepared.get(session) in self.answers, "the tab was prepared")
        yield Tab(self, session)
        self.call("Target.closeTarget", targetId=target)

    def prepare(self, session: str) -> None:
        """Run the script in every new document of the session.

        A frame that gets a process of its own is a session of its own, paused until it is prepared.
        """
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        source = f"if ({self.where}) {{{SCRIPT}}}"
        self.send("Page.enable", session)
        self.send("Runtime.enable", session)
        self.send("Runtime.addBinding", session, name="shown", executionContextName=WORLD)
        script = {"source": source, "worldName": WORLD}
        self.prepared[session] = self.send(
            "Page.addScriptToEvaluateOnNewDocument", session, **script
        )
        self.send("Target.setAutoAttach", session, **attach)
        self.send("Runtime.runIfWaitingForDebugger", session)

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Call a method and return its result; raise RuntimeError if it fails."""
        number = self.send(method, session, **parameters)
        self.until(lambda: number in self.answers, f"{method} was answered")
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
        """Read messages until the condition holds; raise TimeoutError after LONG seconds."""
        by = time.monotonic() + LONG
        while not condition():
            try:
                self._receive(json.loads(self.websocket.recv(max(0.0, by - time.monotonic()))))
            except TimeoutError:
                raise TimeoutError(f"Chromium: expected within {LONG:.0f} s that {what}") from None

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
    """A tab. Chromium only paints the one in front, so open one at a time."""

    chromium: Chromium
    session: str

    def open(self, url: str) -> None:
        """Open a page and wait until its story is painted."""
        self.chromium.shown.clear()
        self.chromium.call("Page.navigate", self.session, url=url)
        self.chromium.until(lambda: self.chromium.shown, f"the story in {url} was painted")

    def until_shown(self, text: str) -> None:
        """Wait until a story that contains the mark (see catalogs.py) is painted."""
        self.chromium.until(lambda: text in self.chromium.shown, f"{text!r} was painted")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, as plain data."""
        answer = self.chromium.call("Runtime.evaluate", self.session, expression=expression)
        return answer["result"].get("value")

    def screenshot(self) -> str:
        """Return a screenshot as a base64-encoded PNG."""
        self.chromium.shown.clear()
        data: str = self.chromium.call("Page.captureScreenshot", self.session)["data"]
        return data


def installed() -> str | None:
    """Return STORYTIME_CHROMIUM, else the first Chromium or Chrome on PATH, else None."""
    named = os.environ.get("STORYTIME_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def _address(process: subprocess.Popen[str]) -> str:
    """Return the DevTools address, which Chromium prints when it starts."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if found := re.search(r"DevTools listening on (ws://\S+)", line):
            return found[1]
        said.append(line)
    raise RuntimeError("Chromium did not start; its output: " + "".join(said))
