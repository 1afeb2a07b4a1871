"""Parses rendered HTML into tokens and a tree of elements, for the formatter, checks and assets.

The tokens follow the HTML standard (https://html.spec.whatwg.org/#tokenization). Joined they are
the text again, character for character: the formatter keeps malformed markup as it is, and findings
show tags as their author wrote them. The tree closes elements where browsers imply an end tag or a
later one shows that they are over; it moves no misplaced element.

Why not a parser that exists? Every build parses every story, thousands of them. For a page of 28 kB
of examples/complete this takes 0.14 ms, the standard library's html.parser 0.28 ms (for events
only, with neither tree nor implied end tags), and justhtml, a complete parser, 0.52 ms and a tenth
of a second to import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, cached_property
from html import unescape


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEEPEST = 512
"""The greatest depth of the tree, as in browsers: deeper elements become siblings."""
VOID = names("area base br col embed hr img input link meta source track wbr param")
VERBATIM = names("iframe noembed noframes noscript script style textarea title xmp plaintext")
"""Elements that contain nothing but text, up to their own end tag."""
FOREIGN = names("svg math")
BACK_TO_HTML = names("foreignobject desc title mi mo mn ms mtext")
"""Elements of SVG and MathML that contain HTML."""
BREAKOUT = names(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li"
    " listing menu meta nobr ol p pre ruby s small span strike strong sub sup table tt u ul"
    " var"
)
"""HTML elements that end the SVG or MathML around them."""

CLOSED_BY: dict[str, frozenset[str]] = {
    "li": names("li"),
    "dt": names("dt dd"),
    "dd": names("dt dd"),
    "option": names("option optgroup"),
    "optgroup": names("optgroup"),
    "tr": names("tr tbody thead tfoot"),
    "td": names("td th tr tbody thead tfoot"),
    "th": names("td th tr tbody thead tfoot"),
    "thead": names("tbody tfoot"),
    "tbody": names("tbody tfoot"),
    "head": names("body"),
    "p": names(
        "address article aside blockquote details dialog div dl fieldset figcaption figure footer"
        " form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section table"
        " ul"
    ),
}
"""The start tags that imply the end tag of an open element."""
CLOSING: frozenset[str] = frozenset().union(*CLOSED_BY.values())
SCOPES = names("html table td th caption button template ul ol dl select svg math object marquee")
"""Elements that an implied end tag doesn't cross."""

NAME = r"[a-zA-Z][^\t\n\f\r />]*+"
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>|\Z))"""
_EQUALS = r"[\t\n\f\r ]*+=[\t\n\f\r ]*+"
ATTRIBUTES = (
    rf"(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+(?:{_EQUALS}{_VALUE}|(?!{_EQUALS})))*+"
)
# Unfinished constructs match up to the end of the text: no position is scanned twice.
_TOKEN = re.compile(
    rf"<(/?)({NAME})({ATTRIBUTES})(>|\Z)"
    r"|<!--(?:-?>|(?s:.*?)(?:--!?>|\Z))"
    r"|<(?:[!?]|/(?=[^a-zA-Z]))[^>]*+(?:>|\Z)"
)
_DATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)  # only in SVG and MathML
ATTRIBUTE = re.compile(
    r"([^\t\n\f\r />][^\t\n\f\r />=]*+)"
    rf"""(?:{_EQUALS}(?:"([^"]*+)(?:"|\Z)|'([^']*+)(?:'|\Z)"""
    r"""|([^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>|\Z))))?+"""
)


@cache
def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE)


class Kind(Enum):
    """The kinds of tokens. VERBATIM is text without markup, such as a script's; STRAY is an end tag
    of no open element."""

    START = 1
    END = 2
    STRAY = 3
    TEXT = 4
    VERBATIM = 5
    OTHER = 6


@dataclass(slots=True, eq=False)
class Token:
    """A piece of the text, and the element that a tag starts or ends, or that the text is in.

    An element without an end tag ends with a token without text.
    """

    kind: Kind
    raw: str
    element: Element


