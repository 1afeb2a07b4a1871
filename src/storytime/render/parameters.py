"""Describes a component's parameters as its author wrote them, and what a story passes for them.

Everything is plain text. Reading it runs user code (a repr, a descriptor, an annotation), which may
raise anything: what can't be read is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import partial
from inspect import Parameter
from typing import Any, NamedTuple

from .._compat import SOURCE_ANNOTATIONS
from ..ring.text import printable, without_addresses
from .values import by_identity, contained, describe_props, described

NOTES: Mapping[Any, str] = {
    Parameter.POSITIONAL_ONLY: "positional only",
    Parameter.VAR_POSITIONAL: "any further positional",
    Parameter.KEYWORD_ONLY: "keyword only",
    Parameter.VAR_KEYWORD: "any further keywords",
}
UNNAMED = {NOTES[kind] for kind in NOTES if kind != Parameter.KEYWORD_ONLY}
"""Notes of parameters that no prop can fill by their name."""


class Property(NamedTuple):
    """One parameter of a component, or a prop for which it has none (a note says so).

    `value` is what the story passes ("" unless `given`), `type` the annotation and `default` the
    default, both as an author would write them ("" without one). If `required`, a story has to
    pass a value.
    """

    name: str
    value: str = ""
    given: bool = False
    type: str = ""
    default: str = ""
    required: bool = False
    description: str = ""
    notes: tuple[str, ...] = ()


class Properties(NamedTuple):
    """A component's name, module and docstring ("" if unknown), and its properties in order."""

    name: str
    module: str
    docstring: str
    properties: tuple[Property, ...]


class Targets:
    """The components of one build. Each is read once, however many stories it has."""

    def __init__(self) -> None:
        self._read = by_identity(_properties_of)

    def describe(self, target: object, props: object) -> Properties:
        """Return what is known of a component (None: nothing) and a story's props. Never raises.

        Props for which it has no parameter follow the others.
        """
        read = self._read(target)
        values: dict[str, str] = contained(lambda: describe_props(props), {})
        filled = [
            each._replace(value=values.pop(each.name), given=True)
            if each.name in values and UNNAMED.isdisjoint(each.notes)
            else each
            for each in read.properties
        ]
        rest = Property("", notes=("not a parameter of the target",))
        for each in read.properties:
            if NOTES[Parameter.VAR_KEYWORD] in each.notes:
                rest = each
        filled += [rest._replace(name=k, value=v, given=True) for k, v in values.items()]
        return read._replace(properties=tuple(filled))


def _properties_of(target: object) -> Properties:
    if target is None:
        return Properties("", "", "", ())
    named = _named(target)
    return Properties(
        name=text_in(named, "__qualname__") or text_in(named, "__name__"),
        module=text_in(named, "__module__"),
        docstring=contained(lambda: _docstring(named), ""),
        properties=tuple(_parameters(target)),
    )


def _named(target: Any) -> object:
    """Return what has the name and docstring: a partial's function, a callable object's class."""
    while issubclass(type(target), partial):  # isinstance asks the object, which may raise
        target = target.func
    return target if text_in(target, "__qualname__") else type(target)


def _parameters(target: Any) -> list[Property]:
    empty = inspect.Signature()
    signature = contained(lambda: inspect.signature(target, **SOURCE_ANNOTATIONS), empty)
    known: dict[str, Field[Any]] = {}
    if issubclass(type(target), type):
        known = contained(lambda: {each.name: each for each in fields(target)}, known)
    return [_property(each, known.get(each.name)) for each in signature.parameters.values()]


def _property(parameter: Parameter, field: Field[Any] | None) -> Property:
    has_default = parameter.default is not Parameter.empty
    default = described(parameter.default) if has_default else ""
    if field is not None and field.default_factory is not MISSING:
        name = text_in(field.default_factory, "__qualname__").rpartition(".")[2]
        default = f"{name}()" if name.isidentifier() else "made anew each time"
    variadic = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    note = NOTES.get(parameter.kind)
    return Property(
        printable(parameter.name),
        type=_annotation(parameter.annotation),
        default=default,
        required=not has_default and not variadic,
        description=text_in(field, "doc"),
        notes=(note,) if note else (),
    )


def _annotation(annotation: object) -> str:
    if annotation is Parameter.empty:
        return ""
    if type(annotation) is str:
        return printable(annotation)
    # `inspect` has no documented function that formats an annotation alone.
    alone = Parameter("_", Parameter.KEYWORD_ONLY, annotation=annotation)
    text = contained(lambda: str(alone).removeprefix("_: "), "")
    return without_addresses(printable(text))


def _docstring(named: object) -> str:
    text = text_in(named, "__doc__")
    if is_dataclass(named) and text.startswith(f"{text_in(named, '__name__')}("):
        return ""  # `dataclass` made it of the signature
    return inspect.cleandoc(text)


def text_in(value: object, attribute: str) -> str:
    """Return an attribute that is a str, else ""."""
    text = contained(lambda: getattr(value, attribute, ""), "")
    return printable(text) if type(text) is str else ""
