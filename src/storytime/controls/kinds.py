"""Which control a prop gets: by its annotation, and by its value where that doesn't tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from decimal import Decimal
from enum import Enum, Flag
from inspect import Parameter
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from ..catalog.model import Story
from ..render.values import contained
from .annotations import Member, members
from .control import Control, FixedControl, LeafControl
from .leaves import Choice, Leaf, Number, Switch, Text, text_of
from .parameters import Declared, declared

ANYTHING = (Any, object, Parameter.empty)
NUMBERS = (int, float, Decimal)


def prop_controls(story: Story, props: Mapping[str, Any]) -> Iterator[Control]:
    """Yield the controls of a story's props, in the order of the signature."""
    known = declared(story.target) if story.target is not None else []
    if story.template is not None:  # it takes the story, not the props
        known = [each for each in known if each.is_named and each.name in props]
    rest = {name: value for name, value in props.items() if not _takes(known, name)}
    for each in known:
        value = props.get(each.name, MISSING) if each.is_named else MISSING
        if each.kind is Parameter.VAR_KEYWORD:
            yield FixedControl(each.name, rest, optional=False, about=each.about)
            rest = {}
        else:
            yield control_of(each.name, each, value)
    for name, value in rest.items():
        is_free = story.template is not None and isinstance(name, str)
        each = Declared(str(name)) if is_free else Declared(str(name), kind=None)
        yield control_of(each.name, each, value)


def _takes(known: list[Declared], name: object) -> bool:
    return any(each.is_named and each.name == name for each in known)


def control_of(name: str, parameter: Declared, value: Any) -> Control:
    """Return the control of a value (MISSING: none is given) for a parameter."""
    about = parameter.about | ({} if value is MISSING else {"given": True})
    base = parameter.default if value is MISSING else value
    fixed = FixedControl(name, base, False, about)
    if not parameter.is_named:
        return fixed
    return contained(lambda: _editable(name, parameter, base, about), None) or fixed


def _editable(
    name: str, parameter: Declared, base: Any, about: Mapping[str, Any]
) -> Control | None:
    found = [*members(parameter.annotation, parameter.names)]
    optional = base is None or any(each.type is NoneType for each in found)
    candidates = [each for each in found if each.type is not NoneType]
    if base is not None and base is not MISSING:
        candidates.append(Member(type(base), tuple(m for each in found for m in each.metadata)))
    for member in candidates:
        leaf = _leaf(member, base)
        if leaf and (base is None or base is MISSING or text_of(leaf, base) is not None):
            return LeafControl(name, base, optional, about, leaf)
    return None


def _leaf(member: Member, base: Any) -> Leaf | None:
    kind: Any = member.type
    if get_origin(kind) is Literal:
        return Choice(get_args(kind))
    if kind is bool:
        return Switch()
    if kind in NUMBERS:
        return Number(kind, member.metadata)
    if isinstance(kind, type) and issubclass(kind, Enum) and not issubclass(kind, Flag):
        return Choice(kind)
    if kind is str or (kind in ANYTHING and (base is None or base is MISSING)):
        return Text()
    return None
