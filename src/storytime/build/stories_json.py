"""Writes `stories.json`, which other tools read: screenshot runners, accessibility checks."""

import json
from collections.abc import Iterable
from urllib.parse import quote

from ..catalog.model import Site, Story, walk
from ..render.values import describe_props
from ..ring.text import printable

FORMAT = 1


def stories_index(site: Site) -> bytes:
    """Return the stories of a site as JSON, one per line, in the order of its tree.

    Each has its path, title, description, `props` (name to the value as text) and `url` (of its
    page, relative to this file).
    """
    title = printable(site.title or "")
    head = json.dumps({"format": FORMAT, "title": title, "stories": []})[:-2]
    stories = (_line(node) for node in walk(site) if isinstance(node, Story))
    return f"{head}\n{',\n'.join(stories)}\n]}}\n".encode()


def with_stories(index: bytes, stories: Iterable[Story]) -> bytes:
    """Return the index with the lines of these stories replaced. Raises ValueError without one."""
    lines = []
    for story in stories:
        path = json.dumps({"path": story.path}).removesuffix("}")
        start = index.index(f"\n{path},".encode()) + 1
        end = index.rindex(b"}", start, index.index(b"\n", start)) + 1
        lines.append((start, end, _line(story).encode()))
    parts, at = [], 0
    for start, end, line in sorted(lines):
        parts += [index[at:start], line]
        at = end
    return b"".join([*parts, index[at:]])


def _line(story: Story) -> str:
    data = {
        "path": story.path,
        "title": printable(story.title or ""),
        "description": story.description and printable(story.description),
        "props": describe_props(story.props),
        "url": f"{quote(story.path)}/index.html",
    }
    return json.dumps(data)
