"""From the save to what a person sees: a real server, a WebSocket client, a real Chromium."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from .browser import Chromium, Tab
from .catalogs import Project
from .measure import Figures
from .processes import settle
from .servers import PAUSE, Browser, Server, serving

MARKS = ("story", "component", "helper", "title")
SHOWN = ("story", "component", "helper")
"""Edits that change what stands in the story's frame."""


@dataclass
class Times:
    """Milliseconds from a save: to the message, to the new bytes, to a frame that shows them;
    `build` is what the server itself says of the build, in its log."""

    message: Figures = field(default_factory=Figures)
    served: Figures = field(default_factory=Figures)
    pixels: Figures = field(default_factory=Figures)
    build: Figures = field(default_factory=Figures)


@dataclass
class Stage:
    """A server with a browser's connection, and what is edited in its catalog."""

    project: Project
    output: Path
    server: Server
    browser: Browser
    times: Mapping[str, Times] = field(default_factory=lambda: {mark: Times() for mark in MARKS})
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def measure(self, mark: str) -> None:
        """Edits; waits for the message that names the page, and gets the page."""
        page = self.page(mark)
        said = len(self.server.lines)
        start = time.perf_counter()
        text = self.project.edit(mark).make(next(self.numbers))
        self.browser.until("reload", page)
        message = time.perf_counter()
        _, content = self.server.get(page)
        served = time.perf_counter()
        if text.encode() not in content:
            raise AssertionError(f"told of {page}, but served without {text!r}")
        times = self.times[mark]
        times.message.add(1000 * (message - start))
        times.served.add(1000 * (served - start))
        self.wait()
        if built := built_in(self.server.lines[said:]):
            times.build.add(built[0])

    def measure_pixels(self, mark: str, tab: Tab) -> None:
        """Edits; waits for a frame with the new text, which is another picture than before."""
        self.wait()
        before = tab.picture()
        start = time.perf_counter()
        text = self.project.edit(mark).make(next(self.numbers))
        tab.until_shown(text)
        self.times[mark].pixels.add(1000 * (time.perf_counter() - start))
        if tab.picture() == before:
            raise AssertionError(f"{text!r} is said to be shown, but the picture is the same")

    def page(self, mark: str) -> str:
        """The file that shows what the edit changes: the story's own document, or the subject's
        page."""
        if mark == "title":
            return f"{self.project.first_subject}/index.html"
        folder = self.output / self.project.first_story
        holds = [file for file in folder.glob("*.html") if b"component-" in file.read_bytes()]
        smallest = min(holds, key=lambda file: file.stat().st_size)
        return smallest.relative_to(self.output).as_posix()

    def wait(self) -> None:
        """Until the server has settled; what it said so far is passed over."""
        settle([self.server.pid], quiet=PAUSE)
        self.browser.forget()


def measure(projects: Sequence[Project], outputs: Path, rounds: int) -> Mapping[int, Stage]:
    """Each kind of edit in each project in each round; by the projects' numbers of stories."""
    with ExitStack() as stack:
        stages = [
            stack.enter_context(stage(project, outputs / f"served-{project.stories}"))
            for project in projects
        ]
        for _ in range(rounds):
            for each in stages:
                for mark in MARKS:
                    each.measure(mark)
        return {each.project.stories: each for each in stages}


def measure_pixels(stages: Mapping[int, Stage], rounds: int) -> None:
    """The same to the pixels, in servers of their own; adds to the stages' times."""
    with ExitStack() as stack:
        shown = []
        for old in stages.values():
            output = old.output.with_name(f"shown-{old.project.stories}")
            new = stack.enter_context(stage(old.project, output))
            new.times, new.numbers = old.times, old.numbers
            shown.append(new)
        chromium = stack.enter_context(Chromium.started())
        tab = stack.enter_context(chromium.tab())
        for _ in range(rounds):
            for each in shown:
                tab.open(f"{each.server.address}{each.project.first_story}/")
                for mark in SHOWN:
                    each.measure_pixels(mark, tab)


@contextmanager
def stage(project: Project, output: Path) -> Iterator[Stage]:
    with (
        serving(project.base, output, "--subinterpreters") as server,
        server.browser() as browser,
    ):
        found = Stage(project, output, server, browser)
        found.wait()
        yield found


def built_in(lines: Sequence[str]) -> list[float]:
    """The milliseconds of each build that these lines of the log tell of, all phases together."""
    return [
        sum(map(float, re.findall(r"([\d.]+) ms", line))) for line in lines if " built " in line
    ]
