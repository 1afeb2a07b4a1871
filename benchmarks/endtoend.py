"""Measures the time from a save to the message, the bytes and the pixels, with a real browser."""

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
"""Edits that change the content of the story's frame."""


@dataclass
class Times:
    """Milliseconds from a save to the WebSocket message, to the served bytes and to the pixels.

    `build` is the duration of the build by the server's log.
    """

    message: Figures = field(default_factory=Figures)
    served: Figures = field(default_factory=Figures)
    pixels: Figures = field(default_factory=Figures)
    build: Figures = field(default_factory=Figures)


@dataclass
class ServedProject:
    """A project that is served, with a WebSocket connection, and the times measured on it."""

    project: Project
    output: Path
    server: Server
    browser: Browser
    times: Mapping[str, Times] = field(default_factory=lambda: {mark: Times() for mark in MARKS})
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def measure(self, mark: str) -> None:
        """Edit, wait for the message that names the page, and request the page."""
        page = self.page(mark)
        said = len(self.server.lines)
        start = time.perf_counter()
        text = self.project.edit(mark).make(next(self.numbers))
        self.browser.until("reload", page)
        message = time.perf_counter()
        _, content = self.server.get(page)
        served = time.perf_counter()
        if text.encode() not in content:
            raise AssertionError(f"expected {text!r} in {page} after its reload message")
        times = self.times[mark]
        times.message.add(1000 * (message - start))
        times.served.add(1000 * (served - start))
        self.wait_until_settled()
        if built := build_times(self.server.lines[said:]):
            times.build.add(built[0])

    def measure_pixels(self, mark: str, tab: Tab) -> None:
        """Edit and wait until a frame with the new text is painted; check it by a screenshot."""
        self.wait_until_settled()
        before = tab.screenshot()
        start = time.perf_counter()
        text = self.project.edit(mark).make(next(self.numbers))
        tab.until_shown(text)
        self.times[mark].pixels.add(1000 * (time.perf_counter() - start))
        if tab.screenshot() == before:
            raise AssertionError(f"{text!r} was reported as painted; the screenshot is the same")

    def page(self, mark: str) -> str:
        """Return the page that an edit changes: the story's document or the subject's page."""
        if mark == "title":
            return f"{self.project.first_subject}/index.html"
        folder = self.output / self.project.first_story
        holds = [file for file in folder.glob("*.html") if b"component-" in file.read_bytes()]
        smallest = min(holds, key=lambda file: file.stat().st_size)
        return smallest.relative_to(self.output).as_posix()

    def wait_until_settled(self) -> None:
        """Wait until the server has settled and drop its messages."""
        settle([self.server.pid], quiet=PAUSE)
        self.browser.forget()


def measure(projects: Sequence[Project], outputs: Path, rounds: int) -> Mapping[int, ServedProject]:
    """Measure each kind of edit in each project and round; the keys are numbers of stories."""
    with ExitStack() as stack:
        served = [
            stack.enter_context(serving_project(project, outputs / f"served-{project.stories}"))
            for project in projects
        ]
        for _ in range(rounds):
            for each in served:
                for mark in MARKS:
                    each.measure(mark)
        return {each.project.stories: each for each in served}


def measure_pixels(served: Mapping[int, ServedProject], rounds: int) -> None:
    """Measure the time to the pixels in separate servers; add it to the given times."""
    with ExitStack() as stack:
        shown = []
        for old in served.values():
            output = old.output.with_name(f"shown-{old.project.stories}")
            new = stack.enter_context(serving_project(old.project, output))
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
def serving_project(project: Project, output: Path) -> Iterator[ServedProject]:
    with (
        serving(project.base, output, "--subinterpreters") as server,
        server.browser() as browser,
    ):
        found = ServedProject(project, output, server, browser)
        found.wait_until_settled()
        yield found


def build_times(lines: Sequence[str]) -> list[float]:
    """Return the duration in ms of each build in these lines of the log (the sum of its phases)."""
    return [
        sum(map(float, re.findall(r"([\d.]+) ms", line))) for line in lines if " built " in line
    ]
