"""A siege of one server: edits, hostile stories, and after each the question whether it is well."""

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

from .catalogs import CATALOG, PARTS, Project, contents, save, write
from .deeds import LEFT_RUNNING, Deeds
from .hazards import HARMLESS, HAZARDS, STORIES, hostile_source
from .processes import (
    environment,
    file_descriptors,
    named_threads,
    own_megabytes,
    process_name,
    tree,
)
from .scene import Scene
from .servers import LONG, Browser, Server

OWN = ".storytime/"
"""Begins the names of the output's files that are the builds' own."""
HOSTILE_PAGE = "hostile/deed"
BURST = 5
"""Most edits without a wait for what the server makes of them."""
GAP = 0.06
"""Most seconds between two edits of a burst."""
INTERPRETERS = "storytime-inter"
"""Begins the names of the threads that interpreters live in, as far as the system keeps them."""


class Fallen(Exception):
    """The server has ended, or serves no more: the siege is over."""


@dataclass(frozen=True)
class Sample:
    """The server at one moment."""

    seconds: float
    memory: float
    descriptors: int
    threads: int
    interpreters: int
    processes: int


@dataclass
class Record:
    """What came of a siege. `violations` names what is not to happen; `slowest` are the seconds
    from the good save after a hostile one to its bytes."""

    edits: Counter[str] = field(default_factory=Counter)
    hazards: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    settled: int = 0
    slowest: dict[str, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


class Siege:
    """One server under attack, and what is known of it."""

    def __init__(
        self, project: Project, server: Server, browser: Browser, random: Random, within: float
    ) -> None:
        self.record = Record()
        self._project = project
        self._scene = Scene(project, random)
        self._server = server
        self._random = random
        self._within = within
        self._number = 0
        self._began = time.monotonic()
        self._messages: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        threading.Thread(target=_read, args=[browser, self._messages], daemon=True).start()

    def edit(self) -> None:
        """A burst of edits, and what is served after it."""
        for _ in range(self._random.randint(1, BURST)):
            self.record.edits[self._scene.edit()] += 1
            time.sleep(self._random.uniform(0, GAP))
        self.expect_clean("after edits")

    def assault(self, name: str, deeds: Deeds) -> None:
        """A hostile save, whose build begins; then a good one, which is to be served soon."""
        hazard = HAZARDS[name]
        self._scene.repair_parts()
        self._number += 1
        self.record.hazards[name] += 1
        at_import = self._random.random() < 0.3
        file = self._project.base / PARTS / "hostile.py"
        save(
            file,
            hostile_source(hazard, port=deeds.port, number=self._number, at_import=at_import),
        )
        if not deeds.begun(self._number):
            self._violated(f"{name}: its build did not begin within {LONG:.0f} s")
        if hazard.ends and self._random.random() < 0.5:
            self._until_told()
        self._forget()
        mark = f"hostile-{self._number:04}"
        start = time.monotonic()
        save(file, HARMLESS.removeprefix("\n").replace("hostile-0000", mark))
        self._until_served(mark)
        spent = time.monotonic() - start
        self.record.slowest[name] = max(spent, self.record.slowest.get(name, 0.0))
        if spent > self._within:
            self._violated(f"{name}: the next good save was served after {spent:.2f} s")
        self.expect_clean(f"after {name}")

    def expect_clean(self, when: str) -> None:
        """Waits until the server has settled: it serves what a new process builds."""
        expected, written = self._clean_build()
        until = time.monotonic() + LONG
        while wrong := self._wrong(expected):
            if not written or time.monotonic() > until:
                break
            self._next(until - time.monotonic())
        if wrong and written:
            self._violated(f"{when}: served otherwise than a clean build: {wrong[:5]}")
        self.record.settled += 1
        self.record.samples.append(self._sample())

    def _clean_build(self) -> tuple[dict[str, bytes], bool]:
        """The pages that a new process builds into an empty folder."""
        clean = self._project.base.with_name("clean") / str(self.record.settled)
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
        shutil.rmtree(clean, ignore_errors=True)  # not there where nothing could be built
        pages = {name: data for name, data in built.items() if not name.startswith(OWN)}
        return pages, bool(pages)

    def _wrong(self, expected: dict[str, bytes]) -> list[str]:
        """The pages that are served otherwise, or are there although they should not be."""
        there = {name for name in contents(self._output) if not name.startswith(OWN)}
        differ = [name for name, data in expected.items() if self._get(name) != (200, data)]
        return sorted({*differ, *(there - expected.keys())})

    @property
    def _output(self) -> Path:
        return self._project.base.with_name("served")

    def _until_served(self, mark: str) -> None:
        """Returns when the hostile story's page shows the mark of the good save."""
        until = time.monotonic() + LONG
        while not any(mark.encode() in self._get(page)[1] for page in self._hostile_pages()):
            if time.monotonic() > until:
                raise Fallen(f"{mark} was not served within {LONG:.0f} s")
            self._next(until - time.monotonic())

    def _hostile_pages(self) -> list[str]:
        files = (self._output / HOSTILE_PAGE).glob("*.html")
        return [file.relative_to(self._output).as_posix() for file in files]

    def _until_told(self) -> None:
        """Returns when a build that has begun has ended, or after a while."""
        until = time.monotonic() + 2 * self._within
        while (left := until - time.monotonic()) > 0:
            if self._next(left):
                return

    def _forget(self) -> None:
        with suppress(Empty):
            while True:
                self._took(self._messages.get_nowait())

    def _next(self, limit: float) -> bool:
        """Whether the server said something within the seconds."""
        try:
            self._took(self._messages.get(timeout=max(0.0, limit)))
        except Empty:
            return False
        return True

    def _took(self, message: dict[str, Any] | None) -> None:
        if message is None:
            raise Fallen("the server ended the browser's connection")
        self.record.messages[message["type"]] += 1
        for failure in message.get("failures", ()):
            self.record.failures[failure["message"].partition(":")[0][:60]] += 1

    def _get(self, page: str) -> tuple[int, bytes]:
        try:
            return self._server.get(page)
        except OSError as error:
            raise Fallen(f"no answer for {page}: {error}") from None

    def _violated(self, what: str) -> None:
        self.record.violations.append(what)
        print(f"VIOLATED: {what}", file=sys.stderr)

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
    """Puts the subject into the catalog whose component the assaults replace."""
    write(project.base / PARTS / "hostile.py", HARMLESS)
    write(project.base / CATALOG / "hostile" / "__init__.py", "")
    write(project.base / CATALOG / "hostile" / "stories.py", STORIES)


def outlived(pids: Sequence[int], seconds: float) -> list[int]:
    """Those of the processes that still live after the seconds."""
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
