"""What pages show of other nodes than their own, collected in one walk of the catalog."""

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..catalog.model import Node, Section, Site, Story, Subject, readable, unique
from ..errors import BuildFailure
from ..render.markdown import MARKDOWN
from .text import visible

type Branch = Site | Section | Subject
"""A node that has children."""


@dataclass(frozen=True, eq=False)
class Document:
    """A Markdown file beside a node's `stories.py`, shown as a page below that node."""

    name: str
    title: str
    text: str
    parent: Branch

    @property
    def path(self) -> str:
        return f"{self.parent.path}/{self.name}" if self.parent.path else self.name


type Entry = Node | Document
"""Anything that has a page."""


@dataclass(frozen=True)
class Extras:
    """Plain data by node path: the number of a story's accessibility findings, and the Markdown
    documents below a node, each as (name, title, text)."""

    findings: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, Sequence[tuple[str, str, str]]] = field(default_factory=dict)


class Catalog:
    """A site and its failures, with what the pages of all nodes share, by path.

    `entries` has everything that has a page, `tallies` the numbers of subjects and stories in each
    branch (by "subject" and "story"), `twins` the stories that share their title with a sibling,
    `neighbours` the stories before and after each one; `failed` and `findings` count failures and
    accessibility findings at a path and below. `files` has the documents by their Markdown files.
    """

    def __init__(
        self, site: Site, failures: Mapping[str, BuildFailure], extras: Extras | None = None
    ) -> None:
        self.site = site
        self.failures = failures
        self.extras = extras or Extras()
        self.entries: dict[str, Entry] = {}
        self.files: dict[str, Document] = {}
        self.tallies: dict[str, Counter[str]] = {}
        self.twins: set[str] = set()
        self.neighbours: dict[str, tuple[Story | None, Story | None]] = {}
        self.failed: Counter[str] = Counter()
        self._children: dict[str, list[Entry]] = {}
        self._count(site)
        for path in failures:
            self.failed.update(_upward(path))
        self.findings: Counter[str] = Counter()
        for path, number in self.extras.findings.items():
            self.findings.update(dict.fromkeys(_upward(path), number))

    def children(self, node: Branch) -> list[Entry]:
        """Return a node's documents, then its nodes in the catalog's order."""
        return self._children[node.path]

    def documents(self) -> list[Document]:
        return [entry for entry in self.entries.values() if isinstance(entry, Document)]

    def _count(self, node: Branch) -> Counter[str]:
        self.entries[node.path] = node
        tally = self.tallies[node.path] = Counter[str]()
        nodes = list(node.items) if isinstance(node, Subject) else list(node.items.values())
        documents = self._documents_below(node, {child.name for child in nodes})
        self._children[node.path] = [*documents, *nodes]
        if isinstance(node, Subject):
            tally.update(subject=1, story=len(node.items))
            self._compare_stories(node)
            return tally
        for child in node.items.values():
            tally.update(self._count(child))
        return tally

    def _documents_below(self, node: Branch, names: set[str]) -> list[Document]:
        """Return a node's documents; one whose name a child node has gets a number after it."""
        documents = self.extras.documents.get(node.path, ())
        taken = names | {name for name, _, _ in documents}
        found = []
        for name, title, text in documents:
            own = unique(name, taken) if name in names else name
            found.append(document := Document(own, title, text, node))
            self.files[posixpath.join(node.path, name + MARKDOWN)] = document
            names.add(own)
        self.entries |= {document.path: document for document in found}
        return found

    def _compare_stories(self, subject: Subject) -> None:
        """Fill in `neighbours` and `twins`."""
        titles = Counter(title_of(story) for story in subject.items)
        around = [None, *subject.items, None]
        for before, story, after in zip(around, subject.items, around[2:], strict=False):
            self.entries[story.path] = story
            self.neighbours[story.path] = (before, after)
            if titles[title_of(story)] > 1:
                self.twins.add(story.path)


def _upward(path: str) -> set[str]:
    """Return the path and those of the nodes above it."""
    parts = path.split("/")
    return {"", *("/".join(parts[: end + 1]) for end in range(len(parts)))}


def ancestors(entry: Entry) -> list[Branch]:
    """Return the nodes above, the site first."""
    parent = entry.parent
    return [*ancestors(parent), parent] if parent else []


def title_of(entry: Entry) -> str:
    """Return the title as visible text; never empty, since links consist of it."""
    return visible(entry.title or "").strip() or readable(entry.name) or "Untitled"


def kind(entry: Entry) -> str:
    """Return the word for such an entry: "page", "subject", …"""
    return "page" if isinstance(entry, Document) else type(entry).__name__.lower()
