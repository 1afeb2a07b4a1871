"""Measure how fast a change of a control is on the screen, beside Storybook.

A text is inserted into the control of the open story's `label`, as a person's typing does it. The
tools take turns in one run, one server at a time, in one Chromium. A figure is the median, with the
minimum and the maximum.
"""

import argparse
import os
import platform
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from ..browser import Chromium, Tab
from ..claims import AT_MOST, Claim
from ..measure import Figures, markdown
from ..processes import proportional_megabytes, settle
from ..report import record
from ..run import machine
from ..servers import PAUSE
from .comparison import output
from .tools import STORYBOOK, STORYTIME, Project, Tool, free_port, started

SIZES = (300, 3000)
FIELDS = {
    STORYTIME: '.st-control[data-key="label"] :is(input, textarea)',
    STORYBOOK: "#control-label",
}
"""The field of the control, as a selector."""
CHANGES, SECONDS = 200, 10.0
"""Changes of a burst, and the time in which they come."""
SOON = 100
"""Milliseconds from a change to the pixels."""
LAST = 300
"""Milliseconds from the last change of a burst to the pixels."""


@dataclass
class Times:
    """What was measured of a tool.

    Milliseconds from a change to the pixels (`one`), and from the last change of a burst (`last`);
    how many of a burst's changes were painted; and the server's memory (MB, with the share of what
    processes share), descriptors and threads before and after a burst.
    """

    one: Figures = field(default_factory=Figures)
    last: Figures = field(default_factory=Figures)
    painted: Figures = field(default_factory=Figures)
    memory: tuple[Figures, Figures] = field(default_factory=lambda: (Figures(), Figures()))
    open: tuple[Figures, Figures] = field(default_factory=lambda: (Figures(), Figures()))


@dataclass
class Contestant:
    """A tool with a project that it serves."""

    tool: Tool
    project: Project
    times: Times = field(default_factory=Times)
    port: int = field(default_factory=free_port)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def measure(self, chromium: Chromium, changes: int) -> None:
        """Start the tool, and change the control so many times and in a burst."""
        with (
            chromium.tab(self.tool.where) as tab,
            started(self.tool, self.project.base, self.port) as server,
        ):
            tab.open(f"http://127.0.0.1:{self.port}/{self.tool.page}")
            _until_there(tab, FIELDS[self.tool])
            for _ in range(changes):
                settle([server.pid], quiet=PAUSE)
                before = tab.screenshot()
                mark, start = self._change(tab)
                tab.until_shown(mark)
                self.times.one.add(1000 * (time.perf_counter() - start))
                if tab.screenshot() == before:
                    raise AssertionError(f"{mark!r} was reported as painted; nothing has changed")
            self._burst(tab, server.pid)

    def _burst(self, tab: Tab, pid: int) -> None:
        self._note(0, pid)
        tab.chromium.shown.clear()
        begin = time.perf_counter()
        mark, start = "", begin
        for number in range(CHANGES):
            time.sleep(max(0.0, begin + number * SECONDS / CHANGES - time.perf_counter()))
            mark, start = self._change(tab)
        tab.until_shown(mark)
        self.times.last.add(1000 * (time.perf_counter() - start))
        self.times.painted.add(len(tab.chromium.shown & {f"story-{n:04}" for n in range(10_000)}))
        self._note(1, pid)

    def _change(self, tab: Tab) -> tuple[str, float]:
        mark = f"story-{next(self.numbers):04}"
        tab.evaluate(f"document.querySelector({FIELDS[self.tool]!r}).select()")
        start = time.perf_counter()
        tab.chromium.call("Input.insertText", tab.session, text=mark)
        return mark, start

    def _note(self, at: int, pid: int) -> None:
        settle([pid], quiet=PAUSE)
        self.times.memory[at].add(proportional_megabytes(pid))
        folders = f"/proc/{pid}/fd", f"/proc/{pid}/task"
        self.times.open[at].add(sum(len(os.listdir(folder)) for folder in folders))


