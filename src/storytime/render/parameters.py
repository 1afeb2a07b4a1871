"""A component's properties as its author wrote them down, beside what a story gives for them.

Everything is plain text. User code runs while it is read (a repr, a descriptor, an annotation), and
may raise anything: what can't be read is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import partial
from inspect import Parameter
from typing import Any

from ..catalog.signatures import UNEVALUATED
from ..ring.text import printable, without_addresses
from .values import describe_props, described

NOTES: Mapping[Any, str] = {
    Parameter.POSITIONAL_ONLY: "positional only",
    Parameter.VAR_POSITIONAL: "any further positional",
    Parameter.KEYWORD_ONLY: "keyword only",
    Parameter.VAR_KEYWORD: "any further keywords",
}
UNNAMED = {NOTES[Parameter.POSITIONAL_ONLY], NOTES[Parameter.VAR_POSITIONAL]}
UNKNOWN = "not a parameter of the target"


@dataclass(frozen=True)
class Property:
    """One parameter of a component, or a prop for which it has none (a note says so).

    `value` is what the story gives ("" where it is not `given`), `type` the annotation and
    `default` the value that stands for it when left out, both as an author would write them
    ("" without one). `required`: a story has to give it.
    """

    name: str
    value: str = ""
    given: bool = False
    type: str = ""
    default: str = ""
    required: bool = False
    description: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Properties:
    """A component's name, module and docstring ("" where unknown), and its properties in order."""

    name: str
    module: str
    docstring: str
    properties: tuple[Property, ...]


class _Target:
    """A component that was read, to be shown with the props of one story after another."""

    def __init__(self, target: object) -> None:
        self.target = target  # held, to keep its identity
        self.properties = _properties_of(target)
        self.named: set[str] = set()
        self.further: Property | None = None
        for each in self.properties.properties:
            if NOTES[Parameter.VAR_KEYWORD] in each.notes:
                self.further = each
            elif not UNNAMED.intersection(each.notes):
                self.named.add(each.name)

    def with_props(self, props: object) -> Properties:
        """The same with a story's props filled in; those without a parameter follow the others."""
        values: dict[str, str] = _contained(lambda: describe_props(props), {})
        own = self.properties
        filled = [
            _given(each, values[each.name])
            if each.name in values and each.name in self.named
            else each
            for each in own.properties
        ]
        for name, value in values.items():
            if name not in self.named:
                note = UNKNOWN if self.further is None else NOTES[Parameter.VAR_KEYWORD]
                kind = "" if self.further is None else self.further.type
                filled.append(Property(name, value, given=True, type=kind, notes=(note,)))
        return Properties(own.name, own.module, own.docstring, tuple(filled))


def _given(each: Property, value: str) -> Property:
    # `dataclasses.replace` takes several times as long.
    return Property(
        each.name, value, True, each.type, each.default, each.required, each.description, each.notes
    )  # fmt: skip


class Targets:
    """The components of one build: each is read once, however many stories it has."""

    def __init__(self) -> None:
        # By identity: an author's object need not be hashable.
        self._read: dict[int, _Target] = {}

    def describe(self, target: object, props: object) -> Properties:
        """What there is to know of a component (None: nothing), with a story's props.

        Never raises.
        """
        read = self._read.get(id(target))
        if read is None:
            read = self._read[id(target)] = _Target(target)
        return read.with_props(props)


def _properties_of(target: object) -> Properties:
    if target is None:
        return Properties("", "", "", ())
    named = _named(target)
    return Properties(
        name=_text(named, "__qualname__") or _text(named, "__name__"),
        module=_text(named, "__module__"),
        docstring=_contained(lambda: _docstring(named), ""),
        properties=tuple(_parameters(target)),
    )


def _named(target: Any) -> object:
    """What has the name and the docstring: a partial's function, a callable object's class."""
    while issubclass(type(target), partial):  # isinstance asks the object, which may raise
        target = target.func
    return target if _text(target, "__qualname__") else type(target)


def _parameters(target: Any) -> list[Property]:
    empty = inspect.Signature()
    signature = _contained(lambda: inspect.signature(target, **UNEVALUATED), empty)
    known: dict[str, Field[Any]] = _contained(lambda: _fields(target), {})
    return [_property(each, known.get(each.name)) for each in signature.parameters.values()]


def _property(parameter: Parameter, field: Field[Any] | None) -> Property:
    default = "" if parameter.default is Parameter.empty else described(parameter.default)
    if field is not None and field.default_factory is not MISSING:
        default = _made_by(field.default_factory)
    variadic = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    note = NOTES.get(parameter.kind)
    return Property(
        printable(parameter.name),
        type=_annotation(parameter.annotation),
        default=default,
        required=parameter.default is Parameter.empty and not variadic,
        description=_text(field, "doc"),
        notes=(note,) if note else (),
    )


def _annotation(annotation: object) -> str:
    if annotation is Parameter.empty:
        return ""
    if type(annotation) is str:
        return printable(annotation)
    text = _contained(lambda: inspect.formatannotation(annotation), "")
    return without_addresses(printable(text))


def _made_by(factory: Callable[[], Any]) -> str:
    """The default that a dataclass makes anew each time, as a call."""
    name = _text(factory, "__qualname__").rpartition(".")[2]
    return f"{name}()" if name.isidentifier() else "made anew each time"


def _fields(target: Any) -> dict[str, Field[Any]]:
    is_class = issubclass(type(target), type)
    return {each.name: each for each in fields(target)} if is_class and is_dataclass(target) else {}


def _docstring(named: object) -> str:
    text = _text(named, "__doc__")
    if is_dataclass(named) and text.startswith(f"{_text(named, '__name__')}("):
        return ""  # made by `dataclass`, of the signature
    return inspect.cleandoc(text)


def _text(value: object, attribute: str) -> str:
    """An attribute that is text; "" for everything else."""
    text = _contained(lambda: getattr(value, attribute, ""), "")
    return printable(text) if type(text) is str else ""


def _contained[Read](read: Callable[[], Read], otherwise: Read) -> Read:
    """What the reading gives; `otherwise` where it raises, whatever it raises."""
    try:
        return read()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return otherwise
