"""Compares values more closely than `==` does."""

from functools import partial
from string.templatelib import Template
from typing import Any

from ..render.values import contained


def same(first: Any, second: Any) -> bool:
    """Return True if two values are of the same type and equal in all their parts."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    match first:
        case float():
            return repr(first) == repr(second)
        case Template():
            return first.strings == second.strings and same(first.values, second.values)
        case list() | tuple():
            return len(first) == len(second) and all(map(same, first, second))
        case dict():
            return same([*first.items()], [*second.items()])
    if contained(lambda: bool(first == second), False):
        return True
    parts = [contained(partial(vars, each), None) for each in (first, second)]
    return parts[0] is not None and same(*parts)
