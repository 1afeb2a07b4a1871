"""The return annotation of a function, however it was written down."""

import inspect
from types import FunctionType
from typing import Any

try:
    from annotationlib import Format, get_annotations
except ImportError:  # Python 3.13, where annotations are values or, deferred, their source text

    def _annotations(function: FunctionType) -> dict[str, Any]:
        return inspect.get_annotations(function)

else:

    def _annotations(function: FunctionType) -> dict[str, Any]:
        # FORWARDREF, because a parameter's annotation may name what is imported for the type
        # checker only; the default format would raise NameError for the whole function.
        return get_annotations(function, format=Format.FORWARDREF)


def return_annotation(function: FunctionType) -> object:
    """The object that a function's return annotation names; None where there is no such object."""
    annotation = _annotations(function).get("return")
    if isinstance(annotation, str):
        try:
            return eval(annotation, function.__globals__)  # noqa: S307 (the author's own text)
        except Exception:
            return None
    return annotation
