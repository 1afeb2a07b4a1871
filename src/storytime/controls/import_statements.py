"""Adds import statements to a file, where a sorter of imports would have them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence

from ..errors import StorytimeError
from .source_text import SourceText

type Statement = ast.Import | ast.ImportFrom


def import_pieces(
    source: SourceText, imports: Sequence[str], width: int
) -> Iterator[tuple[int, str]]:
    """Yield what to insert where, for `from … import …` statements of one name each.

    A name joins those of its module if they are on one line that has room for it. Raises
    StorytimeError if the module imports nothing.
    """
    known = [each for each in source.tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    if imports and not known:
        raise StorytimeError(f"the file has no imports that {imports[0]!r} could follow; add it")
    inserted: set[tuple[int, int]] = set()
    for statement in sorted(imports, key=lambda each: _order(_parsed(each))):
        node = _parsed(statement)
        section = _order(node)[0]
        joined = next((each for each in known if _can_join(source, each, node, width)), None)
        if joined is not None:
            yield _joining(source, joined, node)
            continue
        before = [each for each in known if _order(each) <= _order(node)]
        after = [each for each in known if _order(each) > _order(node)]
        here = [each for each in before if _order(each)[0] == section] or before
        same_after = [each for each in after if _order(each)[0] == section]
        if here and not (same_after and _order(here[-1])[0] != section):
            offset = source.end_of_line(source.span(here[-1])[1])
            newline = source.newline(source.span(here[-1])[0])
            is_new = _order(here[-1])[0] != section and (offset, section) not in inserted
            yield offset, f"{newline * is_new}{newline}{statement}"
        else:
            first = (same_after or after)[0]
            offset = source.span(first)[0]
            newline = source.newline(offset)
            yield offset, f"{statement}{newline}{newline * (not same_after)}"
        inserted.add((offset, section))


def without_imports(tree: ast.Module, imports: Sequence[str]) -> None:
    """Remove the imports from the tree of a module that has them."""
    for statement in imports:
        node = _parsed(statement)
        for each in tree.body:
            if isinstance(each, ast.ImportFrom) and _module(each) == _module(node):
                dumped = [ast.dump(name) for name in each.names]
                if ast.dump(node.names[0]) in dumped:
                    del each.names[dumped.index(ast.dump(node.names[0]))]
                    tree.body = [other for other in tree.body if other is not each or each.names]
                    break


def _parsed(statement: str) -> ast.ImportFrom:
    node = ast.parse(statement).body[0]
    assert isinstance(node, ast.ImportFrom)
    return node


def _module(node: Statement) -> tuple[int, str]:
    if isinstance(node, ast.ImportFrom):
        return node.level, node.module or ""
    return 0, node.names[0].name


def _order(node: Statement) -> tuple[int, bool, int, str]:
    """Return the section of an import and its place there, as isort and ruff have them."""
    level, module = _module(node)
    top = module.partition(".")[0]
    section = 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 2
    return 3 if level else section, isinstance(node, ast.ImportFrom), -level, module.lower()


def _can_join(source: SourceText, known: Statement, node: ast.ImportFrom, width: int) -> bool:
    if not isinstance(known, ast.ImportFrom) or _module(known) != _module(node):
        return False
    start, end = source.span(known)
    line = source.text[start:end]
    has_room = len(line) + len(f", {ast.unparse(node.names[0])}") <= width
    return has_room and not {"(", "*", "\n", "\r"} & set(line)


def _joining(source: SourceText, known: Statement, node: ast.ImportFrom) -> tuple[int, str]:
    name = ast.unparse(node.names[0])
    before = [each for each in known.names if _name_order(each) <= _name_order(node.names[0])]
    if before:
        return source.span(before[-1])[1], f", {name}"
    return source.span(known.names[0])[0], f"{name}, "


def _name_order(name: ast.alias) -> tuple[int, str]:
    """Constants come first, then classes, then the rest."""
    kind = 0 if name.name.isupper() else 1 if name.name[:1].isupper() else 2
    return kind, name.name
