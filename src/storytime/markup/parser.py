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
from html import unescape


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEEPEST = 512
"""The greatest depth of the tree, as in browsers: deeper elements become siblings."""
CDATA = "<![CDATA["
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

_NAME = r"[a-zA-Z][^\t\n\f\r />]*+"
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>|\Z))"""
_EQUALS = r"[\t\n\f\r ]*+=[\t\n\f\r ]*+"
_ATTRIBUTES = (
    rf"(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+(?:{_EQUALS}{_VALUE}|(?!{_EQUALS})))*+"
)
# Unfinished constructs match up to the end of the text: no position is scanned twice.
_TOKEN = re.compile(
    rf"<(/?)({_NAME})({_ATTRIBUTES})(>|\Z)"
    r"|<!--(?:-?>|(?s:.*?)(?:--!?>|\Z))"
    r"|<(?:[!?]|/(?=[^a-zA-Z]))[^>]*+(?:>|\Z)"
)
ATTRIBUTE = re.compile(
    r"([^\t\n\f\r />][^\t\n\f\r />=]*+)"
    rf"""(?:{_EQUALS}(?:"([^"]*+)(?:"|\Z)|'([^']*+)(?:'|\Z)"""
    r"""|([^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>|\Z))))?+"""
)


class Kind(Enum):
    """The kinds of tokens. VERBATIM is text without markup, such as a script's."""

    START = 1
    END = 2
    TEXT = 3
    VERBATIM = 4
    OTHER = 5


@dataclass(slots=True, eq=False)
class Token:
    """A piece of the text, and the element that a tag starts or ends, or that the text is in."""

    kind: Kind
    raw: str
    element: Element | None


@dataclass(slots=True, eq=False)
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
    _attributes: dict[str, str] | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """The values by lower-case name, references decoded; of two with one name the first."""
        if self._attributes is None:
            self._attributes = {}
            if self.raw_attributes:
                for name, *values in ATTRIBUTE.findall(self.raw_attributes):
                    value = values[0] or values[1] or values[2]
                    value = unescape(value) if "&" in value else value
                    self._attributes.setdefault(name.lower(), value)
        return self._attributes

    def ancestors(self) -> Iterator[Element]:
        """Yield the elements around this one, the nearest first."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def elements(self) -> Iterator[Element]:
        """Yield all elements in this one, in the order of the text."""
        waiting = self.children[::-1]
        while waiting:
            child = waiting.pop()
            if isinstance(child, Element):
                yield child
                waiting += reversed(child.children)


@dataclass(slots=True, eq=False)
class ParsedMarkup:
    """A text as tokens and as a tree; `elements` has all of them in the order of the text."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    children: list[Element | str] = field(default_factory=list)


def parse_markup(text: str) -> ParsedMarkup:
    """Parse any text as HTML. Never raises."""
    parsed = ParsedMarkup(text)
    _Parser(parsed).run()
    return parsed


def parsed(markup: str | ParsedMarkup) -> ParsedMarkup:
    """Parse the markup unless it is parsed already."""
    return markup if isinstance(markup, ParsedMarkup) else parse_markup(str(markup))


class _Parser:
    def __init__(self, markup: ParsedMarkup) -> None:
        self.markup = markup
        self.open: Element | None = None
        self.children = markup.children  # of the open element

    def run(self) -> None:
        place: int | None = 0
        while place is not None:
            place = self._tokens_from(place)

    def _tokens_from(self, place: int) -> int | None:
        """Read tokens up to text in which they mean nothing; return where that ends, if any."""
        text, append = self.markup.text, self.markup.tokens.append
        for found in _TOKEN.finditer(text, place):
            raw, close, name, attributes, end = found.group(0, 1, 2, 3, 4)
            start = found.start()
            if start > place:
                self._text(text[place:start])
            place = start + len(raw)
            if not end:
                if raw.startswith(CDATA) and self.open is not None and self.open.foreign:
                    return self._data(start)
                append(Token(Kind.OTHER, raw, self.open))
            elif close:
                self._end(name.lower(), raw)
            else:
                element = self._start(name.lower(), raw, attributes)
                if element.name in VERBATIM and not element.foreign:
                    return self._verbatim(element, place)
        if place < len(text):
            self._text(text[place:])
        return None

    def _text(self, raw: str) -> None:
        self.markup.tokens.append(Token(Kind.TEXT, raw, self.open))
        self.children.append(unescape(raw) if "&" in raw else raw)

    def _data(self, start: int) -> int:
        """Read a CDATA section, which only SVG and MathML have; return its end."""
        text = self.markup.text
        end = text.find("]]>", start)
        stop = len(text) if end < 0 else end + 3
        self.markup.tokens.append(Token(Kind.OTHER, text[start:stop], self.open))
        self.children.append(text[start + len(CDATA) : stop].removesuffix("]]>"))
        return stop

    def _start(self, name: str, raw: str, attributes: str) -> Element:
        around = self.open
        if around is not None and (name in CLOSING or around.foreign):
            self._close_implied(name)
            around = self.open
        foreign = name in FOREIGN or (
            around is not None and around.foreign and around.name not in BACK_TO_HTML
        )
        depth = 0 if around is None else around.depth + 1
        element = Element(name, raw, attributes, around, depth, foreign)
        self.children.append(element)
        self.markup.elements.append(element)
        self.markup.tokens.append(Token(Kind.START, raw, element))
        is_empty = raw[-2] == "/" if foreign else name in VOID
        if not is_empty and element.depth < DEEPEST:
            self.open, self.children = element, element.children
        return element

    def _close_implied(self, name: str) -> None:
        """Close the open elements that a start tag of this name ends."""
        element = self.open
        while element is not None and element.foreign and element.name not in BACK_TO_HTML:
            if name not in BREAKOUT:
                return
            element = element.parent
        self._enter(element)
        while element is not None:
            if name in CLOSED_BY.get(element.name, ()):
                self._enter(element.parent)
            elif element.name in SCOPES:
                break
            element = element.parent

    def _end(self, name: str, raw: str) -> None:
        element = self.open
        while element is not None and element.name != name:
            element = element.parent
        self.markup.tokens.append(Token(Kind.END, raw, element))
        if element is not None:
            self._enter(element.parent)

    def _verbatim(self, element: Element, place: int) -> int:
        """Read the text up to the element's own end tag; return its end."""
        text = self.markup.text
        if element.name == "plaintext":
            stop = len(text)
        else:
            end = re.compile(rf"</{element.name}(?=[\t\n\f\r />])", re.IGNORECASE)
            stop = found.start() if (found := end.search(text, place)) else len(text)
        raw = text[place:stop]
        if raw:
            self.markup.tokens.append(Token(Kind.VERBATIM, raw, element))
            decoded = element.name in ("textarea", "title") and "&" in raw
            element.children.append(unescape(raw) if decoded else raw)
        return stop

    def _enter(self, element: Element | None) -> None:
        self.open = element
        self.children = self.markup.children if element is None else element.children
