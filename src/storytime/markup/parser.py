"""Rendered HTML as tokens and as a tree of elements: what formatting, checks and assets look at.

The tokens follow the tokenizer of the HTML standard (https://html.spec.whatwg.org/#tokenization),
and together they are the text again, character for character: whatever is malformed is kept as it
stands. The tree closes elements as browsers do where their end tags may be left out, and where a
later end tag shows that they are over; it moves nothing that is misplaced.

This is our own because each of 3,000 stories goes through it at every build: a whole HTML parser
in Python takes several times as long for a story, and a tenth of a second to import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from html import unescape


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEEPEST = 512
"""Elements in elements, as in browsers: what is nested deeper stands beside the last of them."""
CDATA = "<![CDATA["
VOID = names("area base br col embed hr img input link meta source track wbr param")
VERBATIM = names("iframe noembed noframes noscript script style textarea title xmp plaintext")
"""Elements that hold text only, up to their own end tag."""
FOREIGN = names("svg math")
BACK_TO_HTML = names("foreignobject desc title mi mo mn ms mtext")
"""Elements of SVG and MathML in which HTML stands again."""
BREAKOUT = names(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li"
    " listing menu meta nobr ol p pre ruby s small span strike strong sub sup table tt u ul"
    " var"
)
"""Elements of HTML that end the SVG or MathML in which they stand."""

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
"""The start tags that end an element whose end tag was left out."""
CLOSING: frozenset[str] = frozenset().union(*CLOSED_BY.values())
SCOPES = names("html table td th caption button template ul ol dl select svg math object marquee")
"""Elements that such a start tag inside of them doesn't reach beyond."""

_NAME = r"[a-zA-Z][^\t\n\f\r />]*+"
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>|\Z))"""
_EQUALS = r"[\t\n\f\r ]*+=[\t\n\f\r ]*+"
_ATTRIBUTES = (
    rf"(?:[\t\n\f\r /]++|[^\t\n\f\r />][^\t\n\f\r />=]*+(?:{_EQUALS}{_VALUE}|(?!{_EQUALS})))*+"
)
# What breaks off at the end of the text is matched as well: each place is looked at only once.
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
    """What a token is. VERBATIM is text in which nothing is markup, such as a script's."""

    START = 1
    END = 2
    TEXT = 3
    VERBATIM = 4
    OTHER = 5


class Token:
    """A piece of the text. `element` is the one that a tag begins or ends, or that text is in."""

    __slots__ = ("element", "kind", "raw")

    def __init__(self, kind: Kind, raw: str, element: Element | None) -> None:
        self.kind = kind
        self.raw = raw
        self.element = element


class Element:
    """An element and what it holds; `tag` is its start tag as it stands in the text."""

    __slots__ = (
        "_attributes", "children", "depth", "foreign", "name", "parent", "raw_attributes", "tag"
    )  # fmt: skip

    def __init__(
        self, name: str, tag: str, raw_attributes: str, parent: Element | None, foreign: bool
    ) -> None:
        self.name = name
        self.tag = tag
        self.raw_attributes = raw_attributes
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.foreign = foreign
        self.children: list[Element | str] = []
        self._attributes: dict[str, str] | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes' values, references replaced, by lower-case name; the first counts."""
        if self._attributes is None:
            self._attributes = {}
            if self.raw_attributes:
                for name, *values in ATTRIBUTE.findall(self.raw_attributes):
                    value = values[0] or values[1] or values[2]
                    value = unescape(value) if "&" in value else value
                    self._attributes.setdefault(name.lower(), value)
        return self._attributes

    def ancestors(self) -> Iterator[Element]:
        """The elements around this one, the nearest first."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def elements(self) -> Iterator[Element]:
        """All elements in this one, in the order of the text."""
        waiting = [iter(self.children)]
        while waiting:
            for child in waiting[-1]:
                if isinstance(child, Element):
                    yield child
                    waiting.append(iter(child.children))
                    break
            else:
                waiting.pop()


class ParsedMarkup:
    """One text of HTML: its `tokens`, and its `elements` in the order of their start tags.

    `text` is the text itself, `children` what stands in no element.
    """

    __slots__ = ("children", "elements", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.elements: list[Element] = []
        self.children: list[Element | str] = []


def parse_markup(text: str) -> ParsedMarkup:
    """Reads any text as HTML; never raises."""
    parsed = ParsedMarkup(text)
    _Parser(parsed).run()
    return parsed


def parsed(markup: str | ParsedMarkup) -> ParsedMarkup:
    """The markup parsed, unless it is already."""
    return markup if isinstance(markup, ParsedMarkup) else parse_markup(str(markup))


class _Parser:
    def __init__(self, markup: ParsedMarkup) -> None:
        self.markup = markup
        self.open: Element | None = None
        self.children = markup.children
        """What stands in the open element so far."""

    def run(self) -> None:
        place: int | None = 0
        while place is not None:
            place = self._tokens_from(place)

    def _tokens_from(self, place: int) -> int | None:
        """Reads on to where the pattern of tokens does not hold; the place behind that, if any."""
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
        """Takes a CDATA section, which there is in SVG and MathML only; its end."""
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
        element = Element(name, raw, attributes, around, foreign)
        self.children.append(element)
        self.markup.elements.append(element)
        self.markup.tokens.append(Token(Kind.START, raw, element))
        is_empty = raw[-2] == "/" if foreign else name in VOID
        if not is_empty and element.depth < DEEPEST:
            self.open, self.children = element, element.children
        return element

    def _close_implied(self, name: str) -> None:
        """Ends the open elements that end where one of this name begins."""
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
        """Takes the text up to the element's own end tag, whatever it looks like; its end."""
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
