"""Finds the source of a story and of its component, as its author wrote it.

Nothing is imported, and an author's object is asked only for the position of its code: a story
knows the calls that made it (`Story.origin`), and Python keeps the columns of each call.
"""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import decode_source
from itertools import chain
from pathlib import Path
from textwrap import dedent
from types import MethodType
from typing import Any, NamedTuple

from .._compat import parsable
from ..catalog.model import Story, Subject
from ..catalog.signatures import written_function
from ..catalog.tree_reader import STORIES
from ..project._cpython import INSTRUCTION
from ..project.files import is_project_file
from ..ring.text import printable
from .values import by_identity, contained, shortened_lines

LOOPS = {ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp}
DEFINITIONS = {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}


@dataclass(frozen=True)
class SourceExcerpt:
    """A piece of a file: its lines from `first` to `last`, counted from 1, without indentation.

    `file` is a POSIX path relative to the folder from which the catalog's package is imported.
    """

    file: str
    first: int
    last: int
    text: str


class _Span(NamedTuple):
    """A place in a file: lines from 1 and columns in bytes of UTF-8, as `ast` counts."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]


class SourceFiles:
    """The source files of one build, each read at most once; `base` as in SourceExcerpt."""

    def __init__(self, base: Path) -> None:
        self._name = cache(lambda file: printable(Path(os.path.relpath(file, base)).as_posix()))
        self._lines = cache(_read_lines)
        self._tree = cache(lambda file: _parse(b"".join(self._lines(file))))
        self._positions: Any = by_identity(lambda code: list(code.co_positions()))
        self.calls = by_identity(self._find_calls)
        self._uses = by_identity(self._count_uses)
        self.component_source = by_identity(self._find_component)

    def story_source(self, story: Story) -> SourceExcerpt | None:
        """Return the expression that made a story, in its `stories.py`; None if unknown.

        That is the call of Story, or of a helper that made no other story of the subject. If each
        call made several, it is the loop around one.
        """
        calls = self.calls(story)
        if not calls:
            return None
        uses = self._uses(story.parent) if story.parent else Counter()
        span = next((span for span in calls if uses[span] <= 1), None)
        loops = filter(None, map(self._loop_around, calls))
        return self._excerpt(span or next(loops, calls[-1]))

    def _find_calls(self, story: Story) -> list[_Span]:
        """Return the calls in the story's `stories.py` that made it, the innermost first."""
        files = [code.co_filename for code, _ in reversed(story.origin)]
        stories = (file for file in files if file.endswith(f"{os.sep}{STORIES}"))
        own = next(chain(stories, filter(is_project_file, files)), "")
        found: list[_Span] = []
        for code, offset in story.origin:
            at = offset // INSTRUCTION
            match self._positions(code)[at : at + 1] if code.co_filename == own else ():
                case [(int(line), int(end_line), int(column), int(end_column))]:
                    found.append(_Span(own, (line, column), (end_line, end_column)))
        return found

    def _count_uses(self, subject: Subject) -> Counter[_Span]:
        """Count the subject's stories that each call has made."""
        return Counter(span for story in subject.items for span in set(self.calls(story)))

    def _loop_around(self, span: _Span) -> _Span | None:
        """Return the innermost loop or comprehension around a call."""
        found = None
        for node in _nodes_at(span.start[0], self._tree(span.file)):
            if type(node) in LOOPS:
                start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
                if start <= span.start and span.end <= end:
                    found = _Span(span.file, start, end)
        return found

    def _excerpt(self, span: _Span) -> SourceExcerpt | None:
        """Return the text of a place; None if the file has no such place (any more)."""
        (first, column), (last, end_column) = span.start, span.end
        lines = self._lines(span.file)[first - 1 : last]
        if len(lines) != last - first + 1:
            return None
        lines[-1] = lines[-1][:end_column]
        before = lines[0][:column]
        lines[0] = before[: len(before) - len(before.lstrip())] + lines[0][column:]
        return self._made(span.file, first, lines)

    def _made(self, file: str, first: int, lines: list[bytes]) -> SourceExcerpt:
        text = b"".join(lines).decode(errors="ignore")
        text = printable((dedent(text) if lines[1:] else text.lstrip(" \t")).rstrip())
        last = first + len(lines) - 1
        return SourceExcerpt(self._name(file), first, last, shortened_lines(text))

    def _find_component(self, target: object) -> SourceExcerpt | None:
        """Return a component's whole definition with its decorators; None if it isn't Python."""
        file, first = contained(lambda: _position(target), ("", 0))
        for node in _nodes_at(first, self._tree(file)):
            if type(node) in DEFINITIONS and _first_line(node) == first:
                return self._made(file, first, self._lines(file)[first - 1 : node.end_lineno])
        return None


def _read_lines(file: str) -> list[bytes]:
    """Return the file's lines in UTF-8; none if it can't be read."""
    try:
        return decode_source(Path(file).read_bytes()).encode().splitlines(keepends=True)
    except (OSError, SyntaxError, ValueError):
        return []


def _parse(source: bytes) -> ast.Module:
    """Return the tree of a source file; an empty one if it has another content by now."""
    try:
        return ast.parse(parsable(source.decode()))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _nodes_at(line: int, node: ast.AST) -> Iterator[Any]:
    """Yield the nodes below one that cover a line, the outer before the inner."""
    for child in ast.iter_child_nodes(node):
        if _first_line(child) <= line <= getattr(child, "end_lineno", line):
            yield child
            yield from _nodes_at(line, child)


def _first_line(node: ast.AST) -> int:
    starts = [node, *getattr(node, "decorator_list", ())]
    return min(getattr(each, "lineno", 0) for each in starts)  # not all have lines


def _position(target: Any) -> tuple[str, int]:
    """Return a definition's file and first line; 0 if it has none."""
    while issubclass(type(target), partial):  # isinstance asks the object, which may raise
        target = target.func
    if issubclass(type(target), MethodType):
        target = target.__func__
    if function := written_function(target):
        return function.__code__.co_filename, function.__code__.co_firstlineno
    kind = target if issubclass(type(target), type) else type(target)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return file, vars(kind).get("__firstlineno__", 0)
