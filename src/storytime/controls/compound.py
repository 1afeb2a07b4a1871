"""Controls of values that consist of others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, NamedTuple, override

from ..project.failures import failure_from
from ..render.values import shortened
from ..ring.errors import Stop
from .control import Change, Control, Outcome, kind_of, read
from .given import EMPTY, NEW, NONE, Given, Refused, one, quoted, written
from .leaves import Leaf, text_of

LONGEST_ERROR = 300
"""Characters of an exception that a class raised."""


class Item(NamedTuple):
    """What each value of a list, or of pairs, is."""

    leaf: Leaf
    optional: bool = False

    def text(self, value: Any) -> str | None:
        return None if value is None else text_of(self.leaf, value)

    def read(self, text: str, base: Any) -> tuple[Any, str | None]:
        return read(self.leaf, text, base, optional=self.optional)

    @property
    def shown(self) -> dict[str, Any]:
        return kind_of(self.leaf) | ({"optional": True} if self.optional else {})


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
    def changed(self, given: Given) -> Change:
        texts = given.take(self.name)
        if not texts:
            return self.base, []
        if texts == [NONE] and self.optional:
            return None, [] if self.base is None else [[self.name, NONE]]
        was = [] if self.is_unset else [*self.base]
        value = self.make(self._items([] if texts == [EMPTY] else texts, was))
        normalized = self.texts(value)
        if not self.is_unset and normalized == self.texts(self.base):
            return self.base, []
        return value, [[self.name, written(each)] for each in normalized] or [[self.name, EMPTY]]

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
    """Names and values. Those that the story gives have an item of their `own`."""

    item: Item
    own: Mapping[str, Item]

    @override
    def texts(self, value: Mapping[str, Any]) -> list[list[Any]]:
        return [[name, self.own.get(name, self.item).text(each)] for name, each in value.items()]

    def refuse_name(self, name: str) -> None:
        """Raise Refused if the name can't be one of the pairs'."""

    @override
    def changed(self, given: Given) -> Change:
        whole, below = given.take(self.name), given.take_below(self.name)
        if not whole and not below:
            return self.base, []
        if whole and (below or one(whole) not in (EMPTY, NONE)):
            raise Refused(f"expected {self.name}.name=text for each pair")
        if whole == [NONE]:
            if not self.optional:
                raise Refused("expected pairs, got none")
            return None, [] if self.base is None else [[self.name, NONE]]
        was: dict[str, Any] = {} if self.is_unset else self.base
        value: dict[str, Any] = {}
        for name, texts in below:
            self.refuse_name(name)
            item = self.own.get(name, self.item)
            try:
                value[name], _ = item.read(one(texts), was.get(name, MISSING))
            except Refused as error:
                raise Refused(f"{name}: {error}") from None
        pairs = self.texts(value)
        if not self.is_unset and pairs == self.texts(was):
            return self.base, []
        changed = [[f"{self.name}.{name}", written(text)] for name, text in pairs]
        return value, changed or [[self.name, EMPTY]]

    @override
    def details(self) -> dict[str, Any]:
        return {"kind": "pairs", "item": self.item.shown}


@dataclass
class AttributesControl(PairsControl):
    """What a component takes as `**attributes`. The others' names are `reserved`."""

    reserved: Collection[str]

    @override
    def refuse_name(self, name: str) -> None:
        if name in self.reserved:
            raise Refused(f"{name} is a prop of its own")

    @override
    def put(self, props: dict[str, Any], value: Any) -> dict[str, Any]:
        return {**{k: v for k, v in props.items() if k not in self.base}, **value}


@dataclass
class FieldsControl(Control):
    """An object of `type`, which is made anew if one of its fields changes."""

    type: Callable[..., Any]
    fields: Mapping[str, Control]

    def __post_init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}

    @override
    def changed(self, given: Given) -> Change:
        whole = given.take(self.name)
        self._outcomes = {name: field.apply(given) for name, field in self.fields.items()}
        pairs = [pair for each in self._outcomes.values() for pair in each.pairs]
        if whole == [NONE] and self.optional and not pairs:
            return None, [] if self.base is None else [[self.name, NONE]]
        if whole and not (whole == [NEW] and self.is_unset):
            raise Refused(f"expected {self.name}.field=text for each field, got {quoted(whole[0])}")
        if not whole and not pairs:
            return self.base, []
        return self._made(), pairs or [[self.name, NEW]]

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
