"""What Storytime costs besides builds: event loop lag, memory, idle CPU time, cold starts."""

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
"""About as large as a page of the generated catalogs."""
LAG_EDITS = 9000
"""The number of the first edit; no other benchmark uses these numbers."""


@dataclass
class Lag:
    """The event loop's worst lag (ms) in each build, and in equally long times without a build."""

    building: Figures = field(default_factory=Figures)
    resting: Figures = field(default_factory=Figures)


def loop_lag(project: Project, output: Path, rounds: int) -> Lag:
    lag = Lag()
    with child("instrumented:serve_with_lag", CATALOG, str(output), cwd=project.base) as live:
        server = Server(live.process, int(live.answer()))
        with server.browser() as browser:
            for number in range(rounds):
                settle([server.pid], quiet=PAUSE, idle=0.5)
                live.ask()
                start = time.perf_counter()
                project.edit("helper").make(LAG_EDITS + number)
                browser.until("reload")
                lag.building.add(1000 * float(live.ask()))
                duration = time.perf_counter() - start
                settle([server.pid], quiet=PAUSE, idle=0.5)
                live.ask()
                time.sleep(duration)
                lag.resting.add(1000 * float(live.ask()))
    return lag


def standby_memory(project: Project, output: Path, ring: str) -> float:
    """Return what the two standbys of a ring (a key of CONTESTANTS) add to a server's resident
    memory, in MB."""
    with child("instrumented:serve_with_ring", str(output), ring, cwd=project.base) as idle_server:
        idle_server.answer()
        settle([idle_server.pid])
        before = resident_megabytes(idle_server.pid)
        idle_server.ask()
        settle([idle_server.pid], quiet=0.5)
        return resident_megabytes(idle_server.pid) - before


@dataclass
class Idle:
    """An idle server: resident memory (MB) and CPU usage (% of one core)."""

    memory: float
    processor: float


def idle(project: Project, output: Path, seconds: float, *options: str) -> Idle:
    """Observe a server for some seconds after its first build."""
    with serving(project.base, output, *options) as server:
        server.until_built()
        settle([server.pid], quiet=PAUSE)
        before = processor_seconds(server.pid)
        time.sleep(seconds)
        used = processor_seconds(server.pid) - before
        return Idle(resident_megabytes(server.pid), 100 * used / seconds)


@dataclass
class Commands:
    """Milliseconds of processes: bare Python, `storytime --help`, a build into a new folder."""

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
        if number:  # the first run writes the bytecode caches
            for figures, value in zip((found.python, found.help, found.build), spent, strict=True):
                figures.add(value)
    return found


def replacing(folder: Path, files: int, rounds: int) -> Figures:
    """Measure the milliseconds in which this disk replaces files by renaming, one after the other.

    It is a lower bound for a build that changes that many files. Each has a folder of its own.
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
