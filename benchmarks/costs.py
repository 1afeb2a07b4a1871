"""What Storytime costs beside the builds: the event loop's time, memory, idle time, cold starts."""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from .catalogs import CATALOG, Project
from .children import child
from .measure import Figures
from .processes import environment, processor_seconds, resident_megabytes, settle
from .servers import PAUSE, Server, serving

PAGE = bytes(8000)
"""What a page weighs in the generated catalogs, about."""
LAG_EDITS = 9000
"""The number of the first edit here: one that no other benchmark has made before."""


@dataclass
class Lag:
    """The worst lag (ms) of the event loop in each of several builds, and in as long a time without
    one: what the machine itself adds."""

    building: Figures = field(default_factory=Figures)
    resting: Figures = field(default_factory=Figures)


def loop_lag(project: Project, output: Path, rounds: int) -> Lag:
    lag = Lag()
    with child("observed:serve_with_pulse", CATALOG, str(output), cwd=project.base) as live:
        server = Server(live.process, int(live.answer()))
        with server.browser() as browser:
            for number in range(rounds):
                settle([server.pid], quiet=PAUSE, at_rest=0.5)
                live.ask()
                start = time.perf_counter()
                project.edit("helper").make(LAG_EDITS + number)
                browser.until("reload")
                lag.building.add(1000 * float(live.ask()))
                duration = time.perf_counter() - start
                settle([server.pid], quiet=PAUSE, at_rest=0.5)
                live.ask()
                time.sleep(duration)
                lag.resting.add(1000 * float(live.ask()))
    return lag


def standby_memory(project: Project, output: Path, ring: str) -> float:
    """What a warm ring (a name of CONTESTANTS) adds to a server's resident memory (MB)."""
    with child("observed:stand_by", str(output), ring, cwd=project.base) as calm:
        calm.answer()
        settle([calm.pid])
        before = resident_megabytes(calm.pid)
        calm.ask()
        settle([calm.pid], quiet=0.5)
        return resident_megabytes(calm.pid) - before


@dataclass
class Idle:
    """A server at rest: resident memory (MB), and the part of one core (%) that it uses."""

    memory: float
    processor: float


def idle(project: Project, output: Path, seconds: float, *options: str) -> Idle:
    """After its first build, for some seconds."""
    with serving(project.base, output, *options) as server:
        server.get("")
        settle([server.pid], quiet=PAUSE)
        before = processor_seconds(server.pid)
        time.sleep(seconds)
        used = processor_seconds(server.pid) - before
        return Idle(resident_megabytes(server.pid), 100 * used / seconds)


@dataclass
class Commands:
    """Milliseconds of whole processes: Python's, `storytime --help`, a build into a new folder."""

    python: Figures = field(default_factory=Figures)
    help: Figures = field(default_factory=Figures)
    build: Figures = field(default_factory=Figures)


def commands(project: Project, outputs: Path, rounds: int) -> Commands:
    found = Commands()
    storytime = [sys.executable, "-m", "storytime"]
    for number in range(rounds + 1):
        spent = (
            _milliseconds([sys.executable, "-c", ""], project.base),
            _milliseconds([*storytime, "--help"], project.base),
            _milliseconds(
                [*storytime, "build", "-q", CATALOG, str(outputs / f"cold-{number}")], project.base
            ),
        )
        if number:  # the first fills the caches of bytecode
            for figures, value in zip((found.python, found.help, found.build), spent, strict=True):
                figures.add(value)
    return found


def replacing(folder: Path, files: int, rounds: int) -> Figures:
    """Milliseconds in which this disk replaces as many files, one after the other, by renaming.

    It is what a build that changes them can't be faster than. Each lies in a folder of its own.
    """
    places = [folder / str(number) / "index.html" for number in range(files)]
    for place in places:
        place.parent.mkdir(parents=True)
        place.write_bytes(PAGE)
    found = Figures()
    for _ in range(rounds):
        start = time.perf_counter()
        for place in places:
            new = folder / "new"
            new.write_bytes(PAGE)
            new.replace(place)
        found.add(1000 * (time.perf_counter() - start))
    return found


def _milliseconds(command: list[str], cwd: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - start)
