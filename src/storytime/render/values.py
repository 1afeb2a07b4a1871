"""Formats values of props as text, and caches what is found out about objects."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pprint import pformat
from types import NoneType
from typing import Any, override

from ..ring.errors import Stop
from ..ring.text import printable, without_addresses

WIDTH = 80
"""Characters up to which a value stays on one line."""
PLAIN = (int, float, bool, NoneType)


def by_identity[Key, Found](find: Callable[[Key], Found]) -> Callable[[Key], Found]:
    """Return a function that calls `find` once for each object.

    Authors' objects need not be hashable, and code is slow to hash. Objects are kept, so that their
    ids stay theirs.
    """
    known: dict[int, tuple[Key, Found]] = {}

    def found(key: Key) -> Found:
        if id(key) not in known:
            known[id(key)] = key, find(key)
        return known[id(key)][1]

    return found


def contained[Read](read: Callable[[], Read], otherwise: Read) -> Read:
    """Return what `read` gives, or `otherwise` if it raises what an author's object may raise."""
    try:
        return read()
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:
        return otherwise


def describe_props(props: object) -> dict[str, str]:
    """Return each prop's value as text, the same in every run (sets sorted, no addresses)."""
    if not isinstance(props, Mapping):
        return {}  # the story's page says what is wrong with them
    return {
        printable(name) if isinstance(name, str) else described(name): described(value)
        for name, value in props.items()
    }


def described(value: object) -> str:
    """Return a value as an author would write it, on several lines if it is long."""
    kind = type(value)
    if kind in PLAIN or kind is str:
        text = repr(value)
        if len(text) <= WIDTH:  # `pformat` gives the same, slowly
            return printable(text)
    try:
        text = pformat(_in_order(value), width=WIDTH, compact=True, sort_dicts=False)
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return printable(text)


class _Text:
    """Stands for a value in what `pformat` lays out."""

    def __init__(self, text: str) -> None:
        self.text = text

    @override
    def __repr__(self) -> str:
        return self.text


def _in_order(value: Any) -> Any:
    """Return the value with everything replaced by text that differs from run to run."""
    kind = type(value)
    if kind in PLAIN or kind in (str, bytes):
        return value
    if kind is dict:
        return {_in_order(key): _in_order(item) for key, item in value.items()}
    if kind in (list, tuple):
        return kind(map(_in_order, value))
    if kind in (set, frozenset) and value:
        items = f"{{{', '.join(sorted(repr(_in_order(item)) for item in value))}}}"
        return _Text(items if kind is set else f"frozenset({items})")
    # `dataclass` wraps the __repr__ that it makes against recursion; one without is as written.
    if is_dataclass(kind) and hasattr(kind.__repr__, "__wrapped__"):
        shown = [
            f"{each.name}={_in_order(getattr(value, each.name))!r}"
            for each in fields(value)
            if each.repr
        ]
        return _Text(f"{kind.__qualname__}({', '.join(shown)})")
    return _Text(without_addresses(repr(value)))
