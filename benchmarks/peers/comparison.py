"""Compares the tools: each is started in turn, shows a story, and has it edited."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from ..browser import Chromium, Tab
from ..measure import Figures
from ..processes import processor_seconds, proportional_megabytes, settle
from ..run import machine
from ..servers import PAUSE
from .tools import TOOLS, Project, Tool, free_port, started

EDITS = ("story", "helper")
IDLE = 5.0
"""Seconds without work after which a server counts as idle: Storytime checks its preloading when 3
seconds have passed without a change."""


@dataclass
class Times:
    """What was measured of a tool.

    Milliseconds from its start to the first pixels of the story, and from a save to the pixels of
    the open story; the memory (MB, with the share of what processes share) after the edits, and the
    CPU usage (% of one core) while nothing changes.
    """

    start: Figures = field(default_factory=Figures)
    story: Figures = field(default_factory=Figures)
    helper: Figures = field(default_factory=Figures)
    memory: Figures = field(default_factory=Figures)
    idle: Figures = field(default_factory=Figures)


@dataclass
class Comparison:
    """The results of a run: `times[stories][tool's name]`."""

    command: str
    python: str = field(default_factory=platform.python_version)
    node: str = field(default_factory=lambda: output("node", "--version"))
    machine: str = field(default_factory=machine)
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="minutes"))
    load: list[float] = field(default_factory=lambda: [os.getloadavg()[0]])
    times: dict[int, dict[str, Times]] = field(default_factory=dict)


@dataclass
class Contestant:
    """A tool with a project that it serves."""

    tool: Tool
    project: Project
    times: Times = field(default_factory=Times)
    port: int = field(default_factory=free_port)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def rehearse(self, chromium: Chromium) -> None:
        """Start and show once, so that all that the tool keeps for the next start is there."""
        with (
            chromium.tab(self.tool.where) as tab,
            started(self.tool, self.project.base, self.port) as server,
        ):
            tab.open(self.address)
            settle([server.pid], quiet=PAUSE)

    def measure(self, chromium: Chromium, edits: int, idle: float) -> None:
        """Start, make each kind of edit so many times, and observe the server for some seconds."""
        with chromium.tab(self.tool.where) as tab:
            start = time.perf_counter()
            with started(self.tool, self.project.base, self.port) as server:
                tab.open(self.address)
                self.times.start.add(1000 * (time.perf_counter() - start))
                for _ in range(edits):
                    self._edit("story", self.times.story, tab, server)
                    self._edit("helper", self.times.helper, tab, server)
                settle([server.pid], quiet=IDLE)
                self.times.memory.add(proportional_megabytes(server.pid))
                self.times.idle.add(_usage(server, idle))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.tool.page}"

    def _edit(self, mark: str, figures: Figures, tab: Tab, server: subprocess.Popen[bytes]) -> None:
        """Edit and wait until the story with the new text is painted; check by a screenshot."""
        settle([server.pid], quiet=PAUSE)
        before = tab.screenshot()
        start = time.perf_counter()
        text = self.project.edit(mark).make(next(self.numbers))
        tab.until_shown(text)
        figures.add(1000 * (time.perf_counter() - start))
        if tab.screenshot() == before:
            raise AssertionError(f"{text!r} was reported as painted; the screenshot is the same")


def compare(
    results: Comparison,
    sizes: Sequence[int],
    rounds: int,
    edits: int,
    idle: float,
    say: Callable[[str], None],
) -> None:
    """Measure the tools in turn, one server at a time, with catalogs of these sizes."""
    with ExitStack() as stack:
        contestants = []
        for stories in sizes:
            results.times[stories] = {}
            for tool in TOOLS:
                prefix = f"catalog-{stories}-"
                folder = tempfile.TemporaryDirectory(
                    prefix=prefix, dir=tool.home, ignore_cleanup_errors=True
                )
                base = Path(stack.enter_context(folder))
                contestant = Contestant(tool, tool.generate(base, stories))
                results.times[stories][tool.name] = contestant.times
                contestants.append(contestant)
        chromium = stack.enter_context(Chromium.started())
        for contestant in contestants:
            contestant.rehearse(chromium)
        for number in range(rounds):
            for contestant in contestants:
                name, stories = contestant.tool.name, contestant.project.stories
                say(f"round {number + 1}: {name}, {stories:,} stories")
                contestant.measure(chromium, edits, idle)
    results.load.append(os.getloadavg()[0])


def _usage(server: subprocess.Popen[bytes], seconds: float) -> float:
    """Return the CPU usage of a server in the next seconds, in % of one core."""
    before = processor_seconds(server.pid)
    time.sleep(seconds)
    return 100 * (processor_seconds(server.pid) - before) / seconds


def output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
