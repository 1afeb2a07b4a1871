"""What a page tells of other nodes than its own, found in one walk of the whole catalog."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import BuildFailure
from ..models import Node, Section, Site, Story, Subject
from .text import title_of

type Branch = Site | Section | Subject
"""The nodes with a list of others below them."""


@dataclass
class Tally:
    """How much there is below a node."""

    subjects: int = 0
    stories: int = 0


class Catalog:
    """A site and its failures, with what the pages of all nodes share.

    `tallies` holds, by path, what is below each section and subject and the site; `twins` the paths
    of the stories whose title is that of a sibling too; `neighbours` the stories before and after
    each one; `failed` how many failures there are at each path and below.
    """

    def __init__(self, site: Site, failures: Mapping[str, BuildFailure]) -> None:
        self.site = site
        self.failures = failures
        self.paths: set[str] = set()
        self.tallies: dict[str, Tally] = {}
        self.twins: set[str] = set()
        self.neighbours: dict[str, tuple[Story | None, Story | None]] = {}
        self.failed: Counter[str] = Counter()
        self._count(site)
        for path in failures:
            self.failed.update(_upward(path))

    def _count(self, node: Branch) -> Tally:
        self.paths.add(node.path)
        tally = self.tallies[node.path] = Tally()
        if isinstance(node, Subject):
            tally.subjects, tally.stories = 1, len(node.items)
            self._meet(node)
            return tally
        for child in node.items.values():
            below = self._count(child)
            tally.subjects += below.subjects
            tally.stories += below.stories
        return tally

    def _meet(self, subject: Subject) -> None:
        """Notes what the stories of a subject are to each other."""
        titles = Counter(title_of(story) for story in subject.items)
        around = [None, *subject.items, None]
        for before, story, after in zip(around, subject.items, around[2:], strict=False):
            self.paths.add(story.path)
            self.neighbours[story.path] = (before, after)
            if titles[title_of(story)] > 1:
                self.twins.add(story.path)


def _upward(path: str) -> set[str]:
    """The path, and those of the nodes above it."""
    parts = path.split("/")
    return {"", *("/".join(parts[: end + 1]) for end in range(len(parts)))}


def ancestors(node: Node) -> list[Branch]:
    """The nodes above, from the site down."""
    above: list[Branch] = []
    parent = node.parent
    while parent is not None:
        above.append(parent)
        parent = parent.parent
    return above[::-1]


def children(node: Branch) -> list[Section | Subject] | list[Story]:
    """The nodes below, in the order of the catalog."""
    return list(node.items) if isinstance(node, Subject) else list(node.items.values())
