"""The source behind what is shown: of a story and of its component, as its author wrote it.

Nothing is imported and no author's object is asked for anything but its code's position: a story
remembers the calls that made it (`origins`), and Python keeps the columns of each call.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import decode_source
from pathlib import Path
from textwrap import dedent
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from .._compat import parsable
from ..catalog.model import Story
from ..catalog.tree_reader import STORIES
from ..project._cpython import INSTRUCTION
from ..project.files import is_project_file
from ..ring.text import printable

type _Position = tuple[int | None, int | None, int | None, int | None]

STRINGS = re.compile(r"""'[^'\n]*'|"[^"\n]*"|#.*""")
LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


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
        self._base = base
        self._lines: dict[str, list[str]] = {}
        self._places: dict[str, str] = {}
        self._loops: dict[str, list[_Span]] = {}
        # By identity: neither code nor an author's objects are cheap, or possible, to hash. What
        # is looked up is held, to keep its identity.
        self._made_by: dict[int, tuple[Story, list[_Span]]] = {}
        self._positions: dict[int, tuple[CodeType, list[_Position]]] = {}
        self._uses: dict[int, tuple[object, Counter[_Span]]] = {}
        self._components: dict[int, tuple[object, SourceExcerpt | None]] = {}

    def story_source(self, story: Story) -> SourceExcerpt | None:
        """The expression that made a story, in its `stories.py`; None where that is unknown.

        That is the call of Story, or of a helper that made this story and no other of its subject;
        where one place made several, it is the loop around it.
        """
        calls = self._calls(story)
        if not calls:
            return None
        uses = self._uses_in_subject(story)
        span = next((span for span in calls if uses[span] <= 1), None)
        loops = filter(None, map(self._loop_around, calls))
        return self._excerpt(span or next(loops, calls[-1]))

    def component_source(self, target: object) -> SourceExcerpt | None:
        """A component's whole definition, decorators included; None where that is not Python."""
        if id(target) not in self._components:
            self._components[id(target)] = target, self._definition(target)
        return self._components[id(target)][1]

    def _calls(self, story: Story) -> list[_Span]:
        """The calls in the story's `stories.py` that made it, the innermost first."""
        known = self._made_by.get(id(story))
        if known is None:
            known = self._made_by[id(story)] = story, list(self._calls_in_stories(story))
        return known[1]

    def _calls_in_stories(self, story: Story) -> Iterator[_Span]:
        calls = story.origin
        files = [code.co_filename for code, _ in reversed(calls)]
        own = next((file for file in files if file.endswith(f"{os.sep}{STORIES}")), None)
        own = own or next(filter(is_project_file, files), None)
        spans = (self._span(code, last) for code, last in calls if code.co_filename == own)
        return filter(None, spans)

    def _span(self, code: CodeType, last: int) -> _Span | None:
        """The expression that the instruction at `last` calls."""
        if id(code) not in self._positions:
            self._positions[id(code)] = code, list(code.co_positions())
        positions = self._positions[id(code)][1]
        place = positions[last // INSTRUCTION] if 0 <= last < len(positions) * INSTRUCTION else ()
        match place:
            case int(line), int(end_line), int(column), int(end_column):
                return _Span(code.co_filename, line, column, end_line, end_column)
        return None  # Python was told to keep no columns

    def _uses_in_subject(self, story: Story) -> Counter[_Span]:
        """How many stories of the same subject each call has made."""
        subject = story.parent
        if subject is None:
            return Counter()
        if id(subject) not in self._uses:
            uses = Counter(span for each in subject.items for span in set(self._calls(each)))
            self._uses[id(subject)] = subject, uses
        return self._uses[id(subject)][1]

    def _loop_around(self, span: _Span) -> _Span | None:
        """The innermost loop or comprehension around a call."""
        around = [loop for loop in self._loops_of(span.file) if loop.holds(span)]
        return max(around, key=lambda loop: (loop.line, loop.column), default=None)

    def _loops_of(self, file: str) -> list[_Span]:
        if file not in self._loops:
            self._loops[file] = list(_loops(file, "".join(self._lines_of(file))))
        return self._loops[file]

    def _lines_of(self, file: str) -> list[str]:
        """The file's lines, as far as it can be read."""
        if file not in self._lines:
            try:
                text = decode_source(Path(file).read_bytes())
            except (OSError, SyntaxError, ValueError):
                text = ""
            self._lines[file] = text.splitlines(keepends=True)
        return self._lines[file]

    def _excerpt(self, span: _Span) -> SourceExcerpt | None:
        """The text of a place; None where the file has no such place (any more)."""
        lines = self._lines_of(span.file)[span.line - 1 : span.end_line]
        if len(lines) != span.end_line - span.line + 1:
            return None
        lines[-1] = _upto(lines[-1], span.end_column)
        before = _upto(lines[0], span.column)
        indentation = before[: len(before) - len(before.lstrip())]
        lines[0] = indentation + lines[0][len(before) :]
        return self._made(span.file, span.line, lines)

    def _made(self, file: str, first: int, lines: list[str]) -> SourceExcerpt:
        if file not in self._places:
            self._places[file] = printable(Path(os.path.relpath(file, self._base)).as_posix())
        text = printable(dedent("".join(lines)).rstrip())
        return SourceExcerpt(self._places[file], first, first + len(lines) - 1, text)

    def _definition(self, target: object) -> SourceExcerpt | None:
        try:
            file, first, least = _position(target)
        except KeyboardInterrupt:
            raise
        except BaseException:  # an author's object may raise whatever it is asked
            return None
        lines = self._lines_of(file) if first else []
        if not 0 < first <= len(lines):
            return None
        block = lines[first - 1 :]
        return self._made(file, first, block[: _length(block, least - first + 1)])


def _upto(line: str, column: int) -> str:
    return line[:column] if line.isascii() else line.encode()[:column].decode(errors="ignore")


def _loops(file: str, text: str) -> Iterator[_Span]:
    try:
        tree = ast.parse(parsable(text))
    except (SyntaxError, ValueError, RecursionError):  # it changed since it was imported
        return
    for node in ast.walk(tree):
        if isinstance(node, LOOPS):
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            yield _Span(file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def _position(target: Any) -> tuple[str, int, int]:
    """A definition's file, first line, and a line up to which it reaches at least; 0: none."""
    while issubclass(type(target), partial):  # isinstance asks the object, which may raise
        target = target.func
    wrapped = inspect.getattr_static(target, "__wrapped__", None)
    if type(wrapped) is FunctionType:
        target = inspect.unwrap(wrapped)
    if issubclass(type(target), MethodType):
        target = target.__func__
    if type(target) is FunctionType:
        code = target.__code__
        return code.co_filename, code.co_firstlineno, _last_line(code)
    kind = target if issubclass(type(target), type) else type(target)
    codes = [value.__code__ for value in vars(kind).values() if type(value) is FunctionType]
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    last = max((_last_line(code) for code in codes if code.co_filename == file), default=0)
    return file, vars(kind).get("__firstlineno__", 0), last


def _last_line(code: CodeType) -> int:
    """The last line of a function that holds any of its code."""
    own = max((end for _, end, _, _ in code.co_positions() if end), default=code.co_firstlineno)
    inner = [_last_line(each) for each in code.co_consts if isinstance(each, CodeType)]
    return max([own, *inner])


def _length(lines: list[str], least: int) -> int:
    """How many of the lines the definition at the first of them takes, `least` at the least.

    It ends where a line is not indented deeper than its head.
    """
    indentation = _indentation(lines[0])
    head = _head(lines)
    length = min(max(head, least), len(lines))
    for number, line in enumerate(lines[length:], length + 1):
        if line.strip():
            if _indentation(line) <= indentation:
                break
            length = number
    return length


def _head(lines: list[str]) -> int:
    """How many of the lines the decorators and the `def` or `class` with its brackets take."""
    open_brackets = 0
    begun = False
    for number, line in enumerate(lines, 1):
        code = STRINGS.sub("", line)
        begun = begun or re.match(r"\s*(?:async\s+def|def|class)\b", code) is not None
        open_brackets += len(re.findall(r"[(\[{]", code)) - len(re.findall(r"[)\]}]", code))
        if begun and open_brackets <= 0:
            return number
    return 1


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
