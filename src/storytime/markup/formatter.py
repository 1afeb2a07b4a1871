"""Rendered HTML laid out for people to read.

Nothing is changed but whitespace, and that only where it has no meaning or where there was some:
lines break beside the tags of elements that stand on lines of their own in the browser as well,
and between words. Tags, references and comments stay as they are, so does what is malformed.
"""

from __future__ import annotations

import re

from .parser import VOID, Element, Kind, ParsedMarkup, Token, names, parsed

INDENT = "  "
WIDTH = 100
"""Characters up to which an element with its content stands on one line, and text is filled."""

BLOCKS = names(
    "address article aside base blockquote body caption center col colgroup dd details dialog dir"
    " div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header"
    " hgroup hr html legend li listing main menu nav ol optgroup option p pre search section"
    " summary table tbody td tfoot th thead tr ul"
)
"""Elements beside whose tags whitespace has no meaning."""
UNSEEN = names("link meta script style template title")
"""Elements that show nothing: at the start of a line they have it to themselves."""
TRIMMED = names("button select")
"""Elements that stand in a line, but show no whitespace at the ends of their content."""
KEPT = names("pre listing")
FOREIGN_KEPT = names("style script")
FOREIGN_INLINE = names("a tspan textpath")

_SPACES = re.compile(r"[\t\n\f\r ]+")


def format_html(markup: str | ParsedMarkup) -> str:
    """The markup indented, without a newline at its end; what `parse_markup` gave will do, too."""
    return _Layout().lay_out(parsed(markup).tokens)


def is_block(element: Element) -> bool:
    """Whether whitespace beside the element's tags has no meaning."""
    if not element.foreign:
        return element.name in BLOCKS
    parent = element.parent  # the outermost of a drawing stands in a line, like a picture
    return parent is not None and parent.foreign and element.name not in FOREIGN_INLINE


def is_kept(element: Element) -> bool:
    """Whether all whitespace in the element has a meaning (to its author, in a drawing's style)."""
    names = FOREIGN_KEPT if element.foreign else KEPT
    return element.name in names or "white-space" in element.tag


class _Line:
    __slots__ = ("depth", "is_text", "text")

    def __init__(self, text: str, depth: int, is_text: bool) -> None:
        self.text = text
        self.depth = depth
        self.is_text = is_text


class _Level:
    """An open element in which lines are indented; its start tag is in the line `first`."""

    __slots__ = ("element", "first")

    def __init__(self, element: Element, first: int) -> None:
        self.element = element
        self.first = first


class _Layout:
    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self.levels: list[_Level] = []
        self.indented: set[Element] = set()
        """The elements of the levels."""
        self.parts: list[str] = []
        """The line under construction. What begins with "<" is never broken nor trimmed."""
        self.kept: Element | None = None
        """The open element whose content is not touched."""
        self.alone: Element | None = None
        """The open element that shows nothing and has the line to itself."""
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
        if element is None:  # it ends nothing here
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
        """Takes a token as it stands, unless it shows that the element kept is over."""
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
        """Has the next line stand within `parent`: a level for each element around it."""
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
        """Ends the levels from `depth` on, whose elements have no end tag."""
        while len(self.levels) > depth:
            level = self.levels.pop()
            self.indented.discard(level.element)
            if is_block(level.element):
                self._join(level, "")

    def _join(self, level: _Level, end: str) -> bool:
        """Makes one line of an element that holds at most one line of text, where it fits."""
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
        """Ends the line under construction."""
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
    """The parts as lines of at most `room` characters, broken at the spaces of their text."""
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