def _until_there(tab: Tab, selector: str) -> None:
    look = f"document.querySelector({selector!r}) ? found() : requestAnimationFrame(look)"
    script = f"new Promise((found) => {{ const look = () => {look}; look(); }})"
    tab.chromium.call("Runtime.evaluate", tab.session, expression=script, awaitPromise=True)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.controls")
    add = parser.add_argument
    add("--stories", type=int, nargs="+", default=SIZES, help="sizes of the catalogs")
    add("--rounds", type=int, default=1, help="starts of each tool with each catalog (1)")
    add("--changes", type=int, default=5, help="changes after each start, before the burst (5)")
    add("--record", action="store_true", help="write the table into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    began = datetime.now(UTC).isoformat(timespec="minutes")
    load = [os.getloadavg()[0]]
    times = compare(given.stories, given.rounds, given.changes)
    load.append(os.getloadavg()[0])
    command = shlex.join(["python", "-m", "benchmarks.peers.controls", *arguments])
    run = f"`{command}`, Python {platform.python_version()}, Node {output('node', '--version')}"
    text = (
        f"{run}, {machine()}; {began}, load {load[0]:.1f} before and {load[1]:.1f} after.\n\n"
        f"{to_markdown(times)}"
    )
    print(text)
    if given.record:
        record("Controls side by side with Storybook", text)


def to_markdown(times: Mapping[tuple[int, str], Times]) -> str:
    heading = ["tool", "stories", "change", "last of a burst", "painted", "memory", "open"]
    return "\n".join(
        [
            f"Peer: {STORYBOOK.packages}. The control is a text field. A burst is {CHANGES} changes"
            f" in {SECONDS:.0f} s.\n",
            markdown(["claim", "bound", "measured", ""], (each.row for each in claims(times))),
            "From a change to the pixels (ms); of a burst: from its last change to the pixels (ms),"
            " how many changes were painted, the server's memory (MB, PSS of all processes), and"
            " its descriptors and threads before and after:\n",
            markdown(heading, rows(times)),
        ]
    )


def claims(times: Mapping[tuple[int, str], Times]) -> Iterator[Claim]:
    for (stories, name), of in times.items():
        if name == STORYTIME.name:
            what = f"change of a control to pixels, {stories:,} stories"
            yield Claim(what, of.one.median, AT_MOST, SOON, " ms")
            what = f"last of {CHANGES} changes in {SECONDS:.0f} s to pixels, {stories:,} stories"
            yield Claim(what, of.last.median, AT_MOST, LAST, " ms")


def rows(times: Mapping[tuple[int, str], Times]) -> Iterator[list[object]]:
    for (stories, name), of in times.items():
        memory, opened = (f"{before} → {after}" for before, after in (of.memory, of.open))
        yield [name, f"{stories:,}", of.one, of.last, of.painted, memory, opened]


def compare(sizes: Sequence[int], rounds: int, changes: int) -> dict[tuple[int, str], Times]:
    """Measure the tools in turn, one server at a time, with catalogs of these sizes."""
    with ExitStack() as stack:
        contestants = []
        for stories in sizes:
            for tool in FIELDS:
                folder = tempfile.TemporaryDirectory(
                    prefix=f"catalog-{stories}-", dir=tool.home, ignore_cleanup_errors=True
                )
                base = Path(stack.enter_context(folder))
                contestants.append(Contestant(tool, tool.generate(base, stories)))
        chromium = stack.enter_context(Chromium.started())
        for number in range(rounds):
            for each in contestants:
                name, stories = each.tool.name, each.project.stories
                print(f"round {number + 1}: {name}, {stories:,} stories", file=sys.stderr)
                each.measure(chromium, changes)
    return {(each.project.stories, each.tool.name): each.times for each in contestants}


if __name__ == "__main__":
    main(sys.argv[1:])
