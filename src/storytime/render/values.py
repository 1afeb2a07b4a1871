"""Values of props as text."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pprint import pformat
from types import NoneType
from typing import Any, override
from urllib.parse import quote

from ..catalog.model import Story
from ..ring.errors import Stop
from ..ring.text import printable, without_addresses

WIDTH = 80
"""Characters up to which a value stands on one line."""
PLAIN = (int, float, bool, NoneType)


def _line(story: Story) -> str:
    data = {
        "title": _printable(story.title),
        "description": _printable(story.description),
        "props": describe_props(story.props),
        "url": f"{quote(story.path)}/index.html",
    }
    return f"{_beginning(story)}{json.dumps(data)[1:]}"


def _beginning(story: Story) -> str:
    """How a story's line begins, and no other."""
    return f'{{"path": {json.dumps(story.path)}, '


def _printable(text: str | None) -> str | None:
    return None if text is None else printable(text)


def describe_props(props: object) -> dict[str, str]:
    """Each prop's value as text, the same in every run (sets sorted, no memory addresses)."""
    if not isinstance(props, Mapping):
        return {}  # the story's page says what is wrong with them
    return {
        printable(name) if isinstance(name, str) else described(name): described(value)
        for name, value in props.items()
    }


def described(value: object) -> str:
    """A value as an author would write it, over several lines where it is long."""
    kind = type(value)
    if kind in PLAIN or kind is str:
        text = repr(value)
        if len(text) <= WIDTH:  # `pformat` would say the same, after a long look
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
    """The value with everything in it that differs from run to run replaced by settled text."""
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
    if is_dataclass(kind) and hasattr(kind.__repr__, "__wrapped__"):  # one that dataclass made
        shown = [
            f"{each.name}={_in_order(getattr(value, each.name))!r}"
            for each in fields(value)
            if each.repr
        ]
        return _Text(f"{kind.__qualname__}({', '.join(shown)})")
    return _Text(without_addresses(repr(value)))
