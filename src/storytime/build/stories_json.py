"""`stories.json`: what other tools (screenshot runners, accessibility checks) read of a catalog."""

import json
from collections.abc import Sequence
from urllib.parse import quote

from ..catalog.model import Site, Story, walk
from ..render.values import describe_props
from ..ring.text import printable

FORMAT = 1


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
    """Return how a story's line begins, and no other."""
    return f'{{"path": {json.dumps(story.path)}, '


def _printable(text: str | None) -> str | None:
    return None if text is None else printable(text)
