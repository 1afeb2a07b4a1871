"""Writes a story and the values of its props as Python."""

from __future__ import annotations

import ast
import inspect
import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from enum import Enum, Flag
from inspect import Parameter
from itertools import repeat
from string.templatelib import Template
from types import BuiltinFunctionType, FunctionType
from typing import Any, override

from ..catalog.model import Story
from ..errors import StorytimeError
from ..render.values import contained, shortened
from ..ring.text import printable
from .equality import same
from .layout import Verbatim, best_quote, between, flat
from .names import ModuleNames, UnwritableError
from .parameters import declared
from .source_text import SourceText

CONTAINERS = {list, tuple, set, frozenset, dict}
PLAIN = {type(None), bool, int, float, str, bytes}
HONEST_REPRS = {"datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo"}
"""Modules whose objects have a repr that is Python, with nothing in it of other modules."""
OWN_FIELDS = {"props", "title", "description", "target", "template", "name"}
"""Fields of a story that it doesn't share with one that is made of it, or that are its look."""
LAST_QUOTE = re.compile(r'((?<!\\)(?:\\\\)*)"\Z')
"""A quote at the end of a text that no backslash escapes."""


class ValueWriter:
    """Writes values as expressions of a module, with the names that it has.

    What a state didn't change is written as in the `source`, if `as_in_source` or if there is no
    other way, provided that it means the same at another place.
    """

    def __init__(self, names: ModuleNames, source: SourceText, *, as_in_source: bool) -> None:
        self._names, self._source, self._as_in_source = names, source, as_in_source

    def write(self, value: Any, was: Any = MISSING, node: ast.expr | None = None) -> ast.expr:
        """Return an expression for a value. `node` is the source's for the value that it `was`.

        Raises UnwritableError.
        """
        own = self._own(node) if value is was else None
        if own and self._as_in_source and _is_compact(node, own.text):
            return own
        try:
            return self._names.constant(value) or self._written(value, was, node)
        except Exception as error:  # an author's object may raise anything
            if own:
                return own
            if isinstance(error, UnwritableError):
                raise
            raise UnwritableError(f"{type(error).__name__}: {error}") from None

    def reference(self, value: Any) -> ast.expr:
        return self._names.reference(value)

    def write_named(
        self, name: str, value: Any, was: Any = MISSING, node: ast.expr | None = None
    ) -> ast.expr:
        """Return what `write` does. Its error names what can't be written."""
        try:
            return self.write(value, was, node)
        except UnwritableError as error:
            reason = printable(shortened(str(error), 200))
            raise StorytimeError(
                f"the value of {name} can't be written as Python: {reason}"
            ) from None

    def entry(self, was: Any, node: ast.expr | None, key: object) -> tuple[Any, ast.expr | None]:
        """Return the value of what was a mapping for a key, and its source."""
        if not isinstance(was, Mapping) or key not in was:
            return MISSING, None
        return was[key], self._source_of(node, key)

    def _source_of(self, node: ast.expr | None, key: object) -> ast.expr | None:
        """Return the source of the value for a key in the source of a mapping."""
        match node:
            case ast.Dict(keys=keys, values=values):
                for each, value in zip(reversed(keys), reversed(values), strict=True):
                    if each is None:
                        return self._source_of(value, key)
                    if isinstance(each, ast.Constant) and each.value == key:
                        return value
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._source_of(right, key) or self._source_of(left, key)
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                return next((each.value for each in keywords if each.arg == key), None)
            case ast.Name(id=name):
                known = self._names.value(name)
                if isinstance(known, Mapping) and key in known:
                    return ast.Subscript(node, self.write(key))
        return None

    def _own(self, node: ast.expr | None) -> Verbatim | None:
        if node is None or not self._names.resolves(node):
            return None
        has_place = hasattr(node, "lineno")
        return Verbatim(self._source.segment(node) if has_place else flat(node))

    def _written(self, value: Any, was: Any, node: ast.expr | None) -> ast.expr:
        kind = type(value)
        if kind in PLAIN:
            return self._plain(value)
        match value:
            case list() | tuple() | set() | frozenset() | dict() if kind in CONTAINERS:
                return self._container(value, was, node)
            case Template():
                return self._template(value)
            case Enum():
                return self._member(value)
            case type() | FunctionType() | BuiltinFunctionType():
                return self._names.reference(value)
            case str():
                return self._call(kind, ast.Constant(str.__str__(value)))
            case int() | float() | bytes():
                base: Any = next(each for each in (int, float, bytes) if isinstance(value, each))
                return self._call(kind, self._plain(base(value)))
        if kind.__module__.partition(".")[0] in HONEST_REPRS:
            return self._by_repr(value)
        return self._rebuilt(value, was, node)

    def _container(self, value: Any, was: Any, node: ast.expr | None) -> ast.expr:
        match value:
            case dict():
                values = [
                    self.write(item, *self.entry(was, node, key)) for key, item in value.items()
                ]
                return ast.Dict([self.write(key) for key in value], values)
            case list() | tuple():
                sources = _items(was, node)
                parts = [self.write(item, *next(sources)) for item in value]
                return ast.List(parts) if isinstance(value, list) else ast.Tuple(parts)
        items = [ast.Set(sorted(map(self.write, value), key=flat))] if value else []
        return items[0] if items and isinstance(value, set) else self._call(type(value), *items)

    def _plain(self, value: Any) -> ast.expr:
        if type(value) is float and not math.isfinite(value):
            return self._call(float, ast.Constant(str(value)))
        return ast.Constant(value)

    def _call(self, kind: Any, *arguments: ast.expr, **named: ast.expr) -> ast.expr:
        keywords = [ast.keyword(name, value) for name, value in named.items()]
        return ast.Call(self._names.reference(kind), list(arguments), keywords)

    def _member(self, value: Enum) -> ast.expr:
        kind = type(value)
        if value.name in kind.__members__:
            return Verbatim(f"{flat(self._names.reference(kind))}.{value.name}")
        if isinstance(value, Flag) and (members := [*map(self.write, value)]):
            return Verbatim(" | ".join(map(flat, members)))
        return self._call(kind, self.write(value.value))

    def _template(self, template: Template) -> ast.expr:
        """Return a t-string, with the source of the values in it."""
        text = "".join(template.strings)
        quote = '"""' if "\n" in text else best_quote(text)
        parts = []
        for part in template:
            if isinstance(part, str):
                parts.append(between(quote, part.replace("{", "{{").replace("}", "}}")))
                continue
            if "{" in part.format_spec or "}" in part.format_spec:
                raise UnwritableError("a t-string with braces in a format")
            conversion = f"!{part.conversion}" if part.conversion else ""
            spec = part.format_spec and f":{between(quote, part.format_spec)}"
            value = flat(self.write(part.value))
            if quote == '"' and not {"'", "\\"} & set(value):  # so its quotes only delimit
                value = value.replace('"', "'")
            parts.append(f"{{{' ' * value.startswith('{')}{value}{conversion}{spec}}}")
        text = "".join(parts)
        if quote == '"""':
            text = LAST_QUOTE.sub(r'\1\\"', text)
        return Verbatim(f"t{quote}{text}{quote}")

    def _by_repr(self, value: Any) -> ast.expr:
        kind = type(value)
        tree = ast.parse(repr(value), mode="eval").body
        written: ast.expr = _WithNames(self._names, kind.__module__).visit(tree)
        return written

    def _rebuilt(self, value: Any, was: Any, node: ast.expr | None) -> ast.expr:
        """Return a call of the value's class that makes an equal one."""
        kind = type(value)
        before: dict[str, ast.expr] = {}
        if type(was) is kind:
            before = contained(lambda: _arguments(kind, node), before)
        arguments, named, given = [], {}, {}
        for each in declared(kind):
            if each.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
                continue
            item = getattr(value, each.attribute or each.name, MISSING)
            if item is MISSING or (each.is_named and same(item, each.default)):
                continue
            own = before.get(each.name)
            old = getattr(was, each.attribute or each.name, MISSING) if own else MISSING
            if each.is_named:
                named[each.name] = self.write(item, old, own)
                given[each.name] = item
            else:
                arguments.append((item, self.write(item, old, own)))
        if not same(kind(*(item for item, _ in arguments), **given), value):
            raise UnwritableError(f"a {kind.__qualname__} isn't made of its attributes")
        return self._call(kind, *(written for _, written in arguments), **named)


