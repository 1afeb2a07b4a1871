"""A catalog's tree as plain data, and nodes made of such data.

The data is what pages show of the nodes around their own. Nodes that are made of it have names,
titles, descriptions and places, and nothing to render.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..catalog.model import Group, Node, Section, Site, Story, Subject, walk
from ..views import Extras

NOTHING = Extras()


def node_data(node: Node, extras: Extras = NOTHING) -> dict[str, Any]:
    """The node and all below it as JSON types, with what pages show of them beside that.

    Of documents that is their titles, not their texts.
    """
    data: dict[str, Any] = {"kind": type(node).__name__, "name": node.name, "title": node.title}
    if not isinstance(node, Site):
        data["description"] = node.description
    if node.path in extras.findings:
        data["findings"] = extras.findings[node.path]
    if node.path in extras.documents:
        data["documents"] = [[name, title] for name, title, _ in extras.documents[node.path]]
    if isinstance(node, Subject):
        data["items"] = [node_data(story, extras) for story in node.items]
    elif not isinstance(node, Story):
        data["items"] = [node_data(child, extras) for child in node.items.values()]
    return data


def site_from(data: Mapping[str, Any]) -> tuple[Site, Extras]:
    """The site that `node_data` described, with all below it, and the extras."""
    site = Site(data["title"])
    site.name = data["name"]
    findings: dict[str, int] = {}
    documents: dict[str, Sequence[tuple[str, str, str]]] = {}
    extras = Extras(findings, documents)

    def note(path: str, data: Mapping[str, Any]) -> None:
        if "findings" in data:
            findings[path] = data["findings"]
        if "documents" in data:
            documents[path] = [(name, title, "") for name, title in data["documents"]]

    _hang_below(site, data, note)
    return site, extras


type Note = Callable[[str, Mapping[str, Any]], None]


def _hang_below(group: Group, data: Mapping[str, Any], note: Note) -> None:
    note(group.path, data)
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
            _hang_below(child, each, note)
        else:
            _fill(child, each, note)


def _fill(subject: Subject, data: Mapping[str, Any], note: Note) -> None:
    note(subject.path, data)
    prefix = f"{subject.path}/"
    for each in data["items"]:
        story = Story({}, each["title"], each["description"], None, None, each["name"])
        story.parent, story.path = subject, prefix + story.name
        subject.items.append(story)
        note(story.path, each)


def subjects_in(site: Site) -> dict[str, Subject]:
    """The subjects of a site by their paths, in the order of its tree."""
    return {node.path: node for node in walk(site) if isinstance(node, Subject)}


def bring_to_life(made: Subject, real: Subject) -> None:
    """Gives a subject that was made of data what the one of the same data has to render."""
    made.target = real.target
    for story, source in zip(made.items, real.items, strict=True):
        story.props, story.target, story.template = source.props, source.target, source.template
        story.origin = source.origin
