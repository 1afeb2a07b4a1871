"""A stress test of one server: random edits and hostile stories, with a check after each."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

from websockets.exceptions import ConnectionClosed

from .catalogs import CATALOG, PARTS, Project, contents, save, save_in_place, write
from .hazards import HARMLESS, HAZARDS, STORIES, hostile_source
from .hostile_listener import LEFT_RUNNING, HostileListener
from .processes import (
    environment,
    file_descriptors,
    named_threads,
    own_megabytes,
    process_name,
    tree,
)
from .random_edits import RandomEdits
from .servers import LONG, Browser, Server

OWN = ".storytime/"
"""Prefix of the output's files that hold the builds' own state."""
HOSTILE_PAGE = "hostile/hazard"
SAVES = (20, 60)
"""Saves of the helper in a burst, at least and at most."""
BURST = 5
"""Edits at most before the output is checked."""
GAP = 0.06
"""Seconds at most between two edits of a burst."""
INTERPRETERS = "storytime-inter"
"""Prefix of the interpreters' thread names, cut off as the system does."""


class ServerGone(Exception):
    """The server has ended or doesn't answer: the test is over."""


@dataclass(frozen=True)
class Sample:
    """The server's resources at one time; `memory` is in MB."""

    seconds: float
    memory: float
    descriptors: int
    threads: int
    interpreters: int
    processes: int


