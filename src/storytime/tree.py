"""A catalog's tree as plain data, and nodes made of such data.

The data is what pages show of the nodes around their own. Nodes that are made of it have names,
titles, descriptions and places, and nothing to render.
"""

from collections.abc import Mapping
from typing import Any

from .models import Group, Node, Section, Site, Story, Subject, walk

type Extras = Mapping[str, Any]
"""What pages show of other nodes beside that, as plain data by the nodes' paths."""


def node_data(node: Node, extras: Extras) -> dict[str, Any]:
    """The node and all below it as JSON types."""
    data: dict[str, Any] = {"kind": type(node).__name__, "name": node.name, "title": node.title}
    if not isinstance(node, Site):
        data["description"] = node.description
    if node.path in extras:
        data["extras"] = extras[node.path]
    if isinstance(node, Subject):
        data["items"] = [node_data(story, extras) for story in node.items]
    elif not isinstance(node, Story):
        data["items"] = [node_data(child, extras) for child in node.items.values()]
    return data


def site_from(data: Mapping[str, Any]) -> tuple[Site, dict[str, Any]]:
    """The site that `node_data` described, with all below it, and the extras."""
    site = Site(data["title"])
    site.name = data["name"]
    extras: dict[str, Any] = {}
    _hang_below(site, data, extras)
    return site, extras


def _hang_below(group: Group, data: Mapping[str, Any], extras: dict[str, Any]) -> None:
    if "extras" in data:
        extras[group.path] = data["extras"]
    prefix = f"{group.path}/" if group.path else ""
    for each in data["items"]:
        child: Section | Subject
        if each["kind"] == "Section":
            child = Section(each["title"], each["description"])
        else:
            child = Subject(each["title"], each["description"])
        child.name, child.parent, child.path = each["name"], group, prefix + each["name"]
        group.items[child.name] = child
        if isinstance(child, Section):
            _hang_below(child, each, extras)
        else:
            _fill(child, each, extras)


def _fill(subject: Subject, data: Mapping[str, Any], extras: dict[str, Any]) -> None:
    if "extras" in data:
        extras[subject.path] = data["extras"]
    prefix = f"{subject.path}/"
    for each in data["items"]:
        story = Story({}, each["title"], each["description"], None, None, each["name"])
        story.parent, story.path = subject, prefix + story.name
        subject.items.append(story)
        if "extras" in each:
            extras[story.path] = each["extras"]


def subjects_in(site: Site) -> dict[str, Subject]:
    """The subjects of a site by their paths, in the order of its tree."""
    return {node.path: node for node in walk(site) if isinstance(node, Subject)}


def bring_to_life(made: Subject, real: Subject) -> None:
    """Gives a subject that was made of data what the one of the same data has to render."""
    made.target = real.target
    for story, source in zip(made.items, real.items, strict=True):
        story.props, story.target, story.template = source.props, source.target, source.template
