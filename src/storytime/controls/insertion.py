"""Inserts a story and its imports into a file, and keeps every byte of the rest."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import StorytimeError
from .import_statements import import_pieces, without_imports
from .layout import Layout
from .source_text import SourceText

REST_OF_LINE = re.compile(r"[ \t\f]*(?:#[^\r\n]*)?(?=[\r\n])")
ITEMS_POSITION = 3
"""Of the arguments of Subject."""

UNEXPECTED = "the story can't be added to its file as that is written: copy its code instead"

type LaidOut = Callable[[Layout], str]


@dataclass(frozen=True)
class Insertion:
    """The file's new content, and the line at which the story begins there."""

    data: bytes
    line: int


def insert_story(
    source: SourceText,
    calls: Sequence[tuple[int, int]],
    story: LaidOut,
    imports: Sequence[str],
    width: int,
) -> Insertion:
    """Return the content of a file with a story after the one that the `calls` made.

    Raises StorytimeError if that isn't an item of a plain list, or the result isn't the same tree
    with one more item and the imports.
    """
    stories, index = _find_list(source, calls)
    in_list = _ListEdit(source, stories, index, story, width).pieces()
    pieces: dict[int, str] = {}
    for offset, piece in [*in_list, *import_pieces(source, imports, width)]:
        pieces[offset] = pieces.get(offset, "") + piece
    text = source.text
    for offset in sorted(pieces, reverse=True):
        text = text[:offset] + pieces[offset] + text[offset:]
    try:
        data = text.encode(source.encoding)
    except UnicodeEncodeError as error:
        character = ascii(text[error.start])
        raise StorytimeError(
            f"the file is encoded as {source.encoding}, which doesn't have {character};"
            " save it as UTF-8"
        ) from None
    if source.text.encode(source.encoding) != source.data:
        raise StorytimeError(
            f"the file's encoding, {source.encoding}, isn't kept; save it as UTF-8"
        )
    try:
        changed = SourceText(data)
    except SyntaxError:
        raise StorytimeError(UNEXPECTED) from None
    return Insertion(data, _check(source, changed, stories, index, story, imports))


def _check(
    source: SourceText,
    changed: SourceText,
    stories: ast.List,
    index: int,
    story: LaidOut,
    imports: Sequence[str],
) -> int:
    """Return the line of the new item, if nothing else is new in the tree but the imports."""
    alone: Any = SourceText(f"[{story(Layout())}]".encode()).tree.body[0]
    [wanted] = alone.value.elts
    without_imports(changed.tree, imports)
    stories.elts.insert(index + 1, wanted)
    try:
        if ast.dump(changed.tree) != ast.dump(source.tree):
            raise StorytimeError(UNEXPECTED)
        both = zip(ast.walk(source.tree), ast.walk(changed.tree), strict=True)
        [line] = [getattr(new, "lineno", 0) for old, new in both if old is wanted]
        return line
    finally:
        del stories.elts[index + 1]


def _find_list(source: SourceText, calls: Sequence[tuple[int, int]]) -> tuple[ast.List, int]:
    """Return the list that has the story as an item, and its index there."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        given = [each.value for each in node.keywords if each.arg == "items"]
        for items in [*given, *node.args[ITEMS_POSITION : ITEMS_POSITION + 1]]:
            if not isinstance(items, ast.List):
                continue
            for index, item in enumerate(items.elts):
                start, end = source.span(item)
                is_plain = not isinstance(item, ast.Starred)
                if is_plain and any(start <= first and last <= end for first, last in calls):
                    return items, index
    raise StorytimeError(
        "the story isn't an item of a plain list (items=[…]) in its file: copy its code instead"
    )


class _ListEdit:
    """The edit of a list. The new item has lines of its own if the one before it has."""

    def __init__(
        self, source: SourceText, items: ast.List, index: int, story: LaidOut, width: int
    ) -> None:
        self._source, self._story, self._width = source, story, width
        text = source.text
        start, end = source.span(items.elts[index])
        is_last = index + 1 == len(items.elts)
        limit = source.span(items)[1] - 1 if is_last else source.span(items.elts[index + 1])[0]
        self._start, self._end, self._comma = start, end, -1
        # Between two items are only closing brackets of the first, a comma and comments.
        for found in re.finditer(r"#[^\r\n]*|[,)]", text[end:limit]):
            if found[0] == ",":
                self._comma = end + found.start()
                break
            if found[0] == ")":
                self._end = end + found.end()
        line = text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]
        self._own_line = not line.strip(" \t\f(")

    def pieces(self) -> list[tuple[int, str]]:
        """Return what to insert where, the story last."""
        text, comma = self._source.text, self._comma
        indent, newline = self._source.indentation(self._start), self._source.newline(self._start)
        unit = "\t" if "\t" in indent else "    "
        if not self._own_line:
            flat = self._story(Layout(width=sys.maxsize))[:-1]
            line = max(text.rfind("\n", 0, self._end), text.rfind("\r", 0, self._end)) + 1
            rest = re.compile(r"[^\r\n]*").match(text, line)
            if "\n" not in flat and rest and len(rest[0]) + len(flat) + 2 <= self._width:
                return [(self._end, f", {flat}")]
            indent += unit
        code = self._story(Layout(indent, self._width, unit)).replace("\n", newline)
        after = comma + 1 if comma >= 0 else self._end
        rest = REST_OF_LINE.match(text, after)
        if not self._own_line:
            return [(self._end, f",{newline}{indent}{code[:-1]}")]
        if comma >= 0:
            return [(rest.end() if rest else after, f"{newline}{indent}{code}")]
        if rest is None:
            return [(after, f",{newline}{indent}{code[:-1]}")]
        return [(after, ","), (rest.end(), f"{newline}{indent}{code[:-1]}")]
