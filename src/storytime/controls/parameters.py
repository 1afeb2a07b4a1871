"""What a component, or the class of a nested object, takes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from inspect import Parameter
from typing import Any, NamedTuple

from .._compat import LIVE_ANNOTATIONS
from ..render.parameters import Property, Targets, text_in
from ..render.values import contained
from .annotations import Names


class Declared(NamedTuple):
    """A parameter: `attribute` is where an object that was made with it has the value.

    `default` is MISSING if there is none, or none that can be known. Without an annotation that is
    `Parameter.empty`.
    """

    name: str
    annotation: Any = Parameter.empty
    default: Any = MISSING
    kind: Any = Parameter.KEYWORD_ONLY
    names: Names = ()
    attribute: str = ""
    type: str = ""
    description: str = ""
    required: bool = False

    @property
    def is_named(self) -> bool:
        return self.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)

    @property
    def about(self) -> dict[str, Any]:
        """What is shown of it whatever its kind is, as JSON types."""
        known = {"type": self.type, "description": self.description, "required": self.required}
        return {name: value for name, value in known.items() if value}


def declared(target: Any) -> list[Declared]:
    """Return the parameters of a callable in order; none if it doesn't tell them."""
    signature = contained(
        lambda: inspect.signature(target, **LIVE_ANNOTATIONS), inspect.Signature()
    )
    properties = {each.name: each for each in Targets().describe(target, {}).properties}
    names: Names = contained(lambda: [*_namespaces(target)], [])
    known: Mapping[str, tuple[str, Any]] = contained(lambda: _fields(target), {})
    found = []
    for name, parameter in signature.parameters.items():
        attribute, field = known.get(name, (name, None))
        listed = properties.get(name, Property(name))
        found.append(
            Declared(
                name,
                parameter.annotation,
                _default(parameter, field),
                parameter.kind,
                names,
                attribute,
                listed.type,
                listed.description or text_in(field, "description"),
                listed.required,
            )
        )
    return found


def has_fields(kind: Any) -> bool:
    """Return True for a class of dataclasses, attrs, pydantic or named tuples."""
    return isinstance(kind, type) and (
        is_dataclass(kind)
        or hasattr(kind, "__attrs_attrs__")
        or isinstance(getattr(kind, "model_fields", None), dict)
        or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def _fields(kind: Any) -> Mapping[str, tuple[str, Any]]:
    """Return attribute and field of the parameters of a class, as far as they are known."""
    if not isinstance(kind, type):
        return {}
    if is_dataclass(kind):
        return {each.name: (each.name, each) for each in fields(kind)}
    if attributes := getattr(kind, "__attrs_attrs__", ()):
        return {each.alias: (each.name, each) for each in attributes}
    models: Any = getattr(kind, "model_fields", None)
    if isinstance(models, dict):
        return {each.alias or name: (name, each) for name, each in models.items()}
    return {}


def _default(parameter: Parameter, field: Any) -> Any:
    if parameter.default is Parameter.empty:
        return MISSING
    for factory in (
        getattr(field, "default_factory", None),
        getattr(getattr(field, "default", None), "factory", None),
    ):
        if callable(factory):
            return contained(factory, MISSING)
    return parameter.default


def _namespaces(target: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the namespaces of a callable in which its annotations may be written."""
    while issubclass(type(target), partial):
        target = target.func
    function = inspect.unwrap(getattr(target, "__func__", target))
    if hasattr(function, "__globals__"):
        yield function.__globals__ | _by_name(function.__type_params__)
        return
    for each in (target if isinstance(target, type) else type(target)).__mro__:
        own = vars(each)
        of_module = vars(sys.modules[each.__module__])
        yield {**of_module, **own, **_by_name(own.get("__type_params__", ()))}


def _by_name(type_parameters: Iterable[Any]) -> dict[str, Any]:
    return {each.__name__: each for each in type_parameters}
