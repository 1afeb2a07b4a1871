"""A Python source file: its text, its tree, and the places of nodes in the text."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from itertools import accumulate
from typing import Any

from .._compat import parsable

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class SourceText:
    """The text of a source file, without a byte order mark.

    Raises SyntaxError or UnicodeError if the bytes are no Python source.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        self.text = data.decode(self.encoding)
        self.tree = ast.parse(parsable(self.text))
        self._lines = LINE.findall(self.text)
        self._starts = list(accumulate(map(len, self._lines), initial=0))

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node starts and ends in the text."""
        start = self.offset((node.lineno, node.col_offset))
        return start, self.offset((node.end_lineno, node.end_col_offset))

    def offset(self, place: tuple[int, int]) -> int:
        """Return the offset of a line, from 1, and a column in bytes of UTF-8, as `ast` counts."""
        line, column = place
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return self._starts[line - 1] + len(text.encode()[:column].decode(errors="ignore"))

    def segment(self, node: ast.AST) -> str:
        """Return the text of a node, whose lines end in line feeds."""
        start, end = self.span(node)
        return re.sub(r"\r\n?", "\n", self.text[start:end])

    def end_of_line(self, offset: int) -> int:
        """Return the offset at which the line ends, before its line ending."""
        found = re.compile(r"[^\r\n]*").match(self.text, offset)
        return found.end() if found else offset

    def newline(self, offset: int) -> str:
        """Return how the line ends that has the offset, or else the file's first line."""
        found = re.compile(r"\r\n|\r|\n").search(self.text, offset)
        return found[0] if found else (re.findall(r"\r\n|\r|\n", self.text) or ["\n"])[0]

    def indentation(self, offset: int) -> str:
        """Return the whitespace that the offset's line begins with."""
        start = max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1
        found = re.compile(r"[ \t\f]*").match(self.text, start)
        return found[0] if found else ""
