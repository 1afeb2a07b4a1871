"""Numbers that can be edited, and the limits that annotations give them."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, override

from ..catalog.control_specs import Range
from ..render.values import contained
from .leaves import Leaf

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)

COMPARISONS = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "less than"),
}


class Number(Leaf):
    """Numbers of one type, and of `int` where that is `float`."""

    kind = "number"

    def __init__(self, type_: type[int | float | Decimal], limits: Mapping[str, Any] = {}) -> None:
        self.type = type_
        self.limits = limits
        if type_ is int:
            self.limits = dict(_whole(name, limit) for name, limit in limits.items())
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
        found = {
            "min": self.limits.get("ge", self.limits.get("gt")),
            "max": self.limits.get("le", self.limits.get("lt")),
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
        if not NUMBER.fullmatch(text):
            raise ValueError
        value: Any
        if self.type is int or (type(base) is int and INTEGER.fullmatch(text)):
            value = int(text)
        else:
            value = self.type(text)
        # A Decimal beyond what a float can hold may be written with billions of digits.
        if not math.isfinite(value) or (value and not float(value)):
            raise ValueError
        for name, (holds, _) in COMPARISONS.items():
            if name in self.limits and not holds(value, self.limits[name]):
                raise ValueError
        return value


def limits_of(metadata: Iterable[object]) -> dict[str, Any]:
    """Return the limits that annotations give a number, named as `annotated_types` does."""
    found = dict[str, Any]()
    for each in metadata:
        found |= contained(partial(_limits_of, each), dict[str, Any]())
    return found


def _limits_of(said: Any) -> dict[str, Any]:
    limits: dict[str, Any]
    if type(said) is Range:
        limits = {"ge": said.min, "le": said.max, "multiple_of": said.step}
        found = {}
    else:
        limits = {name: getattr(said, name, None) for name in (*COMPARISONS, "multiple_of")}
        found = limits_of(getattr(said, "metadata", ()))  # pydantic's `Field` has some
    for name, limit in limits.items():
        if type(limit) in (int, float, Decimal) and math.isfinite(limit):
            found[name] = limit
    return found


def _whole(name: str, limit: Any) -> tuple[str, Any]:
    """Return the limit that says the same of whole numbers, without "more than" and "less than"."""
    match name:
        case "gt":
            return "ge", math.floor(limit) + 1
        case "lt":
            return "le", math.ceil(limit) - 1
        case "le":
            return name, math.floor(limit)
    return name, math.ceil(limit)
