"""The authoring model: what the function in a `stories.py` returns.

    Site ─ items ─► Section ─ items ─► Section | Subject ─ items ─► [Story]
         └────────► Subject

Authors give the fields in the signatures. `seat` (called by `catalog.tree_reader`) fills in what
depends on the place: `name`, `parent`, `path`, and inherited titles and targets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile
from types import CodeType, FrameType
from typing import Any, Protocol, override

from ..errors import StorytimeError
from ..project._cpython import current_frame, is_import
from .responses import check_events, check_responses

type Target = Callable[..., Any]
"""A component: called with a story's props; `render.component.to_html` takes what it returns."""


class Layout(Protocol):
    """Returns the full HTML document in which a story is shown.

    Strict checkers take the types of a lambda's parameters from here.
    """

    def __call__(self, *, story_title: Any, children: Any) -> Any: ...


LONGEST_SLUG = 160
"""Bytes of UTF-8: a slug becomes a folder's name, for which file systems allow 255."""

JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner, which are part of words in Sinhala, Hindi and Persian."""

SEPARATORS = f"-{JOINERS}"
"""What a slug doesn't begin or end with."""

MOST_CALLS = 12
"""Amply more than lie between the call that makes a story and its `stories.py`."""


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

    Without a `target` the subject's is used. `template`, a callable, replaces the whole body of the
    story's page; it is called with the story if it takes an argument. Without a `name` it is the
    slug of the title, or `story-N`.

    A workshop that `storytime serve --subinterpreters` serves lists the DOM events that `events`
    names as they happen in the story, and answers requests of the story's document with
    `responses`. A key is a method and a path ("POST /book"; a `*` at its end stands for anything).
    A value is what a component may return, a Response, or a callable that returns one of them; it
    is called with a Request if it takes an argument.
    """

    props: dict[str, Any] = field(default_factory=dict)
    title: str | None = None
    description: str | None = None
    target: Target | None = None
    template: Callable[[Story], Any] | Callable[[], Any] | None = None
    name: str = ""
    events: Sequence[str] = ()
    responses: Mapping[str, Any] = field(default_factory=dict)
    parent: Subject | None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)
    origin: Origin = field(default_factory=Origin, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        init = current_frame().f_back
        self.origin = Origin.of_call(init and init.f_back)


@dataclass
class _Entry:
    """What a subject and a section have in common."""

    title: str | None = None
    description: str | None = None
    name: str = field(default="", init=False)
    parent: Site | Section | None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)


@dataclass
class Subject(_Entry):
    """A component and its stories. `target` is the component of stories that name none.

    `controls` says, by the name of a prop, how a person can change it where its annotation doesn't
    say enough: a type, a `Range`, `Color`, a list of values, or None if it can't be changed.
    """

    target: Target | None = None
    items: list[Story] = field(default_factory=list)
    controls: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Section(_Entry):
    """A group of subjects and of further sections, by name."""

    items: dict[str, Section | Subject] = field(default_factory=dict)


@dataclass
class Site:
    """The catalog.

    `themed_layout(story_title=…, children=…)` returns the full HTML document in which a story is
    shown, in a frame of its own: the components' CSS applies to it, and the workshop's doesn't.
    Without a layout a story's document holds nothing but the story.

    `setup()` is called before any other `stories.py` is imported, once in each interpreter that
    builds: `setup=django.setup`. What it imports and opens concerns the whole catalog. If it
    raises, nothing is built.
    """

    title: str | None = None
    items: dict[str, Section | Subject] = field(default_factory=dict)
    themed_layout: Layout | None = None
    setup: Callable[[], object] | None = None
    name: str = field(default="", init=False)
    parent: None = field(default=None, init=False, repr=False, compare=False)
    path: str = field(default="", init=False, compare=False)


type Node = Site | Section | Subject | Story
type Group = Site | Section


def readable(name: str) -> str:
    """Return a folder's name as a title: "text_fields" gives "Text fields"."""
    words = re.sub(r"[_\-.\s]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def slugify(title: str) -> str:
    """Return a title as part of an address: letters and digits of any script, with hyphens.

    Letters keep their combining marks, such as the vowels of Hindi, Thai and Tamil.
    """
    folded = unicodedata.normalize("NFKC", title).casefold()
    words = re.sub(r"[\W_]+", _separator, unicodedata.normalize("NFKC", folded))
    return words.strip(SEPARATORS).encode()[:LONGEST_SLUG].decode(errors="ignore").strip(SEPARATORS)


def _separator(found: re.Match[str]) -> str:
    """Return the marks of the letter before; a hyphen for the rest."""
    rest = "".join(dropwhile(_is_mark, found[0]))
    marks = found[0][: len(found[0]) - len(rest)] if found.start() else ""
    return f"{marks}-" if rest else marks


def _is_mark(char: str) -> bool:
    r"""Return True for what belongs to the letter before it, which `\w` doesn't match."""
    return char in JOINERS or unicodedata.category(char).startswith("M")


def unique(slug: str, taken: set[str]) -> str:
    """Add the slug to those that are taken, with a number from 2 on if it is already; return it."""
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it, parents first, in the order of the catalog."""
    yield node
    match node:
        case Site() | Section():
            for child in node.items.values():
                yield from walk(child)
        case Subject():
            yield from node.items


def seat(parent: Group, name: str, node: Section | Subject) -> None:
    """Put a node, with everything that its author put below it, under `parent` as `name`.

    Raises StorytimeError if the place is taken, or if something below is of the wrong type.
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
    """Seat what the author put into a node's `items`. Raises StorytimeError as `seat` does."""
    _check_texts(node)
    if isinstance(node, Subject):
        _seat_stories(node)
        return
    kind = type(node).__name__
    items: Any = node.items
    if not isinstance(items, Mapping):
        expected = f"the items of a {kind} are a dict from names to Section or Subject"
        raise _error(node, f"{expected}, got {type(items).__name__}")
    for name, child in list(items.items()):
        if not isinstance(child, Section | Subject):
            got = f"{type(child).__name__} as {name!r}"
            raise _error(node, f"a {kind} holds Section and Subject, got {got}")
        if not isinstance(name, str) or not _is_name(name):
            raise _error(node, f"{name!r} can't be a name: expected letters, digits, _ and -")
        seat(node, name, child)


def _is_name(name: str) -> bool:
    letters = re.sub(r"[^\w-]", lambda found: "" if _is_mark(found[0]) else found[0], name)
    return re.fullmatch(r"[\w-]+", letters) is not None


def _seat_stories(subject: Subject) -> None:
    """Give a subject's stories their names, paths, titles and targets."""
    hint = "what holds sections or subjects is a Section"
    if not isinstance(subject.items, list | tuple):
        got = type(subject.items).__name__
        raise _error(subject, f"the items of a Subject are a list of Story, got {got}; {hint}")
    taken: set[str] = set()
    for index, story in enumerate(subject.items):
        if not isinstance(story, Story):
            got = f"{type(story).__name__} as item {index}"
            raise _error(subject, f"a Subject holds Story only, got {got}; {hint}")
        story.parent, story.path = subject, f"{subject.path}/story-{index}"
        _check_texts(story)
        if wrong := check_events(story.events) or check_responses(story.responses):
            raise _error(story, wrong)
        slug = slugify(story.name) or slugify(story.title or "") or f"story-{index}"
        story.name = unique(slug, taken)
        story.path = f"{subject.path}/{story.name}"
        story.title = story.title if story.title is not None else subject.title
        story.target = story.target if story.target is not None else subject.target
    if subject.controls != {}:
        from .control_specs import problem_of  # few subjects have any

        if problem := problem_of(subject):
            raise _error(subject, problem)


def _check_texts(node: Node) -> None:
    for what in ("title", "description", "name"):
        value = getattr(node, what, None)
        if value is not None and not isinstance(value, str):
            kind, got = type(node).__name__, type(value).__name__
            raise _error(node, f"the {what} of a {kind} is a str, got {got}")


def _error(node: Node, message: str) -> StorytimeError:
    return StorytimeError(f"{node.path or 'the site'}: {message}")
