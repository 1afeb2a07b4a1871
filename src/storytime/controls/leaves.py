"""Single values that can be edited as text: how each kind is written and read."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, override

from ..catalog.control_specs import Range
from ..catalog.model import unique
from ..render.values import contained, described, shortened

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
LONGEST_NUMBER = 400
"""Characters of a number. `int` refuses 4,300 digits; far fewer are mistakes."""
LONGEST_EDITED = 20_000
"""Characters of a text that can be edited. A longer one would not fit into an address."""

COMPARISONS = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
}


class Leaf:
    """One kind of single values. `expected` describes them in an error."""

    kind: ClassVar[str]
    expected: str

    def details(self) -> dict[str, Any]:
        """Return what a control shows besides its value, as JSON types."""
        return {}

    def write(self, value: Any) -> str:
        """Return a value as text. Raises ValueError if it is not of this kind."""
        raise NotImplementedError

    def read(self, text: str, base: Any) -> Any:
        """Return the value of a text that takes the place of `base`. Raises ValueError."""
        raise NotImplementedError


class Text(Leaf):
    kind = "text"
    expected = "a text"

    @override
    def write(self, value: Any) -> str:
        if type(value) is not str:
            raise ValueError
        return value

    @override
    def read(self, text: str, base: Any) -> str:
        return text


class Switch(Leaf):
    kind = "switch"
    expected = "true or false"

    @override
    def write(self, value: Any) -> str:
        if type(value) is not bool:
            raise ValueError
        return str(value).lower()

    @override
    def read(self, text: str, base: Any) -> bool:
        if text not in ("true", "false"):
            raise ValueError
        return text == "true"


class Number(Leaf):
    """Numbers of one type, and of `int` where that is `float`."""

    kind = "number"

    def __init__(self, type_: type[int | float | Decimal], metadata: Iterable[object] = ()) -> None:
        self.type = type_
        self.limits = _limits(metadata)
        said = [
            f"{words} {self.limits[name]}"
            for name, (_, words) in COMPARISONS.items()
            if name in self.limits
        ]
        self.expected = "a whole number" if type_ is int else "a number"
        if said:
            self.expected += f", {' and '.join(said)}"

    @override
    def details(self) -> dict[str, Any]:
        least, most = self.limits.get("ge"), self.limits.get("le")
        above, below = self.limits.get("gt"), self.limits.get("lt")
        if self.type is int:
            above = None if above is None else math.floor(above) + 1
            below = None if below is None else math.ceil(below) - 1
            least = None if least is None else math.ceil(least)
            most = None if most is None else math.floor(most)
        found = {
            "min": above if least is None else least,
            "max": below if most is None else most,
            "step": self.limits.get("multiple_of"),
        }
        texts = {name: str(limit) for name, limit in found.items() if limit is not None}
        return ({"integer": True} if self.type is int else {}) | texts

    @override
    def write(self, value: Any) -> str:
        kind = type(value)
        if kind is not self.type and (kind, self.type) != (int, float):
            raise ValueError
        if not math.isfinite(value):
            raise ValueError
        return str(value)

    @override
    def read(self, text: str, base: Any) -> Any:
        if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
            raise ValueError
        value: Any
        if self.type is int or (type(base) is int and INTEGER.fullmatch(text)):
            value = int(text)
        else:
            value = self.type(text)
        # The text of a Decimal may have billions of digits, too.
        if not math.isfinite(value) or (value and not -400 < Decimal(value).adjusted() < 400):
            raise ValueError
        for name, (holds, _) in COMPARISONS.items():
            if name in self.limits and not holds(value, self.limits[name]):
                raise ValueError
        return value


def _limits(metadata: Iterable[object]) -> dict[str, Any]:
    """Return the limits that annotations give a number, named as `annotated_types` does."""
    found: dict[str, Any] = {}
    for each in metadata:
        limits: dict[str, Any]
        if isinstance(each, Range):
            limits = {"ge": each.min, "le": each.max, "multiple_of": each.step}
        else:
            found |= _limits(getattr(each, "metadata", ()))  # pydantic's `Field` has some
            limits = {name: getattr(each, name, None) for name in (*COMPARISONS, "multiple_of")}
        for name, limit in limits.items():
            if type(limit) in (int, float, Decimal) and math.isfinite(limit):
                found[name] = limit
    return found


class Choice(Leaf):
    """One of a few values, each of which has a text."""

    kind = "choice"

    def __init__(self, values: Iterable[object]) -> None:
        taken = set[str]()
        self.options = {unique(_option_text(value), taken): value for value in values}
        self.expected = f"one of {shortened(', '.join(self.options), 300)}"

    @override
    def details(self) -> dict[str, Any]:
        return {"options": [*self.options]}

    @override
    def write(self, value: Any) -> str:
        for text, option in self.options.items():
            if option is value or (type(option) is type(value) and option == value):
                return text
        raise ValueError

    @override
    def read(self, text: str, base: Any) -> Any:
        if text not in self.options:
            raise ValueError
        return self.options[text]


def _option_text(value: object) -> str:
    if isinstance(value, Enum):
        return value.name
    return value if type(value) is str else described(value)


def text_of(leaf: Leaf, value: Any) -> str | None:
    """Return a value as text; None if it is not of the leaf's kind or can't be edited as text."""

    def text() -> str | None:
        written = leaf.write(value)
        written.encode()
        return written if len(written) <= LONGEST_EDITED else None

    return contained(text, None)