class _WithNames(ast.NodeTransformer):
    """Replaces the names of a library's classes in a repr by those that another module has."""

    def __init__(self, names: ModuleNames, library: str) -> None:
        self._names, self._library = names, library

    @override
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._named(node)

    @override
    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._named(node)

    def _named(self, node: ast.expr) -> ast.expr:
        first, *rest = ast.unparse(node).split(".")
        is_module = rest and first in sys.modules  # `datetime` is a class, too
        found: Any = sys.modules[first if is_module else self._library]
        rest = rest if is_module else [first, *rest]
        while rest and not isinstance(found, type):
            found = getattr(found, rest.pop(0))
        return Verbatim(".".join([flat(self._names.reference(found)), *rest]))


def write_story(
    story: Story, title: str, props: Mapping[str, Any], call: ast.Call | None, writer: ValueWriter
) -> ast.Call:
    """Return the call that makes a story of these props like the one that `call` made.

    Raises UnwritableError that names what can't be written.
    """
    sources = {each.arg: each.value for each in call.keywords} if call else {}
    if call and call.args:
        sources["props"] = call.args[0]
    keywords = [ast.keyword("title", ast.Constant(title))]

    def add(name: str, value: Any) -> None:
        keywords.append(
            ast.keyword(name, writer.write_named(name, value, value, sources.get(name)))
        )

    if story.parent is None or story.target is not story.parent.target:
        add("target", story.target)
    if props:
        values = [
            writer.write_named(name, value, *writer.entry(story.props, sources.get("props"), name))
            for name, value in props.items()
        ]
        named = ast.Dict([ast.Constant(name) for name in props], values)
        keywords.append(ast.keyword("props", named))
    plain = Story()
    for each in fields(Story):
        if each.init and each.name not in OWN_FIELDS:
            value = getattr(story, each.name)
            if value != getattr(plain, each.name):
                add(each.name, value)
    return ast.Call(writer.reference(Story), [], keywords)


def _is_compact(node: ast.expr | None, text: str) -> bool:
    """Return True for an expression on one line, and for a text in triple quotes."""
    is_entry = isinstance(node, ast.Subscript) and not hasattr(node, "lineno")
    return not is_entry and ("\n" not in text or text.endswith(('"""', "'''")))


def _items(was: Any, node: ast.expr | None) -> Iterator[tuple[Any, ast.expr | None]]:
    """Yield the items of a list or tuple and their sources, then what says that there is none."""
    match node:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) if len(elts) == len(was):
            if not any(isinstance(each, ast.Starred) for each in elts):
                yield from zip(was, elts, strict=True)
    yield from repeat((MISSING, None))


def _arguments(kind: Any, node: ast.expr | None) -> dict[str, ast.expr]:
    """Return the sources of the arguments of a call of a class by their parameters' names."""
    if not isinstance(node, ast.Call):
        return {}
    named = {each.arg: each.value for each in node.keywords if each.arg}
    return inspect.signature(kind).bind(*node.args, **named).arguments
