"""The authoring model: what the function in a `stories.py` returns.

    Site ─ items ─► Section ─ items ─► Section | Subject ─ items ─► [Story]
         └────────► Subject

Authors give the fields in the signatures; `seat` (and `storytime.nodes`, which calls it) fills in
what depends on the place: `name`, `parent`, `path`, and the titles and targets that are inherited.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from ..errors import StorytimeError

type Target = Callable[..., Any]
"""A component: called with a story's props; `storytime.rendering` says what it may return."""

LONGEST_SLUG = 160
"""Bytes as UTF-8: a slug becomes a folder's name, and file systems end at 255."""

MOST_FRAMES = 12
"""Calls between the one that makes a story and the function of its `stories.py`, amply."""
IMPORT_SYSTEM = "<frozen importlib"


class Origin:
    """The calls that led to an object, the innermost first.

    Each is the code that called and the instruction (`f_lasti`) at which it did; the lines are
    looked up only for what is shown. Code is nothing to be copied or sent elsewhere, and neither
    is this: a copy that goes through `pickle` knows nothing.
    """

    __slots__ = ("calls",)

    def __init__(self, calls: tuple[tuple[CodeType, int], ...] = ()) -> None:
        self.calls = calls

    @classmethod
    def here(cls, depth: int) -> Origin:
        """The calls from `depth` frames above the caller's own on, up to an import."""
        frame: FrameType | None = sys._getframe(depth + 1)
        calls: list[tuple[CodeType, int]] = []
        while frame is not None and len(calls) < MOST_FRAMES:
            code = frame.f_code
            if code.co_filename.startswith(IMPORT_SYSTEM):
                break
            calls.append((code, frame.f_lasti))
            frame = frame.f_back
        return cls(tuple(calls))

    def __reduce__(self) -> tuple[type[Origin], tuple[()]]:
        return Origin, ()


@dataclass
class Story:
    """One look of one component: `target(**props)`, rendered.

    `target` is the subject's where None; `template`, a callable, replaces the whole body of the
    story's page (it is called with the story where it takes an argument, else with nothing);
    `name` is the slug of the title, else `story-N`, unless it is given here.
    """

    props: dict[str, Any] = field(default_factory=dict)
    title: str | None = None
    description: str | None = None
    target: Target | None = None
    template: Callable[..., Any] | None = None
    name: str = ""
    parent: Subject | None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)
    origin: Origin = field(default_factory=Origin, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.origin = Origin.here(2)  # from whoever called `__init__`


@dataclass
class Subject:
    """A component and its stories. `target` is what a story without one of its own renders."""

    title: str | None = None
    description: str | None = None
    target: Target | None = None
    items: list[Story] = field(default_factory=list)
    name: str = field(default="", init=False)
    parent: Site | Section | None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)


@dataclass
class Section:
    """A group of subjects and of further sections, by name."""

    title: str | None = None
    description: str | None = None
    items: dict[str, Section | Subject] = field(default_factory=dict)
    name: str = field(default="", init=False)
    parent: Site | Section | None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)


@dataclass
class Site:
    """The catalog.

    `themed_layout(story_title=…, children=…)` returns the full HTML document in which a story is
    shown (in a frame of its own), so that the components' own CSS applies and the workshop's
    doesn't. Without it a story's document is empty but for the story.
    """

    title: str | None = None
    items: dict[str, Section | Subject] = field(default_factory=dict)
    themed_layout: Callable[..., Any] | None = None
    name: str = field(default="", init=False)
    parent: None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)


type Node = Site | Section | Subject | Story
type Group = Site | Section
"""The nodes that hold others by name."""


def readable(name: str) -> str:
    """A folder's name as a title: "text_fields" is "Text fields"."""
    words = re.sub(r"[_\-.\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def slugify(title: str) -> str:
    """A title as it stands in an address: letters and digits of any script, joined by hyphens."""
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", title).casefold()).strip("-")
    return words.encode()[:LONGEST_SLUG].decode(errors="ignore").strip("-")


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first, in the order of the catalog."""
    yield node
    match node:
        case Site() | Section():
            for child in node.items.values():
                yield from walk(child)
        case Subject():
            yield from node.items


def seat(parent: Group, name: str, node: Section | Subject) -> None:
    """Puts a node, with everything that its author put below it, under `parent` as `name`.

    Raises StorytimeError where the place is taken, or where what stands below is of a wrong kind.
    """
    path = f"{parent.path}/{name}" if parent.path else name
    if parent.items.get(name, node) is not node:
        raise StorytimeError(f"{path}: two nodes claim this place; rename one of them")
    parent.items[name] = node
    node.name, node.parent, node.path = name, parent, path
    if node.title is None:
        node.title = readable(name)
    seat_children(node)


def seat_children(node: Site | Section | Subject) -> None:
    """Seats what the author put into a node's `items`, checking that it may stand there."""
    _check_texts(node)
    if isinstance(node, Subject):
        _seat_stories(node)
        return
    kind = type(node).__name__
    if not isinstance(node.items, Mapping):
        raise StorytimeError(
            f"{_place(node)}: the items of a {kind} are a dict from names to Section or Subject,"
            f" got {type(node.items).__name__}"
        )
    for name, child in list(node.items.items()):
        if not isinstance(child, Section | Subject):
            raise StorytimeError(
                f"{_place(node)}: a {kind} holds Section and Subject, got {type(child).__name__}"
                f" as {name!r}"
            )
        if not _is_name(name):
            raise StorytimeError(
                f"{_place(node)}: {name!r} can't be a name: expected letters, digits, _ and -"
            )
        seat(node, name, child)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[\w-]+", name) is not None


def _seat_stories(subject: Subject) -> None:
    """Names, paths, titles and targets of a subject's stories."""
    if not isinstance(subject.items, list | tuple):
        raise StorytimeError(
            f"{_place(subject)}: the items of a Subject are a list of Story,"
            f" got {type(subject.items).__name__}; what holds sections or subjects is a Section"
        )
    taken: set[str] = set()
    for index, story in enumerate(subject.items):
        if not isinstance(story, Story):
            raise StorytimeError(
                f"{_place(subject)}: a Subject holds Story only, got {type(story).__name__} as"
                f" item {index}; what holds sections or subjects is a Section"
            )
        story.parent, story.path = subject, f"{subject.path}/story-{index}"
        _check_texts(story)
        slug = slugify(story.name) or slugify(story.title or "") or f"story-{index}"
        story.name = _unique(slug, taken)
        taken.add(story.name)
        story.path = f"{subject.path}/{story.name}"
        story.title = story.title if story.title is not None else subject.title
        story.target = story.target if story.target is not None else subject.target


def _check_texts(node: Node) -> None:
    """Raises StorytimeError for a title, description or name that is no text."""
    for what in ("title", "description", "name"):
        value = getattr(node, what, None)
        if value is not None and not isinstance(value, str):
            raise StorytimeError(
                f"{_place(node)}: the {what} of a {type(node).__name__} is a str,"
                f" got {type(value).__name__}"
            )


def _unique(slug: str, taken: set[str]) -> str:
    """The slug, numbered from 2 where it is taken already."""
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    return name


def _place(node: Node) -> str:
    return node.path or "the site"
