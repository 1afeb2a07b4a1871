"""What an annotation stands for, once aliases, unions and strings are resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    ForwardRef,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    ReadOnly,
    Required,
    TypeAliasType,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from ..render.values import contained

type Names = Sequence[Mapping[str, Any]]
"""Where names in the text of an annotation are looked up, one namespace after the other."""

UNRESOLVED = type("UNRESOLVED", (), {})
"""Stands for an annotation that names what is only there for a type checker."""

QUALIFIERS = (ClassVar, Final, NotRequired, ReadOnly, Required)


class Member(NamedTuple):
    """One of the types of which an annotation is a union, with what `Annotated` says of it."""

    type: Any
    metadata: tuple[object, ...] = ()


def members(annotation: Any, names: Names, metadata: tuple[object, ...] = ()) -> Iterator[Member]:
    """Yield the types that an annotation stands for; NoneType for None.

    A name that doesn't exist at run time gives UNRESOLVED. Raises what evaluating it raises.
    """
    if get_origin(annotation) is Annotated:
        metadata = (*metadata, *annotation.__metadata__)
    inner = _inner(annotation, names)
    if inner is None:
        yield Member(NoneType if annotation is None else annotation, metadata)
        return
    for each in inner:
        yield from members(each, names, metadata)


def _inner(annotation: Any, names: Names) -> Sequence[Any] | None:
    """Return the annotations that one stands for; None if it stands for itself."""
    match annotation:
        case str() | ForwardRef():
            return [_evaluated(annotation, names)]
        case NewType():
            return [annotation.__supertype__]
        case TypeAliasType():
            return [annotation.__value__]
        case TypeVar():
            return annotation.__constraints__ or [annotation.__bound__ or Any]
        case InitVar():
            return [annotation.type]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(origin, TypeAliasType):
        return [origin.__value__[arguments]]
    if origin in (Annotated, *QUALIFIERS):
        return arguments[:1]
    if origin in (Union, UnionType):
        return arguments
    if origin is Literal and None in arguments:
        values = tuple(each for each in arguments if each is not None)
        return [None, *([Literal[values]] if values else [])]
    return None


def _evaluated(annotation: str | ForwardRef, names: Names) -> Any:
    text = annotation if isinstance(annotation, str) else annotation.__forward_arg__
    for each in names:
        found = contained(lambda: eval(text, {**each}), UNRESOLVED)  # noqa: B023, S307
        if found is not UNRESOLVED:
            return found
    return UNRESOLVED
