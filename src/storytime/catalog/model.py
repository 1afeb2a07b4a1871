"""The authoring model: what the function in a `stories.py` returns.

    Site ─ items ─► Section ─ items ─► Section | Subject ─ items ─► [Story]
         └────────► Subject

Authors give the fields in the signatures; `seat` (and `storytime.nodes`, which calls it) fills in
what depends on the place: `name`, `parent`, `path`, and the titles and targets that are inherited.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, override

from ..errors import StorytimeError
from ..project._cpython import current_frame, is_import

type Target = Callable[..., Any]
"""A component: called with a story's props; `storytime.rendering` says what it may return."""

LONGEST_SLUG = 160
"""Bytes as UTF-8: a slug becomes a folder's name, and file systems end at 255."""

MOST_CALLS = 12
"""Calls between the one that makes a story and the function of its `stories.py`, amply."""


class Origin(tuple[tuple[CodeType, int], ...]):
    """The calls that made an object, the innermost first: the code and its `f_lasti`.

    Lines are looked up only for what is shown. Code can't be pickled: a copy that goes through
    `pickle` is empty.
    """

    __slots__ = ()

    @classmethod
    def of_call(cls, frame: FrameType | None) -> Origin:
        """Return the calls from the frame up to an import."""
        calls: list[tuple[CodeType, int]] = []
        while frame is not None and len(calls) < MOST_CALLS and not is_import(frame):
            calls.append((frame.f_code, frame.f_lasti))
            frame = frame.f_back
        return cls(calls)

    @override
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
        init = current_frame().f_back
        self.origin = Origin.of_call(init and init.f_back)


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
