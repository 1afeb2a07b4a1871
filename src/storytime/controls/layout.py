"""Lays out an expression as `ruff format` does: on one line if it fits, else an item a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any


class Verbatim(ast.expr):
    """An expression that is already text, such as an author's own or a t-string."""

    _fields = ()

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


@dataclass(frozen=True)
class Layout:
    """Lays out what stands behind `indent` within `width` columns; `unit` is one more level.

    Text of several lines has the indentation in all of them but the first.
    """

    indent: str = ""
    width: int = 88
    unit: str = "    "

    def text(self, node: ast.expr, before: str = "", after: str = ",") -> str:
        """Return the text of an expression between `before` and `after`, which are part of it."""
        line = before + flat(node) + after
        if self._fits(line):
            return line
        match node:
            case ast.Call(func=func, args=args, keywords=keywords):
                return self._call(before + flat(func), [*args, *keywords], after)
            case ast.List(elts=items):
                return self._block(f"{before}[", items, f"]{after}")
            case ast.Set(elts=[_, *_] as items):
                return self._block(f"{before}{{", items, f"}}{after}")
            case ast.Tuple(elts=items):
                return self._block(f"{before}(", items, f"){after}")
            case ast.Dict(values=[_, *_]):
                return self._block(f"{before}{{", _pairs(node), f"}}{after}")
            case _ if (parts := self._parts(node))[1:]:
                return self._lines([f"{before}(", *self._inner(parts), f"){after}"])
        return line

    def _fits(self, line: str) -> bool:
        return "\n" not in line and len(self.indent.expandtabs(4)) + len(line) <= self.width

    def _call(self, func: str, arguments: Sequence[Any], after: str) -> str:
        inside = replace(self, indent=self.indent + self.unit)
        if inside._fits(line := _joined(arguments)):
            return self._lines([f"{func}(", self.unit + line, f"){after}"])
        if len(arguments) == 1:
            before, value = _named(arguments[0])
            if not before and (parts := inside._parts(value))[1:]:
                return self._lines([f"{func}(", *self._inner(parts), f"){after}"])
            only = self.unit + inside.text(value, before, after="")
            return self._lines([f"{func}(", only, f"){after}"])
        return self._block(f"{func}(", arguments, f"){after}")

    def _block(self, opening: str, items: Sequence[Any], closing: str) -> str:
        inside = replace(self, indent=self.indent + self.unit)
        lines = []
        for item in items:
            before, value = _named(item)
            lines.append(self.unit + inside.text(value, before))
        return self._lines([opening, *lines, closing])

    def _inner(self, parts: Sequence[str]) -> list[str]:
        return [self.unit + part for part in parts]

    def _lines(self, lines: Sequence[str]) -> str:
        return f"\n{self.indent}".join(lines)

    def _parts(self, node: ast.expr) -> list[str]:
        """Return a str as literals to be concatenated, each with a line or what fits into one."""
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return []
        room = self.width - len((self.indent + self.unit).expandtabs(4)) - len('""')
        lines = [""]
        for word in re.findall(r" *[^ \n]+\n?| +\n?|\n", node.value):
            if lines[-1].endswith("\n") or (lines[-1] and len(_escaped(lines[-1] + word)) > room):
                lines.append("")
            lines[-1] += word
        return [quoted(line) for line in lines]


def quoted(text: str) -> str:
    """Return a literal in double quotes, or in single ones if it has fewer escapes then."""
    quote = best_quote(text)
    return f"{quote}{between(quote, text)}{quote}"


def best_quote(text: str) -> str:
    return "'" if text.count('"') > text.count("'") else '"'


def between(quote: str, text: str) -> str:
    """Return a text as it stands between quotes; three of them keep its lines as they are."""
    if len(quote) == 1:
        return _escaped(text).replace(quote, f"\\{quote}")
    lines = "\n".join(map(_escaped, text.split("\n")))
    return re.sub('"{3,}', lambda found: len(found[0]) * '\\"', lines)


def _escaped(text: str) -> str:
    r"""Return a text as it stands between quotes, with none of its own quotes escaped."""
    return re.sub(r"\\(.)", lambda found: "'" if found[1] == "'" else found[0], repr(text)[1:-1])


def flat(node: ast.AST) -> str:
    """Return an expression on one line, apart from texts that have several."""
    match node:
        case Verbatim(text=text):
            return text
        case ast.Constant(value=str(value)):
            return quoted(value)
        case ast.keyword(arg=name, value=value):
            return f"{name}={flat(value)}"
        case ast.Call(func=func, args=args, keywords=keywords):
            return f"{flat(func)}({_joined([*args, *keywords])})"
        case ast.List(elts=items):
            return f"[{_joined(items)}]"
        case ast.Tuple(elts=items):
            return f"({_joined(items)}{',' if len(items) == 1 else ''})"
        case ast.Set(elts=[_, *_] as items):
            return f"{{{_joined(items)}}}"
        case ast.Dict():
            pairs = [f"{key}{flat(value)}" for key, value in map(_named, _pairs(node))]
            return f"{{{', '.join(pairs)}}}"
    return ast.unparse(node)


def _joined(nodes: Iterable[ast.AST]) -> str:
    return ", ".join(map(flat, nodes))


def _pairs(node: ast.Dict) -> list[tuple[ast.expr, ast.expr]]:
    return [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key]


def _named(item: Any) -> tuple[str, ast.expr]:
    """Return what stands before an item's value, and that value."""
    match item:
        case ast.keyword(arg=name, value=value):
            return f"{name}=", value
        case (key, value):
            return f"{flat(key)}: ", value
    return "", item
