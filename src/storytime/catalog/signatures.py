"""Reads return annotations and parameters as their authors wrote them.

Annotations are evaluated no further than needed: they may name what is imported only for the type
checker, or not be evaluable at all.
"""

import inspect
from collections.abc import Callable
from types import FunctionType, ModuleType, NoneType
from typing import Any

from .._compat import FORWARD_REFERENCES, SOURCE_ANNOTATIONS
from .model import Section, Site, Subject

KNOWN = {"Section": Section, "Site": Site, "Subject": Subject}
"""Names that annotations may use although the module imports them only for the type checker."""

NO_FUNCTIONS = {type, ModuleType, str, dict, NoneType}
"""Types that modules hold many of, and that never wrap a function."""


def written_function(value: object) -> FunctionType | None:
    """Return the function below the decorators (`functools.cache`, for one, adds an object)."""
    if type(value) in NO_FUNCTIONS:
        return None
    if type(value) is not FunctionType:  # isinstance asks the object, which may raise
        value = inspect.getattr_static(value, "__wrapped__", None)
    function = inspect.unwrap(value) if type(value) is FunctionType else None
    return function if type(function) is FunctionType else None


def return_annotation(function: FunctionType) -> object:
    """Return the object that a return annotation names; None if there is no such object."""
    try:
        annotations = inspect.get_annotations(function, **FORWARD_REFERENCES)
        annotation = annotations.get("return")
        text = getattr(annotation, "__forward_arg__", annotation)
        while isinstance(text, str):  # a string in a string if all annotations are deferred
            text = annotation = eval(text, {**KNOWN, **function.__globals__})  # noqa: S307
    except Exception:
        return None
    return annotation


def required_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters without a default."""
    # A decorated function's own parameters count, not those of the one below.
    follow = type(function) is not FunctionType
    if not follow and not vars(function):
        code = function.__code__
        if not code.co_argcount and not code.co_kwonlyargcount:
            return []  # a hundred times as fast as `inspect`
    signature = inspect.signature(function, follow_wrapped=follow, **SOURCE_ANNOTATIONS)
    return [
        parameter
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
