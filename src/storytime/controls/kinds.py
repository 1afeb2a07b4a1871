"""Which control a prop gets: by its annotation, and by its value where that doesn't tell."""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, Flag
from functools import partial, reduce
from inspect import Parameter
from itertools import cycle
from operator import or_
from string.templatelib import Template
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from markupsafe import Markup
from tdom import ScopedTemplate

from ..catalog.control_specs import Color, Range
from ..render.values import MOST_ITEMS, contained
from .annotations import UNRESOLVED, Member, Names, members
from .compound import FieldsControl, ListControl, PairsControl
from .control import Control, FixedControl, Item, LeafControl, Slot
from .leaves import (
    LONGEST_EDITED,
    Choice,
    ColorText,
    Html,
    Leaf,
    Moment,
    Switch,
    Text,
    is_color,
    text_of,
)
from .numbers import Number, limits_of
from .parameters import Declared, declared, has_fields

UNTYPED = (Any, object, Parameter.empty)
COLOR_NAME = re.compile(r"(?:.*_)?colou?r", re.IGNORECASE)
LEAVES: dict[Any, Callable[[], Leaf]] = {
    str: Text,
    bool: Switch,
    date: partial(Moment, date),
    time: partial(Moment, time),
    datetime: partial(Moment, datetime),
    Template: partial(Html, Template),
    ScopedTemplate: partial(Html, Template),
}
MOST_LEVELS = 5
"""Objects within objects whose fields can be edited."""
COLLECTIONS = (list, tuple, set, frozenset)


def control_of(
    name: str,
    parameter: Declared,
    value: Any,
    specs: Mapping[str, Any] = {},
    above: tuple[type, ...] = (),
) -> Control:
    """Return the control of a value (MISSING: none is given) for a parameter.

    `specs` are those of `Subject.controls`, `above` the classes of the objects that it is in.
    """
    about = parameter.about | ({} if value is MISSING else {"given": True})
    slot = Slot(name, parameter.default if value is MISSING else value, False, about)
    annotation, metadata = parameter.annotation, tuple[Any, ...]()
    match specs.get(parameter.name, MISSING):
        case None:
            return FixedControl(slot)
        case Range() | Color() as spec:
            metadata = (spec,)
        case spec if spec is Color:
            metadata = (spec,)
        case list() | tuple() as spec:
            annotation = Literal[tuple(spec)]
        case spec if spec is not MISSING:
            annotation = spec
        case _ if COLOR_NAME.fullmatch(parameter.name) and (slot.is_unset or is_color(slot.base)):
            metadata = (Color,)
    unresolved = [Member(UNRESOLVED)]
    found = contained(lambda: [*members(annotation, parameter.names, metadata)], unresolved)
    is_optional = slot.base is None or NoneType in [each.type for each in found]
    edited = slot._replace(optional=is_optional)
    candidates = _candidates(slot, found, is_children=parameter.name == "children")
    for member in contained(lambda: [*candidates], list[Member]()):
        control = contained(partial(_control, edited, member, parameter.names, above), None)
        if control is not None:
            return control
    return FixedControl(slot)


def _candidates(slot: Slot, found: Sequence[Member], *, is_children: bool) -> Iterator[Member]:
    """Yield the types as which a value may be edited, best first."""
    for each in found:
        if is_children and slot.is_unset and each.type in UNTYPED:
            yield Member(Markup)
        elif each.type is not NoneType:
            yield each
    kind = type(slot.base)
    known = [get_origin(each.type) or each.type for each in found]
    if not slot.is_unset and not any(_tells(each, kind) for each in known):
        yield Member(kind, tuple(said for each in found for said in each.metadata))
        if is_children:
            yield Member(Markup)


def _tells(annotated: Any, kind: type) -> bool:
    """Return True if an annotation says what the values of a type hold."""
    if annotated is kind:
        return True
    is_class = isinstance(annotated, type) and annotated not in UNTYPED
    return is_class and kind in (dict, *COLLECTIONS) and issubclass(kind, annotated)


def _control(slot: Slot, member: Member, names: Names, above: tuple[type, ...]) -> Control | None:
    """Return the control of a type; None if there is none, or the value isn't of that type."""
    if leaf := _leaf(member, is_unset=slot.is_unset):
        fits = slot.is_unset or text_of(leaf, slot.base) is not None
        return LeafControl(slot, Item(leaf, slot.optional)) if fits else None
    kind: Any = get_origin(member.type) or member.type
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Flag):
        return _flags(slot, kind)
    if has_fields(kind):
        return _fields(slot, kind, above)
    item: Any
    if issubclass(kind, abc.Mapping):
        key, item = get_args(member.type) or (Any, Any)
        is_plain = issubclass(dict, kind) and key in (str, *UNTYPED)
        if is_plain and (slot.is_unset or type(slot.base) is dict):
            pairs = pairs_of(slot, item, names)
            return PairsControl(slot, *pairs) if pairs else None
        return None
    return _list(slot, kind, get_args(member.type), names)


