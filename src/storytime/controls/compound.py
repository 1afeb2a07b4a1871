"""Controls of values that consist of others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, override

from ..project.failures import failure_from
from ..render.values import shortened
from ..ring.errors import Stop
from .control import Change, Control, Item, Outcome
from .given import EMPTY, NEW, Given, Refused, one, quoted, written

LONGEST_ERROR = 300
"""Characters of an exception that a class raised."""


@dataclass
class ListControl(Control):
    """Several values of one kind; `make` gives the prop's value from a list of them."""

    item: Item
    make: Callable[[list[Any]], Any]

    @override
    def texts(self, value: Any) -> list[str | None]:
        """Return the items' texts, in the same order in every run."""
        texts = [self.item.text(item) for item in value]
        return sorted(texts, key=str) if isinstance(value, set | frozenset) else texts

    @override
    def read(self, texts: list[str], given: Given) -> Change:
        name, base, *_ = self.slot
        if not texts:
            return base, []
        was = [] if self.slot.is_unset else [*base]
        value = self.make(self._items([] if texts == [EMPTY] else texts, was))
        normalized = self.texts(value)
        if not self.slot.is_unset and normalized == self.texts(base):
            return base, []
        return value, [[name, written(each)] for each in normalized] or [[name, EMPTY]]

    def _items(self, texts: list[str], was: list[Any]) -> list[Any]:
        """Return the items of a state's texts; those that were there are the same objects."""
        known = {self.item.text(item): item for item in was}
        items = []
        for number, text in enumerate(texts):
            base = was[min(number, len(was) - 1)] if was else MISSING
            try:
                value, normalized = self.item.read(text, base)
            except Refused as error:
                raise Refused(f"item {number + 1}: {error}") from None
            items.append(known.get(normalized, value))
        return items

    @override
    def details(self) -> dict[str, Any]:
        return {"kind": "list", "item": self.item.shown}


@dataclass
class PairsControl(Control):
    """Names, none of which is `reserved`, and values. Those of the base have items of their own."""

    item: Item
    own: Mapping[str, Item]
    reserved: Collection[str] = ()

    @override
    def texts(self, value: Mapping[str, Any]) -> list[list[Any]]:
        return [[name, self.own.get(name, self.item).text(each)] for name, each in value.items()]

    @override
    def read(self, texts: list[str], given: Given) -> Change:
        name, base, *_ = self.slot
        below = given.take_below(name)
        if not texts and not below:
            return base, []
        if texts and (below or texts != [EMPTY]):
            raise Refused(f"expected {name}.name=text for each pair, got {quoted(texts[0])}")
        was: dict[str, Any] = {} if self.slot.is_unset else base
        value = {key: self._value(key, each, was.get(key, MISSING)) for key, each in below}
        pairs = self.texts(value)
        if not self.slot.is_unset and pairs == self.texts(was):
            return base, []
        return value, [[f"{name}.{key}", written(text)] for key, text in pairs] or [[name, EMPTY]]

    def _value(self, key: str, texts: list[str], base: Any) -> Any:
        if key in self.reserved:
            raise Refused(f"{key} is a prop of its own")
        try:
            value, _ = self.own.get(key, self.item).read(one(texts), base)
        except Refused as error:
            raise Refused(f"{key}: {error}") from None
        return value

    @override
    def details(self) -> dict[str, Any]:
        return {"kind": "pairs", "item": self.item.shown}


@dataclass
class AttributesControl(PairsControl):
    """What a component takes as `**attributes`."""

    @override
    def put(self, props: dict[str, Any], value: Any) -> dict[str, Any]:
        return {**{k: v for k, v in props.items() if k not in self.slot.base}, **value}


@dataclass
class FieldsControl(Control):
    """An object of `type`, which is made anew if one of its fields changes."""

    type: Callable[..., Any]
    fields: Mapping[str, Control]

    def __post_init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}

    @override
    def changed(self, given: Given) -> Change:
        self._outcomes = {name: field.apply(given) for name, field in self.fields.items()}
        return super().changed(given)

    @override
    def read(self, texts: list[str], given: Given) -> Change:
        name, base, *_ = self.slot
        if texts and not (texts == [NEW] and self.slot.is_unset):
            raise Refused(f"expected {name}.field=text for each field, got {quoted(texts[0])}")
        pairs = [pair for each in self._outcomes.values() for pair in each.pairs]
        if not texts and not pairs:
            return base, []
        return self._made(), pairs or [[name, NEW]]

    def _made(self) -> Any:
        """Return a new object. What is only a default is left to its class."""
        arguments, missing = {}, []
        for name, outcome in self._outcomes.items():
            if outcome.pairs or "given" in outcome.shown:
                arguments[name] = outcome.value
            elif "required" in outcome.shown:
                missing.append(name)
        if missing:
            raise Refused(f"expected a value of {', '.join(missing)}, too")
        try:
            return self.type(**arguments)
        except (KeyboardInterrupt, Stop):
            raise
        except BaseException as error:
            raise Refused(shortened(failure_from("", error).message, LONGEST_ERROR)) from None

    @override
    def details(self) -> dict[str, Any]:
        return {"kind": "fields", "fields": [each.shown for each in self._outcomes.values()]}

    @override
    def shown(self, value: Any) -> dict[str, Any]:
        return {"value": None} if value is None else {}
