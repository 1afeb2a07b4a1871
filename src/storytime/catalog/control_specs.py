"""What authors say about a prop's control where its type doesn't say enough."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Range:
    """The least and the greatest number that a prop takes, and the step between two of them.

    It is used as `Annotated[int, Range(0, 100, step=5)]` or in `Subject.controls`.
    """

    min: float | Decimal | None = None
    max: float | Decimal | None = None
    step: float | Decimal | None = None


class Color:
    """Says that a text is a CSS colour: `Annotated[str, Color]`, or in `Subject.controls`."""
