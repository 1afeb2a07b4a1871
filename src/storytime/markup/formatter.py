"""Indents HTML for people to read, without changing what it means.

Only whitespace is changed: next to the tags of block elements, where it means nothing, and between
words, where there was some. Tags, references, comments and malformed markup stay as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .parser import VOID, Element, Kind, ParsedMarkup, Token, names, parsed

INDENT = "  "
WIDTH = 100
"""The longest line, in characters, that an element with its content or filled text may take."""

BLOCKS = names(
    "address article aside base blockquote body caption center col colgroup dd details dialog dir"
    " div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header"
    " hgroup hr html legend li listing main menu nav ol optgroup option p pre search section"
    " summary table tbody td tfoot th thead tr ul"
)
"""Elements next to whose tags whitespace means nothing."""
UNSEEN = names("link meta script style template title")
"""Elements that show nothing: one that starts a line gets a line of its own."""
TRIMMED = names("button select")
"""Inline elements that show no whitespace at the ends of their content."""
KEPT = names("pre listing")
FOREIGN_KEPT = names("style script")
FOREIGN_INLINE = names("a tspan textpath")

_SPACES = re.compile(r"[\t\n\f\r ]+")


def format_html(markup: str | ParsedMarkup) -> str:
    """Return the markup indented, without a final newline."""
    return _Layout().lay_out(parsed(markup).tokens)


def is_block(element: Element) -> bool:
    """Return True if whitespace next to the element's tags means nothing."""
    if not element.foreign:
        return element.name in BLOCKS
    parent = element.parent  # the outermost <svg> is inline, like an image
    return parent is not None and parent.foreign and element.name not in FOREIGN_INLINE


def is_kept(element: Element) -> bool:
    """Return True if all whitespace in the element has to stay."""
    names = FOREIGN_KEPT if element.foreign else KEPT
    return element.name in names or "white-space" in element.tag


@dataclass(slots=True, eq=False)
class _Line:
    text: str
    depth: int
    is_text: bool


@dataclass(slots=True, eq=False)
class _Level:
    """An open element whose content is indented; its start tag is in the line `first`."""

    element: Element
    first: int


class _Layout:
    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self.levels: list[_Level] = []
        self.indented: set[Element] = set()  # the elements of the levels
        self.parts: list[str] = []  # of the current line; those that begin with "<" stay whole
        self.kept: Element | None = None  # the open element whose content stays as it is
        self.alone: Element | None = None  # the open element of UNSEEN that started the line
        self.trimming = False

    def lay_out(self, tokens: list[Token]) -> str:
        for token in tokens:
            kind = token.kind
            if self.kept is not None and self._keep(token, self.kept):
                continue
            if kind is Kind.TEXT:
                self._text(token.raw)
                continue
            self.trimming = False
            if kind is Kind.START:
                assert token.element is not None
                self._start(token.element, token.raw)
            elif kind is Kind.END:
                self._end(token.element, token.raw)
            elif kind is Kind.VERBATIM:
                self.parts[-1] += token.raw
            else:
                self.parts.append(token.raw)
                if len(self.parts) == 1:
                    self._break(is_text=False)
        self._break()
        self._leave(0)
        return "\n".join([INDENT * line.depth + line.text for line in self.lines])

    def _text(self, raw: str) -> None:
        text = _SPACES.sub(" ", raw)
        if self.trimming or not self.parts:
            text = text.removeprefix(" ")
            self.trimming = self.trimming and not text
        if text:
            self.parts.append(text)

    def _start(self, element: Element, raw: str) -> None:
        block = is_block(element)
        if block:
            self._break()
            self._indent_within(element.parent)
        elif element.name in UNSEEN and not self.parts:
            self.alone = element
        self.parts.append(raw)
        is_empty = raw.endswith("/>") if element.foreign else element.name in VOID
        if is_empty:
            if block or self.alone is element:
                self._break(is_text=False)
        elif is_kept(element):
            self.kept = element
        elif block:
            self._break(is_text=False)
            self._indent(element)
        else:
            self.trimming = element.name in TRIMMED

    def _end(self, element: Element | None, raw: str) -> None:
        if element is None:  # a stray end tag
            self.parts.append(raw)
        elif element in self.indented:
            self._break()
            while self.levels[-1].element is not element:
                self._leave(len(self.levels) - 1)
            level = self.levels.pop()
            self.indented.discard(element)
            if not is_block(element):
                self.parts.append(raw)
            elif not self._join(level, raw):
                self.lines.append(_Line(raw, len(self.levels), is_text=False))
        else:
            if element.name in TRIMMED:
                self._trim()
            self.parts.append(raw)
            if self.alone is element:
                self._break(is_text=False)

    def _keep(self, token: Token, kept: Element) -> bool:
        """Append a token as it is; return False if it shows that `kept` is over."""
        element = token.element
        if element is not None and element is not kept and kept not in element.ancestors():
            self._release(kept)
            return False
        self.parts[-1] += token.raw
        if token.kind is Kind.END and element is kept:
            self._release(kept)
        return True

    def _release(self, kept: Element) -> None:
        self.kept = None
        if is_block(kept):
            self._break(is_text=False)

    def _indent_within(self, parent: Element | None) -> None:
        """Open a level for each element up to `parent`, and close those of others."""
        missing = []
        while parent is not None and parent not in self.indented:
            missing.append(parent)
            parent = parent.parent
        while self.levels and self.levels[-1].element is not parent:
            self._leave(len(self.levels) - 1)
        for element in reversed(missing):
            self._indent(element)

    def _indent(self, element: Element) -> None:
        self.levels.append(_Level(element, len(self.lines) - 1))
        self.indented.add(element)

    def _leave(self, depth: int) -> None:
        """Close the levels from `depth` on, whose elements have no end tag."""
        while len(self.levels) > depth:
            level = self.levels.pop()
            self.indented.discard(level.element)
            if is_block(level.element):
                self._join(level, "")

    def _join(self, level: _Level, end: str) -> bool:
        """Put an element with at most one line of text on one line, if it fits."""
        first, inside = self.lines[level.first], self.lines[level.first + 1 :]
        if len(inside) > 1 or not all(line.is_text for line in inside):
            return False
        text = first.text + "".join([line.text for line in inside]) + end
        if len(text) + len(INDENT) * first.depth > WIDTH or "\n" in text:
            return False
        self.lines[level.first :] = [_Line(text, first.depth, is_text=False)]
        return True

    def _trim(self) -> None:
        if self.parts and not self.parts[-1].startswith("<"):
            self.parts[-1] = self.parts[-1].removesuffix(" ")

    def _break(self, *, is_text: bool = True) -> None:
        """End the current line."""
        self.alone = None
        self._trim()
        line = "".join(self.parts)
        if line:
            depth = len(self.levels)
            room = WIDTH - len(INDENT) * depth
            for text in [line] if len(line) <= room else _filled(self.parts, room):
                self.lines.append(_Line(text, depth, is_text))
        self.parts.clear()


def _filled(parts: list[str], room: int) -> list[str]:
    """Break the parts at the spaces of their text into lines of at most `room` characters."""
    words = [""]
    for part in parts:
        first, *further = [part] if part.startswith("<") else part.split(" ")
        words[-1] += first
        words += further
    lines = [words[0]]
    for word in words[1:]:
        if lines[-1] and len(lines[-1]) + len(word) >= room:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines
