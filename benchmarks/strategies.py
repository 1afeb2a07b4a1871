"""Compares all ways to rebuild a catalog, which take turns."""

import inspect
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from storytime import InterpreterRing

from .catalogs import CATALOG, Project, contents
from .children import Child, child
from .contestants import CONTESTANTS
from .measure import Figures
from .processes import environment, processor_seconds, settle


@dataclass
class Costs:
    """What a build costs in ms: from call to return, and in CPU time until all is ready again."""

    critical: Figures = field(default_factory=Figures)
    processor: Figures = field(default_factory=Figures)


@dataclass
class Contestant:
    """One way to rebuild, in a process of its own."""

    name: str
    child: Child
    output: Path
    costs: Costs = field(default_factory=Costs)

    def build(self) -> float:
        """Build once and return the milliseconds; wait until the next build can start warm."""
        spent = 1000 * float(self.child.ask())
        settle([self.child.pid])
        return spent

    def measure(self) -> None:
        before = processor_seconds(self.child.pid)
        self.costs.critical.add(self.build())
        self.costs.processor.add(1000 * (processor_seconds(self.child.pid) - before))


def available() -> list[str]:
    """Return the names of the ways that this version of Storytime supports."""
    known = "isolation" in inspect.signature(InterpreterRing).parameters
    return [name for name in CONTESTANTS if known or name != "process ring"]


def compare(project: Project, outputs: Path, rounds: int) -> Mapping[str, Costs]:
    """Rebuild the project in every way after an edit of a story, once in each round.

    A build before the first round fills the caches and doesn't count. Raise AssertionError if two
    ways wrote different bytes.
    """
    with ExitStack() as stack:
        contestants = [
            stack.enter_context(contestant(name, project, outputs / name.replace(" ", "-")))
            for name in available()
        ]
        edit = project.edit("story")
        edits = iter(range(1, 10_000))
        for each in contestants:
            each.build()
        for number in range(rounds):
            for each in rotated(contestants, number):
                edit.make(next(edits))
                each.measure()
        for mark in ("story", "component", "helper", "title"):
            project.edit(mark).make(next(edits))
        for each in contestants:
            each.build()
    expect_same_bytes(project, [each.output for each in contestants], outputs / "clean")
    return {each.name: each.costs for each in contestants}


@contextmanager
def contestant(name: str, project: Project, output: Path) -> Iterator[Contestant]:
    """Start a process for one way and wait until it is ready."""
    with child("contestants:serve", name, CATALOG, str(output), cwd=project.base) as started:
        started.answer()
        settle([started.pid])
        yield Contestant(name, started, output)


def expect_same_bytes(project: Project, outputs: Iterable[Path], clean: Path) -> None:
    """Raise AssertionError if a folder differs from what a new process builds into an empty one."""
    subprocess.run(
        [sys.executable, "-m", "storytime", "build", "-q", CATALOG, str(clean)],
        cwd=project.base,
        env=environment(),
        check=True,
    )
    expected = contents(clean)
    for output in outputs:
        assert_same(contents(output), expected, str(output))


def assert_same(found: Mapping[str, bytes], expected: Mapping[str, bytes], what: str) -> None:
    """Raise AssertionError with the names of the files that differ."""
    names = found.keys() | expected.keys()
    wrong = sorted(name for name in names if found.get(name) != expected.get(name))
    if wrong:
        raise AssertionError(f"{what} differs from a clean build in {wrong[:5]} ({len(wrong)})")


def rotated[Item](items: Iterable[Item], by: int) -> list[Item]:
    """Rotate, so that no item always follows the same other one."""
    ring = deque(items)
    ring.rotate(-by)
    return list(ring)
