"""Finds the source of a story and of its component, as its author wrote it.

Nothing is imported, and an author's object is asked only for the position of its code: a story
knows the calls that made it (`Story.origin`), and Python keeps the columns of each call.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import decode_source
from pathlib import Path
from textwrap import dedent
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from .._compat import parsable
from ..catalog.model import Story, Subject
from ..catalog.tree_reader import STORIES
from ..project._cpython import INSTRUCTION
from ..project.files import is_project_file
from ..ring.text import printable
from .values import by_identity

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
    """A place in a file: lines from 1, columns in bytes of UTF-8, as `ast` counts."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, other: _Span) -> bool:
        starts = (self.line, self.column) <= (other.line, other.column)
        return starts and (other.end_line, other.end_column) <= (self.end_line, self.end_column)


class SourceFiles:
    """The source files of one build, each read at most once; `base` as in SourceExcerpt."""

    def __init__(self, base: Path) -> None:
        self._name = cache(lambda file: printable(Path(os.path.relpath(file, base)).as_posix()))
        self._lines = cache(_read_lines)
        self._tree = cache(lambda file: _parse("".join(self._lines(file))))
        self._positions = by_identity(_positions)
        self._calls = by_identity(self._find_calls)
        self._uses = by_identity(self._count_uses)
        self._component = by_identity(self._find_component)

    def story_source(self, story: Story) -> SourceExcerpt | None:
        """Return the expression that made a story, in its `stories.py`; None if unknown.

        That is the call of Story, or of a helper that made no other story of the subject. If each
        call made several, it is the loop around one.
        """
        calls = self._calls(story)
        if not calls:
            return None
        uses = self._uses(story.parent) if story.parent else Counter()
        span = next((span for span in calls if uses[span] <= 1), None)
        loops = filter(None, map(self._loop_around, calls))
        return self._excerpt(span or next(loops, calls[-1]))

    def component_source(self, target: object) -> SourceExcerpt | None:
        """Return a component's whole definition with its decorators; None if it isn't Python."""
        return self._component(target)

    def _find_calls(self, story: Story) -> list[_Span]:
        """Return the calls in the story's `stories.py` that made it, the innermost first."""
        files = [code.co_filename for code, _ in reversed(story.origin)]
        own = next((file for file in files if file.endswith(f"{os.sep}{STORIES}")), None)
        own = own or next(filter(is_project_file, files), None)
        found: list[_Span] = []
        for code, offset in story.origin:
            at = offset // INSTRUCTION
            match self._positions(code)[at : at + 1] if code.co_filename == own else ():
                case [(int(line), int(end_line), int(column), int(end_column))]:
                    found.append(_Span(code.co_filename, line, column, end_line, end_column))
        return found

    def _count_uses(self, subject: Subject) -> Counter[_Span]:
        """Count the subject's stories that each call has made."""
        return Counter(span for story in subject.items for span in set(self._calls(story)))

    def _loop_around(self, span: _Span) -> _Span | None:
        """Return the innermost loop or comprehension around a call."""
        found = None
        for node in _nodes_at(span.line, self._tree(span.file)):
            if type(node) in LOOPS:
                start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
                loop = _Span(span.file, *start, *end)
                found = loop if loop.holds(span) else found
        return found

    def _excerpt(self, span: _Span) -> SourceExcerpt | None:
        """Return the text of a place; None if the file has no such place (any more)."""
        lines = self._lines(span.file)[span.line - 1 : span.end_line]
        if len(lines) != span.end_line - span.line + 1:
            return None
        lines[-1] = _upto(lines[-1], span.end_column)
        before = _upto(lines[0], span.column)
        indentation = before[: len(before) - len(before.lstrip())]
        lines[0] = indentation + lines[0][len(before) :]
        return self._made(span.file, span.line, lines)

    def _made(self, file: str, first: int, lines: list[str]) -> SourceExcerpt:
        text = printable(dedent("".join(lines)).rstrip())
        return SourceExcerpt(self._name(file), first, first + len(lines) - 1, text)

    def _find_component(self, target: object) -> SourceExcerpt | None:
        try:
            file, first = _position(target)
        except KeyboardInterrupt:
            raise
        except BaseException:  # an author's object may raise whatever it is asked
            return None
        for node in _nodes_at(first, self._tree(file)):
            if type(node) in DEFINITIONS and _first_line(node) == first:
                return self._made(file, first, self._lines(file)[first - 1 : node.end_lineno])
        return None


def _read_lines(file: str) -> list[str]:
    """Return the file's lines; none if it can't be read."""
    try:
        return decode_source(Path(file).read_bytes()).splitlines(keepends=True)
    except (OSError, SyntaxError, ValueError):
        return []


def _parse(text: str) -> ast.Module:
    """Return the tree of a source file; an empty one if it has another content by now."""
    try:
        return ast.parse(parsable(text))
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


def _positions(code: CodeType) -> list[tuple[int | None, ...]]:
    return list(code.co_positions())


def _upto(line: str, column: int) -> str:
    return line[:column] if line.isascii() else line.encode()[:column].decode(errors="ignore")


def _position(target: Any) -> tuple[str, int]:
    """Return a definition's file and first line; 0 if it has none."""
    while issubclass(type(target), partial):  # isinstance asks the object, which may raise
        target = target.func
    wrapped = inspect.getattr_static(target, "__wrapped__", None)
    if type(wrapped) is FunctionType:
        target = inspect.unwrap(wrapped)
    if issubclass(type(target), MethodType):
        target = target.__func__
    if type(target) is FunctionType:
        code: CodeType = target.__code__
        return code.co_filename, code.co_firstlineno
    kind = target if issubclass(type(target), type) else type(target)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return file, vars(kind).get("__firstlineno__", 0)
