"""Turns a catalog's tree into plain data, and such data into nodes.

The data is what pages show of the nodes around their own. Nodes that are made of it have names,
titles, descriptions and paths, and nothing to render.
"""

from collections.abc import Mapping
from typing import Any

from ..catalog.model import Node, Section, Site, Story, Subject

BLANK = vars(Story())


def node_data(node: Node) -> dict[str, Any]:
    """Return the node and everything below it as JSON types."""
    data: dict[str, Any] = {"kind": type(node).__name__, "name": node.name, "title": node.title}
    if not isinstance(node, Site):
        data["description"] = node.description
    if not isinstance(node, Story):
        children = node.items if isinstance(node, Subject) else node.items.values()
        data["items"] = [node_data(child) for child in children]
    return data


def site_from(data: Mapping[str, Any]) -> Site:
    """Return the site that `node_data` described, with everything below it."""
    site = Site(data["title"])
    site.name = data["name"]
    _fill(site, data)
    return site


def _fill(node: Site | Section | Subject, data: Mapping[str, Any]) -> None:
    """Add everything below a node."""
    for each in data["items"]:
        title, description, name = each["title"], each["description"], each["name"]
        path = f"{node.path}/{name}".lstrip("/")
        if isinstance(node, Subject):
            # Made without `__init__`, which looks for each story's own place in the source.
            story = object.__new__(Story)
            given = {"props": {}, "title": title, "description": description, "name": name}
            vars(story).update(BLANK, **given, parent=node, path=path)
            node.items.append(story)
        else:
            child = (Section if each["kind"] == "Section" else Subject)(title, description)
            child.name, child.parent, child.path = name, node, path
            node.items[name] = child
            _fill(child, each)
