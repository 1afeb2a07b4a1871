"""`stories.json`: what other tools (screenshot runners, accessibility checks) read of a catalog."""

import json
import re
from collections.abc import Mapping
from pprint import pformat
from typing import Any
from urllib.parse import quote

from .errors import printable
from .models import Site, Story, walk

FORMAT = 1
ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
"""An object's place in memory: another one in every run, and no news to the reader."""


def stories_index(site: Site) -> bytes:
    """The stories of a site in the order of its tree, as JSON.

    Each has its path, title, description, `props` (name to the value as text) and `url` (of its
    page, relative to this file).
    """
    stories = [
        {
            "path": story.path,
            "title": story.title,
            "description": story.description,
            "props": describe_props(story.props),
            "url": f"{quote(story.path)}/index.html",
        }
        for story in walk(site)
        if isinstance(story, Story)
    ]
    data = {"format": FORMAT, "title": site.title, "stories": stories}
    return json.dumps(data, indent=1).encode() + b"\n"


def describe_props(props: Mapping[str, Any]) -> dict[str, str]:
    """Each prop's value as text, the same in every run (sets sorted, no memory addresses)."""
    return {str(name): _described(value) for name, value in props.items()}


def _described(value: Any) -> str:
    try:
        text = pformat(value, sort_dicts=False)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return printable(ADDRESS.sub("", text))
