"""`stories.json`: what other tools (screenshot runners, accessibility checks) read of a catalog."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pprint import pformat
from types import NoneType
from typing import Any, override
from urllib.parse import quote

from .errors import Stop, printable, without_addresses
from .models import Site, Story, walk

FORMAT = 1
WIDTH = 80
"""Characters up to which a value stands on one line."""
PLAIN = (int, float, bool, NoneType)


def stories_index(site: Site) -> bytes:
    """The stories of a site in the order of its tree, as JSON, one a line.

    Each has its path, title, description, `props` (name to the value as text) and `url` (of its
    page, relative to this file).
    """
    head = json.dumps({"format": FORMAT, "title": _printable(site.title), "stories": []})[:-2]
    stories = (_line(node) for node in walk(site) if isinstance(node, Story))
    return f"{head}\n{',\n'.join(stories)}\n]}}\n".encode()


def with_stories(index: bytes, stories: Sequence[Story]) -> bytes | None:
    """The index with the lines of these stories made anew; None where it lacks one of them."""
    for story in stories:
        start = index.find(b"\n" + _beginning(story).encode()) + 1
        if not start:
            return None
        end = index.index(b"\n", start)
        comma = b"," if index[end - 1 : end] == b"," else b""
        index = index[:start] + _line(story).encode() + comma + index[end:]
    return index


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