@dataclass
class Results:
    """The results of a stress test.

    `violations` describes what must not happen. `slowest` maps hazards to the most seconds from the
    good save after it to its bytes.
    """

    edits: Counter[str] = field(default_factory=Counter)
    hazards: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    slowest: dict[str, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


class StressTest:
    """Edits a server's project, checks what it serves, and records the results."""

    def __init__(
        self, project: Project, server: Server, browser: Browser, random: Random, within: float
    ) -> None:
        self.results = Results()
        self._project = project
        self._edits = RandomEdits(project, random)
        self._server = server
        self._random = random
        self._within = within
        self._number = 0
        self._began = time.monotonic()
        self._messages: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        threading.Thread(target=_read, args=[browser, self._messages], daemon=True).start()

    def edit(self) -> None:
        """Make a burst of edits and check the output."""
        for _ in range(self._random.randint(1, BURST)):
            self.results.edits[self._edits.edit()] += 1
            time.sleep(self._random.uniform(0, GAP))
        self.expect_clean("after edits")

    def save_burst(self) -> None:
        """Save the helper again and again, in place; the last save must be served in time."""
        self._edits.repair_all()
        helper = self._project.edit("helper")
        start = 0.0
        for _ in range(self._random.randint(*SAVES)):
            self._number += 1
            save_in_place(helper, self._number)
            start = time.monotonic()
            time.sleep(self._random.uniform(0, GAP))
        self.results.edits["burst"] += 1
        self._wait_until_served(helper.text(self._number), "section_*/*/*/look-*/frame.html")
        self._check_time("a burst of saves", start)
        self.expect_clean("after a burst")

    def save_hostile_story(self, name: str, listener: HostileListener) -> None:
        """Save a hostile story; when its build has begun save a good one, which must be served."""
        hazard = HAZARDS[name]
        self._edits.repair_parts()
        self._number += 1
        self.results.hazards[name] += 1
        at_import = self._random.random() < 0.3
        file = self._project.base / PARTS / "hostile.py"
        save(
            file,
            hostile_source(hazard, port=listener.port, number=self._number, at_import=at_import),
        )
        if not listener.wait_for(self._number):
            self._add_violation(f"{name}: its build didn't begin within {LONG:.0f} s")
        if hazard.ends and self._random.random() < 0.5:
            self._wait_for_build()
        self._discard_messages()
        mark = f"hostile-{self._number:04}"
        start = time.monotonic()
        save(file, HARMLESS.removeprefix("\n").replace("hostile-0000", mark))
        self._wait_until_served(mark, f"{HOSTILE_PAGE}/*.html")
        self._check_time(name, start)
        self.expect_clean(f"after {name}")

    def _check_time(self, name: str, start: float) -> None:
        spent = time.monotonic() - start
        self.results.slowest[name] = max(spent, self.results.slowest.get(name, 0.0))
        if spent > self._within:
            self._add_violation(f"{name}: the next good save was served after {spent:.2f} s")

    def expect_clean(self, when: str) -> None:
        """Wait until the server serves what a new process builds; else record a violation."""
        expected, written = self._clean_build()
        until = time.monotonic() + LONG
        while wrong := self._wrong(expected):
            if not written or time.monotonic() > until:
                break
            self._next(until - time.monotonic())
        if wrong and written:
            self._add_violation(f"{when}: served pages differ from a clean build: {wrong[:5]}")
        self.results.checks += 1
        self.results.samples.append(self._sample())

    def _clean_build(self) -> tuple[dict[str, bytes], bool]:
        """Return what a new process builds into an empty folder, and whether it built anything."""
        clean = self._project.base.with_name("clean") / str(self.results.checks)
        done = subprocess.run(
            [sys.executable, "-m", "storytime", "build", "-q", CATALOG, str(clean)],
            cwd=self._project.base,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"a clean build ended with {done.returncode}: {done.stderr}")
        built = contents(clean)
        shutil.rmtree(clean, ignore_errors=True)  # it doesn't exist if nothing could be built
        pages = {name: data for name, data in built.items() if not name.startswith(OWN)}
        return pages, bool(pages)

    def _wrong(self, expected: dict[str, bytes]) -> list[str]:
        """Return the pages that are served differently or should not exist."""
        there = {name for name in contents(self._output) if not name.startswith(OWN)}
        differ = [name for name, data in expected.items() if self._get(name) != (200, data)]
        return sorted({*differ, *(there - expected.keys())})

    @property
    def _output(self) -> Path:
        return self._project.base.with_name("served")

    def _wait_until_served(self, mark: str, pages: str) -> None:
        """Wait until a page that matches the pattern shows the mark."""
        until = time.monotonic() + LONG
        while not any(mark.encode() in self._get(page)[1] for page in self._matching(pages)):
            if time.monotonic() > until:
                raise ServerGone(f"{mark} was not served within {LONG:.0f} s")
            self._next(until - time.monotonic())

    def _matching(self, pages: str) -> list[str]:
        files = self._output.glob(pages)
        return [file.relative_to(self._output).as_posix() for file in files]

    def _wait_for_build(self) -> None:
        """Wait until a build has ended, for a limited time."""
        until = time.monotonic() + 2 * self._within
        while (left := until - time.monotonic()) > 0:
            if self._next(left):
                return

    def _discard_messages(self) -> None:
        with suppress(Empty):
            while True:
                self._count(self._messages.get_nowait())

    def _next(self, limit: float) -> bool:
        """Wait for a message; return False if none arrives within `limit` seconds."""
        try:
            self._count(self._messages.get(timeout=max(0.0, limit)))
        except Empty:
            return False
        return True

    def _count(self, message: dict[str, Any] | None) -> None:
        if message is None:
            raise ServerGone("the server closed the WebSocket")
        self.results.messages[message["type"]] += 1
        for failure in message.get("failures", ()):
            self.results.failures[failure["message"].partition(":")[0][:60]] += 1

    def _get(self, page: str) -> tuple[int, bytes]:
        try:
            return self._server.get(page)
        except OSError as error:
            raise ServerGone(f"no answer to a request for {page}: {error}") from None

    def _add_violation(self, what: str) -> None:
        self.results.violations.append(what)
        print(f"violation: {what}", file=sys.stderr)

    def _sample(self) -> Sample:
        pid = self._server.pid
        names = named_threads(pid)
        return Sample(
            time.monotonic() - self._began,
            own_megabytes(pid),
            file_descriptors(pid),
            len(names),
            sum(name.startswith(INTERPRETERS) for name in names),
            sum(process_name(each) != LEFT_RUNNING for each in tree(pid)[1:]),
        )


def add_hostile_subject(project: Project) -> None:
    """Add the subject whose component the hostile saves replace."""
    write(project.base / PARTS / "hostile.py", HARMLESS)
    write(project.base / CATALOG / "hostile" / "__init__.py", "")
    write(project.base / CATALOG / "hostile" / "stories.py", STORIES)


def survivors(pids: Sequence[int], seconds: float) -> list[int]:
    """Return the processes that are still alive after `seconds`."""
    until = time.monotonic() + seconds
    while alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        if time.monotonic() > until:
            break
        time.sleep(0.01)
    return alive


def _read(browser: Browser, messages: SimpleQueue[dict[str, Any] | None]) -> None:
    with suppress(ConnectionClosed):
        while True:
            with suppress(TimeoutError):
                messages.put(browser.next())
    messages.put(None)