def _leaf(member: Member, *, is_unset: bool) -> Leaf | None:
    """Return the leaf of a type; for a value that isn't set any type gives one."""
    kind: Any = member.type
    limits = limits_of(member.metadata)
    if is_unset and kind in UNTYPED:
        kind = str
        if limits:
            kind = int if all(type(limit) is int for limit in limits.values()) else float
    if kind is str and any(each is Color or type(each) is Color for each in member.metadata):
        return ColorText()
    if kind in (int, float, Decimal):
        return Number(kind, limits)
    if kind in LEAVES:
        return LEAVES[kind]()
    if get_origin(kind) is Literal:
        return Choice(get_args(kind))
    if isinstance(kind, type):
        if issubclass(kind, Enum) and not issubclass(kind, Flag):
            return Choice(kind)
        if issubclass(kind, str) and hasattr(kind, "__html__"):
            return Html(Markup)
    return None


def _flags(slot: Slot, kind: type[Flag]) -> Control | None:
    """Return the control of a set of flags: a list of them. Bits without a name have none."""

    def made(flags: list[Any]) -> Any:
        return reduce(or_, flags, kind(0))

    fits = slot.is_unset or (type(slot.base) is kind and made([*slot.base]) == slot.base)
    return ListControl(slot, Item(Choice(kind)), made) if fits else None


def _fields(slot: Slot, kind: type, above: tuple[type, ...]) -> Control | None:
    made = kind if slot.is_unset else type(slot.base)
    if not issubclass(made, kind) or len(above) == MOST_LEVELS:
        return None
    if slot.is_unset and kind in above:
        return None  # it could go on for ever
    fields = {}
    for each in declared(made):
        if each.is_named:
            value = MISSING
            if not slot.is_unset:
                value = contained(partial(getattr, slot.base, each.attribute), MISSING)
            name = f"{slot.name}.{each.name}"
            fields[each.name] = control_of(name, each, value, above=(*above, made))
    return FieldsControl(slot, made, fields) if fields else None


def _list(slot: Slot, kind: type, arguments: Sequence[Any], names: Names) -> Control | None:
    if issubclass(kind, tuple) and arguments[1:] not in ((), (...,)):
        return None
    for made in COLLECTIONS:
        if issubclass(made, kind) and (slot.is_unset or type(slot.base) is made):
            values = [] if slot.is_unset else [*slot.base]
            item = _item([*members(arguments[0] if arguments else Any, names)], values)
            return ListControl(slot, item, made) if item and _is_short([item], values) else None
    return None


def pairs_of(slot: Slot, annotation: Any, names: Names) -> tuple[Item, dict[str, Item]] | None:
    """Return the item of a dict whose values have an annotation, and those of its values.

    None if not all of it can be edited.
    """
    found = [*members(annotation, names)]
    values: Mapping[Any, Any] = {} if slot.is_unset else slot.base
    item = _item(found, []) or _item(found, [*values.values()])
    own = {name: _item(found, [value]) for name, value in values.items()}
    known = {name: each for name, each in own.items() if each and type(name) is str}
    if not item or len(known) < len(own) or not _is_short(known.values(), values.values()):
        return None
    return item, known


def _item(found: Sequence[Member], values: Sequence[Any]) -> Item | None:
    """Return the item of a list or dict of values, by their annotation or their own type."""
    given = [each for each in values if each is not None]
    optional = len(given) < len(values) or NoneType in [each.type for each in found]
    kinds = [each for each in found if each.type is not NoneType]
    for member in [*kinds, *(Member(type(each)) for each in given[:1])]:
        leaf = _leaf(member, is_unset=not given)
        if leaf and all(text_of(leaf, each) is not None for each in given):
            return Item(leaf, optional)
    return None


def _is_short(items: Iterable[Item], values: Collection[Any]) -> bool:
    """Return True if values, each with its item, don't take more than an address holds."""
    texts = [item.text(value) or "" for item, value in zip(cycle(items), values, strict=False)]
    return len(texts) <= MOST_ITEMS and sum(map(len, texts)) <= LONGEST_EDITED
