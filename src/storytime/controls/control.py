"""Controls: what takes a part of a state and gives a prop's value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, NamedTuple, override

from ..render.values import described
from .given import Given, Refused, meant, one, quoted, written
from .leaves import Leaf, text_of


class Outcome(NamedTuple):
    """A value, the canonical pairs by which it differs from the story's, and the control."""

    value: Any
    pairs: list[list[str]]
    shown: dict[str, Any]


type Change = tuple[Any, list[list[str]]]


@dataclass
class Control:
    """A control of the prop, or field of a prop, whose key in a state is `name`.

    `base` is the story's value or the default (MISSING: there is none), `about` what is shown of
    every kind of control, as JSON types.
    """

    name: str
    base: Any
    optional: bool
    about: Mapping[str, Any]

    @property
    def is_unset(self) -> bool:
        return self.base is None or self.base is MISSING

    def apply(self, given: Given) -> Outcome:
        """Take what the state says about this control."""
        message = ""
        try:
            value, pairs = self.changed(given)
        except Refused as error:
            value, pairs, message = self.base, [], str(error)
            given.refuse(self.name, message)
        shown = {"name": self.name, **self.details(), **self.about}
        if self.optional:
            shown["optional"] = True
        if value is not MISSING:
            shown |= self.shown(value)
        if pairs:
            shown["changed"] = True
        if message:
            shown["message"] = message
        return Outcome(value, pairs, shown)

    def put(self, props: dict[str, Any], value: Any) -> dict[str, Any]:
        """Return a story's props with this control's value."""
        return {**props, self.name: value}

    def changed(self, given: Given) -> Change:
        """Return the value and its canonical pairs, none if it is the base. Raises Refused."""
        raise NotImplementedError

    def details(self) -> dict[str, Any]:
        """Return the kind and what belongs to it, without the value, as JSON types."""
        raise NotImplementedError

    def shown(self, value: Any) -> dict[str, Any]:
        """Return what is shown of the value, as JSON types."""
        return {"value": None if value is None else self.texts(value)}

    def texts(self, value: Any) -> Any:
        """Return a value that is not None as JSON types."""
        raise NotImplementedError


@dataclass
class FixedControl(Control):
    """Shows a value that can't be edited."""

    @override
    def changed(self, given: Given) -> Change:
        if given.take(self.name):
            raise Refused("it can't be changed here; edit the story")
        return self.base, []

    @override
    def details(self) -> dict[str, Any]:
        text = "" if self.base is MISSING else described(self.base)
        return {"kind": "fixed", "text": text}

    @override
    def shown(self, value: Any) -> dict[str, Any]:
        return {}


@dataclass
class LeafControl(Control):
    leaf: Leaf

    @override
    def changed(self, given: Given) -> Change:
        texts = given.take(self.name)
        if not texts:
            return self.base, []
        value, text = read(self.leaf, one(texts), self.base, optional=self.optional)
        return value, [] if value is self.base else [[self.name, written(text)]]

    @override
    def details(self) -> dict[str, Any]:
        return kind_of(self.leaf)

    @override
    def texts(self, value: Any) -> str | None:
        return text_of(self.leaf, value)


def kind_of(leaf: Leaf) -> dict[str, Any]:
    return {"kind": leaf.kind, **leaf.details()}


def read(leaf: Leaf, text: str, base: Any, *, optional: bool) -> tuple[Any, str | None]:
    """Return the value of a state's text, and its normalized text.

    The value is `base` itself where that has the text. Raises Refused.
    """
    plain = meant(text)
    expected = f"{leaf.expected}, or none" if optional else leaf.expected
    if plain is None and optional:
        return None, None
    if plain is None:
        raise Refused(f"expected {expected}, got none")
    was = None if base is None or base is MISSING else text_of(leaf, base)
    if plain == was:
        return base, was
    try:
        value = leaf.read(plain, base)
    except (ValueError, ArithmeticError):
        raise Refused(f"expected {expected}, got {quoted(plain)}") from None
    normalized = leaf.write(value)
    return (base, was) if normalized == was else (value, normalized)