@dataclass(eq=False)
class Element:
    """An element with its children; `tag` is its start tag as written, `foreign` tells whether it
    belongs to SVG or MathML."""

    name: str
    tag: str
    raw_attributes: str
    parent: Element | None
    depth: int
    foreign: bool
    children: list[Element | str] = field(default_factory=list)

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The values by lower-case name, references decoded; of two with one name the first."""
        attributes: dict[str, str] = {}
        for name, *values in ATTRIBUTE.findall(self.raw_attributes):
            attributes.setdefault(name.lower(), unescape("".join(values)))
        return attributes

    def lineage(self) -> Iterator[Element]:
        """Yield the element and those around it, the nearest first; the last is the root."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent


@dataclass(slots=True, eq=False)
class ParsedMarkup:
    """A text as tokens and as a tree; `elements` has all of them in the order of the text.

    The `root` is an element without a name, around all others.
    """

    text: str
    tokens: list[Token] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    root: Element = field(default_factory=lambda: Element("", "", "", None, 0, foreign=False))


def parsed(markup: str | ParsedMarkup) -> ParsedMarkup:
    """Parse the markup unless it is parsed already."""
    return markup if isinstance(markup, ParsedMarkup) else parse_markup(str(markup))


def parse_markup(text: str) -> ParsedMarkup:
    """Parse any text as HTML. Never raises."""
    markup = ParsedMarkup(text)
    _Parser(markup).run()
    return markup


class _Parser:
    def __init__(self, markup: ParsedMarkup) -> None:
        self.markup = markup
        self.open = markup.root
        self.append = markup.tokens.append

    def run(self) -> None:
        text, place = self.markup.text, 0
        while found := _TOKEN.search(text, place):
            raw, close, name, attributes, end = found.group(0, 1, 2, 3, 4)
            start = found.start()
            if start > place:
                self._text(text[place:start])
            place = found.end()
            if close and end:
                self._end(name.lower(), raw)
            elif end:
                self._start(name.lower(), raw, attributes)
                if self.open.name in VERBATIM and not self.open.foreign:
                    place = self._verbatim(place)
            elif self.open.foreign and (data := _DATA.match(text, start)):
                self.append(Token(Kind.OTHER, data[0], self.open))
                self.open.children.append(data[1])
                place = data.end()
            else:
                self.append(Token(Kind.OTHER, raw, self.open))
        if place < len(text):
            self._text(text[place:])
        self._close(self.markup.root)

    def _text(self, raw: str) -> None:
        self.append(Token(Kind.TEXT, raw, self.open))
        self.open.children.append(unescape(raw))

    def _verbatim(self, place: int) -> int:
        """Read the text up to the end tag of the open element; return its end."""
        text, name = self.markup.text, self.open.name
        found = None if name == "plaintext" else _end_tag(name).search(text, place)
        raw = text[place : found.start() if found else None]
        if raw:
            self.append(Token(Kind.VERBATIM, raw, self.open))
            self.open.children.append(unescape(raw) if name in ("textarea", "title") else raw)
        return place + len(raw)

    def _start(self, name: str, raw: str, attributes: str) -> None:
        if name in CLOSING or self.open.foreign:
            self._close_implied(name)
        around = self.open
        foreign = name in FOREIGN or (around.foreign and around.name not in BACK_TO_HTML)
        element = Element(name, raw, attributes, around, around.depth + 1, foreign)
        around.children.append(element)
        self.markup.elements.append(element)
        self.append(Token(Kind.START, raw, element))
        self.open = element
        is_empty = raw[-2] == "/" if foreign else name in VOID
        if is_empty or (element.depth > DEEPEST and name not in VERBATIM):
            self._close(element)

    def _close_implied(self, name: str) -> None:
        """Close the open elements that a start tag of this name ends."""
        for element in self.open.lineage():
            if element.foreign and element.name not in BACK_TO_HTML:
                if name not in BREAKOUT:
                    return
                self._close(element)
            elif name in CLOSED_BY.get(element.name, ()):
                self._close(element)
            elif element.foreign or element.name in SCOPES:
                return

    def _end(self, name: str, raw: str) -> None:
        element = self.open
        while element.parent:
            if element.name == name:
                self._close(element, raw)
                return
            element = element.parent
        self.append(Token(Kind.STRAY, raw, self.open))

    def _close(self, element: Element, end_tag: str = "") -> None:
        """Close an open element and those in it, which have no end tags."""
        inner = self.open
        while inner is not element and inner.parent:
            self.append(Token(Kind.END, "", inner))
            inner = inner.parent
        self.append(Token(Kind.END, end_tag, element))
        self.open = element.parent or element
