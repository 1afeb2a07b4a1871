"""What a page tells of other nodes than its own, found in one walk of the whole catalog."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..catalog.model import Node, Section, Site, Story, Subject
from ..errors import BuildFailure
from .text import title_of

type Branch = Site | Section | Subject
"""The nodes with a list of others below them."""


@dataclass(frozen=True, eq=False)
class Document:
    """A Markdown file beside a `stories.py`, as a page below that node; `text` is its body."""

    name: str
    title: str
    text: str
    parent: Branch

    @property
    def path(self) -> str:
        return f"{self.parent.path}/{self.name}" if self.parent.path else self.name


type Entry = Node | Document
"""Whatever has a page."""


@dataclass(frozen=True)
class Extras:
    """What pages show of others beside titles and failures: plain data, by the nodes' paths.

    `findings` counts a story's accessibility findings; `documents` are the Markdown pages below a
    node, each as its name, title and body.
    """

    findings: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, Sequence[tuple[str, str, str]]] = field(default_factory=dict)


@dataclass
class Tally:
    """How much there is below a node."""

    subjects: int = 0
    stories: int = 0


class Catalog:
    """A site and its failures, with what the pages of all nodes share.

    `tallies` holds, by path, what is below each section and subject and the site; `twins` the paths
    of the stories whose title is that of a sibling too; `neighbours` the stories before and after
    each one; `failed` and `findings` how many failures and accessibility findings there are at each
    path and below; `entries` what has a page by its path.
    """

    def __init__(
        self, site: Site, failures: Mapping[str, BuildFailure], extras: Extras | None = None
    ) -> None:
        self.site = site
        self.failures = failures
        self.extras = extras or Extras()
        self.entries: dict[str, Entry] = {}
        self.tallies: dict[str, Tally] = {}
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
        """What stands below a node: its documents, then its nodes in the order of the catalog."""
        return self._children[node.path]

    def documents(self) -> list[Document]:
        return [entry for entry in self.entries.values() if isinstance(entry, Document)]

    def _count(self, node: Branch) -> Tally:
        self.entries[node.path] = node
        tally = self.tallies[node.path] = Tally()
        nodes = list(node.items) if isinstance(node, Subject) else list(node.items.values())
        documents = self._documents_below(node, {child.name for child in nodes})
        self._children[node.path] = [*documents, *nodes]
        if isinstance(node, Subject):
            tally.subjects, tally.stories = 1, len(node.items)
            self._meet(node)
            return tally
        for child in node.items.values():
            below = self._count(child)
            tally.subjects += below.subjects
            tally.stories += below.stories
        return tally

    def _documents_below(self, node: Branch, taken: set[str]) -> list[Document]:
        """The documents of a node; one with a node's name gives way to it."""
        found = [
            Document(name, title, text, node)
            for name, title, text in self.extras.documents.get(node.path, ())
            if name not in taken
        ]
        self.entries |= {document.path: document for document in found}
        return found

    def _meet(self, subject: Subject) -> None:
        """Notes what the stories of a subject are to each other."""
        titles = Counter(title_of(story) for story in subject.items)
        around = [None, *subject.items, None]
        for before, story, after in zip(around, subject.items, around[2:], strict=False):
            self.entries[story.path] = story
            self.neighbours[story.path] = (before, after)
            if titles[title_of(story)] > 1:
                self.twins.add(story.path)


def _upward(path: str) -> set[str]:
    """The path, and those of the nodes above it."""
    parts = path.split("/")
    return {"", *("/".join(parts[: end + 1]) for end in range(len(parts)))}


def ancestors(entry: Entry) -> list[Branch]:
    """The nodes above, from the site down."""
    above: list[Branch] = []
    parent = entry.parent
    while parent is not None:
        above.append(parent)
        parent = parent.parent
    return above[::-1]


def kind(entry: Entry) -> str:
    """What authors call such a node, as it stands within a sentence."""
    return "page" if isinstance(entry, Document) else type(entry).__name__.lower()
