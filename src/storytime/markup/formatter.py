"""Indents HTML for people to read, without changing what it means.

Only whitespace is changed: next to the tags of block elements, where it means nothing, and between
words, where there was some. Tags, references, comments and malformed markup stay as written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .parser import Element, Kind, ParsedMarkup, Token, names, parsed

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
    markup = parsed(markup)
    return _Layout(markup.root).lay_out(markup.tokens)


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


class _Line(NamedTuple):
    text: str
    depth: int
    is_text: bool


class _Layout:
    def __init__(self, root: Element) -> None:
        self.lines: list[_Line] = []
        # The open elements whose content is indented, and the indexes of their start tags' lines.
        self.levels = {root: 0}
        self.parts: list[str] = []  # of the current line; those that begin with "<" stay whole
        self.kept: Element | None = None  # the open element whose content stays as it is
        self.alone: Element | None = None  # the open element of UNSEEN that started the line

    def lay_out(self, tokens: list[Token]) -> str:
        for token in tokens:
            kind, raw, element = token.kind, token.raw, token.element
            if self.kept is not None or kind is Kind.VERBATIM:
                self.parts[-1] += raw
                if kind is Kind.END and element is self.kept:
                    self.kept = None
                    if is_block(element):
                        self._break(is_text=False)
            elif kind is Kind.TEXT:
                self._text(element, raw)
            elif kind is Kind.START:
                self._start(element, raw)
            elif kind is Kind.END:
                self._end(element, raw)
            else:
                self.parts.append(raw)
                if kind is Kind.OTHER and len(self.parts) == 1:
                    self._break(is_text=False)
        return "\n".join([INDENT * line.depth + line.text for line in self.lines])

    def _text(self, element: Element, raw: str) -> None:
        text = _SPACES.sub(" ", raw)
        if not self.parts or (element.name in TRIMMED and self.parts[-1] is element.tag):
            text = text.removeprefix(" ")
        if text:
            self.parts.append(text)

    def _start(self, element: Element, raw: str) -> None:
        block = is_block(element)
        if block:
            self._break()
            around = element.parent
            while around and around not in self.levels:
                self.levels[around] = 0  # an inline element: nothing reads its line
                around = around.parent
        elif element.name in UNSEEN and not self.parts:
            self.alone = element
        self.parts.append(raw)
        if is_kept(element):
            self.kept = element
        elif block:
            self._break(is_text=False)
            self.levels[element] = len(self.lines) - 1

    def _end(self, element: Element, raw: str) -> None:
        if element in self.levels:
            self._break()
            first = self.levels.pop(element)
            if is_block(element):
                self._end_block(first, raw)
                return
        elif element.name in TRIMMED:
            self._trim()
        if raw:
            self.parts.append(raw)
        if self.alone is element:
            self._break(is_text=False)

    def _end_block(self, first: int, end_tag: str) -> None:
        """Put a block with at most one line of text on one line, if it fits."""
        start, *inside = self.lines[first : first + 3]
        text = start.text + "".join([line.text for line in inside]) + end_tag
        is_short = len(text) + len(INDENT) * start.depth <= WIDTH and "\n" not in text
        if is_short and len(inside) < 2 and all(line.is_text for line in inside):
            self.lines[first:] = [_Line(text, start.depth, is_text=False)]
        elif end_tag:
            self.lines.append(_Line(end_tag, start.depth, is_text=False))

    def _trim(self) -> None:
        if self.parts and not self.parts[-1].startswith("<"):
            self.parts[-1] = self.parts[-1].removesuffix(" ")

    def _break(self, *, is_text: bool = True) -> None:
        """End the current line."""
        self.alone = None
        self._trim()
        if line := "".join(self.parts):
            depth = len(self.levels) - 1
            room = WIDTH - len(INDENT) * depth
            for text in [line] if len(line) <= room else filter(None, _filled(self.parts, room)):
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
