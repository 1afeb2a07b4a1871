"""One run of all benchmarks on this Python."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from . import browser, costs, endtoend, strategies
from .catalogs import Project, generate
from .measure import Figures


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    `rounds` maps numbers of stories to rounds. `idle` is in seconds; an idle server is measured
    with each of the options in `servers`.
    """

    rounds: Mapping[int, int]
    saves: int
    lags: int
    commands: int
    replacings: int
    idle: float
    servers: Sequence[str] = ("--subinterpreters", "--no-subinterpreters")
    pixels: bool = True


FILES = 2
"""Files per story that an edit of the helper changes: its page and its frame's document."""

FULL = Plan({30: 15, 300: 11, 3000: 5}, saves=7, lags=7, commands=11, replacings=3, idle=10)
QUICK = Plan(
    {30: 1}, saves=1, lags=1, commands=1, replacings=1, idle=0.3, servers=["--subinterpreters"]
)


def machine() -> str:
    """Describe this machine in general terms."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} on {platform.machine()}"


def python_name() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass
class Results:
    """The results of a run. Keys of type int are numbers of stories in the catalog."""

    command: str
    python: str = field(default_factory=platform.python_version)
    machine: str = field(default_factory=machine)
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="minutes"))
    load: list[float] = field(default_factory=lambda: [os.getloadavg()[0]])
    strategies: dict[int, Mapping[str, strategies.Costs]] = field(default_factory=dict)
    saves: dict[int, Mapping[str, endtoend.Times]] = field(default_factory=dict)
    lag: dict[int, costs.Lag] = field(default_factory=dict)
    commands: dict[int, costs.Commands] = field(default_factory=dict)
    replacing: dict[int, Figures] = field(default_factory=dict)
    standbys: dict[str, float] = field(default_factory=dict)
    idle: dict[str, costs.Idle] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run(plan: Plan, command: str, folder: Path, say: Callable[[str], None]) -> Results:
    """Carry out the plan, on catalogs that are generated in the folder.

    Raise AssertionError if two ways built different bytes, or if the server announced a page that
    it still serves as before.
    """
    results = Results(command)
    projects = [generate(folder / f"project-{stories}", stories) for stories in plan.rounds]
    for project in projects:
        say(f"measuring the ways to rebuild {project.stories:,} stories")
        outputs = folder / f"built-{project.stories}"
        costs_of = strategies.compare(project, outputs, plan.rounds[project.stories])
        results.strategies[project.stories] = costs_of
    measure_saves(results, plan, projects, folder, say)
    measure_costs(results, plan, projects, folder, say)
    results.load.append(os.getloadavg()[0])
    return results


def measure_saves(
    results: Results,
    plan: Plan,
    projects: list[Project],
    folder: Path,
    say: Callable[[str], None],
) -> None:
    say("measuring saves up to the bytes")
    served = endtoend.measure(projects, folder, plan.saves)
    if not plan.pixels:
        results.notes.append("Pixels: not measured (--without-pixels).")
    elif browser.installed() is None:
        results.notes.append("Pixels: not measured (no Chromium on PATH).")
    else:
        say("measuring saves up to the pixels")
        endtoend.measure_pixels(served, plan.saves)
    results.saves = {stories: each.times for stories, each in served.items()}


def measure_costs(
    results: Results,
    plan: Plan,
    projects: list[Project],
    folder: Path,
    say: Callable[[str], None],
) -> None:
    say("measuring the event loop, memory, idle servers and commands")
    for project in projects:
        name = str(project.stories)
        results.lag[project.stories] = costs.loop_lag(project, folder / f"lag-{name}", plan.lags)
        results.commands[project.stories] = costs.commands(
            project, folder / f"cold-{name}", plan.commands
        )
        results.replacing[project.stories] = costs.replacing(
            folder / f"replaced-{name}", FILES * project.stories, plan.replacings
        )
    for name in strategies.available():
        if "ring" in name:
            results.standbys[name] = costs.standby_memory(projects[0], folder / name, name)
    for option in plan.servers:
        results.idle[option] = costs.idle(projects[0], folder / f"idle{option}", plan.idle, option)
