"""Single values that can be edited as text: how each kind is written and read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from enum import Enum
from string.templatelib import Template
from typing import Any, override

from markupsafe import Markup
from tdom import ScopedTemplate

from ..catalog.model import unique
from ..render.component import to_html
from ..render.values import contained, described, shortened

LONGEST_EDITED = 20_000
"""Characters of a text that can be edited. A longer one would not fit into an address."""

MOMENTS: dict[type, str] = {
    date: "a date such as 2030-06-07",
    time: "a time such as 10:30",
    datetime: "a date and time such as 2030-06-07T10:30",
}
COLOR_FUNCTION = re.compile(r"(?:attr|color-mix|contrast-color|env|var)\(.+\)", re.IGNORECASE)
"""Colours that only a browser can compute."""


class Leaf:
    """One kind of single values. `expected` describes them in an error."""

    kind: str
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


class Moment(Leaf):
    """A date, a time, or both, in ISO's format and without its time zone, which stays."""

    def __init__(self, type_: Any) -> None:
        self.type = type_
        self.kind = type_.__name__
        self.expected = MOMENTS[type_]

    @override
    def write(self, value: Any) -> str:
        if type(value) is not self.type:
            raise ValueError
        if self.type is date:
            return str(value)
        timespec = "auto" if value.second or value.microsecond else "minutes"
        return str(value.replace(tzinfo=None).isoformat(timespec=timespec))

    @override
    def read(self, text: str, base: Any) -> Any:
        value = self.type.fromisoformat(text)
        if self.type is date:
            return value
        if value.tzinfo is not None:
            raise ValueError
        return value.replace(tzinfo=base.tzinfo if type(base) is self.type else None)


class ColorText(Leaf):
    kind = "color"
    expected = "a CSS colour"

    @override
    def write(self, value: Any) -> str:
        return Text().write(value)

    @override
    def read(self, text: str, base: Any) -> str:
        if not is_color(text):
            raise ValueError
        return text


def is_color(text: object) -> bool:
    if type(text) is not str:
        return False
    from tinycss2.color5 import parse_color  # type: ignore[import-untyped]

    return bool(parse_color(text) or COLOR_FUNCTION.fullmatch(text.strip()))


class Html(Leaf):
    """HTML as a Template or Markup. Of one with components it is what they render to."""

    kind = "html"
    expected = "HTML"

    def __init__(self, type_: type[Template | Markup]) -> None:
        self.type = type_

    @override
    def write(self, value: Any) -> str:
        if isinstance(value, Template) and not value.interpolations:
            return "".join(value.strings)
        if not isinstance(value, Template | ScopedTemplate) and not hasattr(value, "__html__"):
            raise ValueError
        return str(to_html(value, called="the prop"))

    @override
    def read(self, text: str, base: Any) -> Any:
        return self.type(text)


def text_of(leaf: Leaf, value: Any) -> str | None:
    """Return a value as text; None if it is not of the leaf's kind or can't be edited as text."""

    def text() -> str | None:
        written = leaf.write(value)
        written.encode()
        return written if len(written) <= LONGEST_EDITED else None

    return contained(text, None)
