"""Turns a catalog's tree into plain data, and such data into nodes.

The data is what pages show of the nodes around their own. Nodes that are made of it have names,
titles, descriptions and paths, and nothing to render.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog.model import Node, Section, Site, Story, Subject, walk
from ..views import Extras


def node_data(node: Node, extras: Extras | None = None) -> dict[str, Any]:
    """Return the node and everything below it as JSON types, with their extras.

    Of documents only the titles are kept.
    """
    extras = extras or Extras()
    data: dict[str, Any] = {"kind": type(node).__name__, "name": node.name, "title": node.title}
    if not isinstance(node, Site):
        data["description"] = node.description
    if node.path in extras.findings:
        data["findings"] = extras.findings[node.path]
    if node.path in extras.documents:
        data["documents"] = [[name, title] for name, title, _ in extras.documents[node.path]]
    if not isinstance(node, Story):
        children = node.items if isinstance(node, Subject) else node.items.values()
        data["items"] = [node_data(child, extras) for child in children]
    return data


def site_from(data: Mapping[str, Any]) -> tuple[Site, Extras]:
    """Return the site that `node_data` described, with everything below it, and its extras."""
    site = Site(data["title"])
    site.name = data["name"]
    described = dict(_filled(site, data))
    findings = {path: each["findings"] for path, each in described.items() if "findings" in each}
    documents = {
        path: [(name, title, "") for name, title in each["documents"]]
        for path, each in described.items()
        if "documents" in each
    }
    return site, Extras(findings, documents)


def _filled(node: Node, data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Add all nodes below to a node. Yield the paths and the data of it and of those."""
    yield node.path, data
    for each in data.get("items", ()):
        title, description, name = each["title"], each["description"], each["name"]
        child: Section | Subject | Story
        if isinstance(node, Subject):
            child = Story({}, title, description, None, None, name)
            child.parent = node
            node.items.append(child)
        elif not isinstance(node, Story):
            child = (Section if each["kind"] == "Section" else Subject)(title, description)
            child.name, child.parent = name, node
            node.items[name] = child
        child.path = f"{node.path}/{name}".lstrip("/")
        yield from _filled(child, each)


def subjects_in(site: Site) -> dict[str, Subject]:
    """Return the subjects of a site by path, in the order of its tree."""
    return {node.path: node for node in walk(site) if isinstance(node, Subject)}


def take_over(made: Subject, real: Subject) -> None:
    """Give a subject that was made of data what the imported one has to render."""
    made.target = real.target
    for story, source in zip(made.items, real.items, strict=True):
        story.props, story.target, story.template = source.props, source.target, source.template
        story.origin = source.origin
