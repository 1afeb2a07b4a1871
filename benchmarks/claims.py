"""The claims about speed and memory: bounds on ratios within one run and on absolute figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter, ge, le
from typing import TYPE_CHECKING

from .measure import Figures, number

if TYPE_CHECKING:
    from .run import Results

AT_LEAST, AT_MOST = "at least", "at most"
HOLDS: dict[str, Callable[[float, float], bool]] = {AT_LEAST: ge, AT_MOST: le}


@dataclass(frozen=True)
class Claim:
    """A bound and the measured value, which is None if this run did not measure it."""

    what: str
    measured: float | None
    relation: str
    bound: float
    unit: str = ""

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        return "met" if HOLDS[self.relation](self.measured, self.bound) else "**not met**"

    @property
    def row(self) -> list[str]:
        measured = "–" if self.measured is None else f"{number(self.measured)}{self.unit}"
        return [self.what, f"{self.relation} {self.bound:g}{self.unit}", measured, self.verdict]


def claims(results: Results) -> Iterator[Claim]:
    """Yield all claims in the order of the report."""
    yield from _ring_claims(results)
    yield from _save_claims(results)
    yield from _cost_claims(results)


def _ring_claims(results: Results) -> Iterator[Claim]:
    def compared(over: str, under: str, stories: int) -> float | None:
        ways = results.strategies.get(stories, {})
        return ratio(*(_median(ways.get(name), "critical") for name in (over, under)))

    for over, under, relation, bound, stories in (
        ("ring", "floor", AT_MOST, 1.05, 300),
        ("fresh", "ring", AT_LEAST, 4, 30),
        ("fresh", "ring", AT_LEAST, 1.6, 300),
        ("forkserver", "ring", AT_LEAST, 1.5, 30),
        ("forkserver", "ring", AT_LEAST, 1.05, 300),
        ("purge", "ring", AT_LEAST, 1, 30),
        ("purge", "ring", AT_LEAST, 1, 300),
        ("purge", "ring", AT_LEAST, 1, 3000),
    ):
        measured = compared(over, under, stories)
        yield Claim(f"{over} : {under}, {stories:,} stories", measured, relation, bound)


def _save_claims(results: Results) -> Iterator[Claim]:
    def time(mark: str, what: str, stories: int) -> float | None:
        return _median(results.saves.get(stories, {}).get(mark), what)

    fresh = _median(results.strategies.get(3000, {}).get("fresh"), "critical")
    yield Claim(
        "fresh process : server's build after a story's edit, 3,000 stories",
        ratio(fresh, time("story", "build", 3000)),
        AT_LEAST,
        50,
    )
    yield Claim(
        "story's edit, save to bytes, 3,000 : 30 stories",
        ratio(time("story", "served", 3000), time("story", "served", 30)),
        AT_MOST,
        1.5,
    )
    for stories in (30, 300, 3000):
        yield Claim(
            f"story's edit, save to bytes, {stories:,} stories",
            time("story", "served", stories),
            AT_MOST,
            60,
            " ms",
        )
    yield Claim(
        "helper's edit, save to bytes, 300 stories",
        time("helper", "served", 300),
        AT_MOST,
        200,
        " ms",
    )
    yield Claim(
        "helper's edit, server's build, 3,000 : 300 stories",
        ratio(time("helper", "build", 3000), time("helper", "build", 300)),
        AT_MOST,
        10.5,
    )
    yield Claim(
        "story's edit, save to message without the build, 300 stories",
        difference(time("story", "message", 300), time("story", "build", 300)),
        AT_MOST,
        25,
        " ms",
    )


def _cost_claims(results: Results) -> Iterator[Claim]:
    yield Claim(
        "worst lag of the event loop in a build of 3,000 stories",
        _median(results.lag.get(3000), "building"),
        AT_MOST,
        15,
        " ms",
    )
    yield Claim(
        "`storytime build` of 300 stories, whole process",
        _median(results.commands.get(300), "build"),
        AT_MOST,
        300,
        " ms",
    )
    yield Claim(
        "`storytime --help`, whole process",
        _median(results.commands.get(300), "help"),
        AT_MOST,
        120,
        " ms",
    )
    yield Claim("two warm standbys", results.standbys.get("ring"), AT_MOST, 30, " MB")
    idle = results.idle.get("--subinterpreters")
    used = None if idle is None else idle.processor
    yield Claim("idle server, of one core", used, AT_MOST, 0.1, " %")


def ratio(over: float | None, under: float | None) -> float | None:
    return None if over is None or under is None else over / under


def difference(whole: float | None, part: float | None) -> float | None:
    return None if whole is None or part is None else whole - part


def _median(found: object, what: str) -> float | None:
    """Return the median of a measurement's attribute, or None if it was not measured."""
    figures: Figures | None = found and attrgetter(what)(found)  # type: ignore[assignment]
    return figures.median if figures and figures.values else None
