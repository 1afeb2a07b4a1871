"""What authors say about a prop's control where its type doesn't say enough."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType
from typing import Any, NewType, TypeAliasType, get_origin

from .._compat import SOURCE_ANNOTATIONS

ANY = object()
"""Stands for props of any name."""


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


def problem_of(subject: Any) -> str:
    """Return what is wrong with the `controls` of a subject, in one line; "" if nothing is."""
    controls: object = subject.controls
    expected = "a type, an Annotated, a Range, Color, a list of values or None"
    if not isinstance(controls, Mapping):
        got = type(controls).__name__
        return f"the controls of a Subject are a dict from names of props, got {got}"
    for name, spec in controls.items():
        if not _is_spec(spec):
            return f"the control of {name!r} is {expected}, got {type(spec).__name__}"
    props = _parameters(subject.target) if subject.target is not None else {}
    for story in subject.items:
        is_free = story.template is not None and isinstance(story.props, Mapping)
        props |= dict.fromkeys(story.props) if is_free else _parameters(story.target)
    for name in controls:
        if name not in props and ANY not in props:
            known = ", ".join(map(str, props)) or "none"
            return f"controls names {name!r}, which is no prop of it; its props are {known}"
    return ""


def _is_spec(spec: object) -> bool:
    if isinstance(spec, list | tuple):
        return bool(spec)
    kinds = (NoneType, Range, Color, type, NewType, TypeAliasType)
    return isinstance(spec, kinds) or get_origin(spec) is not None


def _parameters(target: Any) -> dict[object, None]:
    """Return the names of the props that a component takes; ANY among them if it takes others."""
    try:
        signature = inspect.signature(target, **SOURCE_ANNOTATIONS)
    except Exception:  # an author's object may raise anything
        return {ANY: None}
    return {
        ANY if each.kind is each.VAR_KEYWORD else name: None
        for name, each in signature.parameters.items()
        if each.kind not in (each.POSITIONAL_ONLY, each.VAR_POSITIONAL)
    }
