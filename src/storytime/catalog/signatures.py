"""Functions as their authors wrote them: return annotations and parameters.

Nothing here evaluates more of the annotations than it needs: they may name what is imported for the
type checker only, or be no expressions that can be evaluated at all.
"""

import inspect
from collections.abc import Callable
from types import FunctionType, ModuleType, NoneType
from typing import Any

from .model import Section, Site, Subject

try:
    from annotationlib import Format, get_annotations
except ImportError:  # Python 3.13, where annotations are values or, deferred, their source text

    def _annotations(function: FunctionType) -> dict[str, Any]:
        return inspect.get_annotations(function)

    UNEVALUATED: dict[str, Any] = {}
else:

    def _annotations(function: FunctionType) -> dict[str, Any]:
        try:
            return get_annotations(function, format=Format.FORWARDREF)
        except Exception:
            return {}

    UNEVALUATED = {"annotation_format": Format.STRING}

KNOWN = {"Section": Section, "Site": Site, "Subject": Subject}
"""What annotations may name although the module has it for the type checker only."""

NO_FUNCTIONS = {type, ModuleType, str, dict, NoneType}
"""Kinds of which modules hold many, and that wrap no function."""


def written_function(value: object) -> FunctionType | None:
    """The function below its decorators (`functools.cache` gives no function); None for others."""
    if type(value) in NO_FUNCTIONS:
        return None
    if type(value) is not FunctionType:  # isinstance asks the object, which may raise
        value = inspect.getattr_static(value, "__wrapped__", None)
    function = inspect.unwrap(value) if type(value) is FunctionType else None
    return function if type(function) is FunctionType else None


def return_annotation(function: FunctionType) -> object:
    """The object that a function's return annotation names; None where there is no such object."""
    annotation = _annotations(function).get("return")
    text = getattr(annotation, "__forward_arg__", annotation)
    while isinstance(text, str):  # a string annotation is one in a string where all are deferred
        try:
            text = annotation = eval(text, {**KNOWN, **function.__globals__})  # noqa: S307
        except Exception:
            return None
    return annotation


def required_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters that a call has to fill."""
    # A decorated function's own parameters count, not those of the one below.
    follow = type(function) is not FunctionType
    if not follow and not vars(function):
        code = function.__code__
        if not code.co_argcount and not code.co_kwonlyargcount:
            return []  # `inspect` takes a hundred times as long to say so
    signature = inspect.signature(function, follow_wrapped=follow, **UNEVALUATED)
    return [
        parameter
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
