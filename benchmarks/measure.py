"""Measurements and their formatting."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Measurements of one quantity, in the unit that the table names."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def most(self) -> float:
        return max(self.values)

    def add(self, value: float) -> None:
        self.values.append(value)

    def __str__(self) -> str:
        """Return the median with the minimum and the maximum: "25.3 (22.8–28.4)"."""
        if not self.values:
            return "–"
        if len(self.values) == 1:
            return number(self.median)
        return f"{number(self.median)} ({number(self.least)}–{number(self.most)})"


def number(value: float) -> str:
    """Format with three significant digits, or more before the point; an int in full."""
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def markdown(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; all columns except the first are right-aligned."""
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
