"""Controls: each takes a part of a state and gives the value of a prop, or of a part of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, NamedTuple, override

from ..render.values import described
from .given import NONE, Given, Refused, meant, one, quoted, written
from .leaves import LONGEST_EDITED, Leaf, text_of


class Outcome(NamedTuple):
    """A value, the canonical pairs by which it differs from the story's, and the control."""

    value: Any
    pairs: list[list[str]]
    shown: dict[str, Any]


type Change = tuple[Any, list[list[str]]]


class Slot(NamedTuple):
    """What a control is for: the prop, or field of a prop, whose key in a state is `name`.

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


class Item(NamedTuple):
    """Takes one leaf, or None if it is optional."""

    leaf: Leaf
    optional: bool = False

    @property
    def shown(self) -> dict[str, Any]:
        """The kind and what belongs to it, as JSON types."""
        optional = {"optional": True} if self.optional else {}
        return {"kind": self.leaf.kind, **self.leaf.details(), **optional}

    def text(self, value: Any) -> str | None:
        return None if value is None else text_of(self.leaf, value)

    def read(self, text: str, base: Any) -> tuple[Any, str | None]:
        """Return the value of a state's text, and its normalized text.

        The value is `base` itself where that has the text. Raises Refused.
        """
        plain = meant(text)
        expected = f"{self.leaf.expected}, or none" if self.optional else self.leaf.expected
        if plain is None:
            if self.optional:
                return None, None
            raise Refused(f"expected {expected}, got none")
        if len(plain) > LONGEST_EDITED:
            raise Refused(f"expected at most {LONGEST_EDITED:,} characters, got {len(plain):,}")
        was = None if base is MISSING else self.text(base)
        if plain == was:
            return base, was
        try:
            value = self.leaf.read(plain, base)
        except (ValueError, ArithmeticError):
            raise Refused(f"expected {expected}, got {quoted(plain)}") from None
        normalized = self.leaf.write(value)
        return (base, was) if normalized == was else (value, normalized)


@dataclass
class Control:
    """Takes a part of a state, and gives a value."""

    slot: Slot

    def apply(self, given: Given) -> Outcome:
        """Take what the state says about this control."""
        message = ""
        try:
            value, pairs = self.changed(given)
        except Refused as error:
            value, pairs, message = self.slot.base, [], str(error)
            given.refuse(self.slot.name, message)
        shown = {"name": self.slot.name, **self.details(), **self.slot.about}
        if self.slot.optional:
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
        return {**props, self.slot.name: value}

    def changed(self, given: Given) -> Change:
        """Return the value and its canonical pairs, none if it is the base. Raises Refused."""
        name, base, optional, _ = self.slot
        texts = given.take(name)
        if texts == [NONE] and optional:
            return None, [] if base is None else [[name, NONE]]
        return self.read(texts, given)

    def read(self, texts: list[str], given: Given) -> Change:
        """Do the same with the texts of the control's own name. Raises Refused."""
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
    def read(self, texts: list[str], given: Given) -> Change:
        if texts:
            raise Refused("it can't be changed here; edit the story")
        return self.slot.base, []

    @override
    def details(self) -> dict[str, Any]:
        text = "" if self.slot.base is MISSING else described(self.slot.base)
        return {"kind": "fixed", "text": text}

    @override
    def shown(self, value: Any) -> dict[str, Any]:
        return {}


@dataclass
class LeafControl(Control):
    item: Item

    @override
    def read(self, texts: list[str], given: Given) -> Change:
        name, base, *_ = self.slot
        if not texts:
            return base, []
        value, text = self.item.read(one(texts), base)
        return value, [] if value is base else [[name, written(text)]]

    @override
    def details(self) -> dict[str, Any]:
        return self.item.shown

    @override
    def texts(self, value: Any) -> str | None:
        return self.item.text(value)
