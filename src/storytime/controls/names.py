"""Names that code in a module can use for objects, and the imports that it needs for others."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Collection, Mapping
from dataclasses import MISSING
from functools import partial, reduce
from itertools import takewhile
from types import ModuleType
from typing import Any

from ..render.values import contained
from .layout import Verbatim

PLAIN = {str, bytes, int, float, complex, bool, type(None), type(...), tuple, frozenset}
"""Types of values that several names may have by chance."""


class UnwritableError(Exception):
    """A value that can't be written as Python. Its message says of what kind it is."""


class ModuleNames:
    """What names mean in a module, except those that are `hidden` by names of a function there.

    `imports` are the statements that what was written so far needs. Those of the `package` are
    relative, if that is given.
    """

    def __init__(
        self, module: Mapping[str, Any], hidden: Collection[str] = (), package: str = ""
    ) -> None:
        self._module, self._hidden, self._package = module, hidden, package
        self._imported: dict[str, tuple[object, str]] = {}

    @property
    def imports(self) -> list[str]:
        return sorted({statement for _, statement in self._imported.values()})

    def value(self, name: str) -> Any:
        """Return what a name of the module or a builtin means; MISSING if it is hidden or none."""
        if name in self._hidden:
            return MISSING
        return self._module.get(name, vars(builtins).get(name, MISSING))

    def resolves(self, node: ast.expr) -> bool:
        """Return True if an expression means the same at another place of the module."""
        bound = bound_names(node)
        return not any(
            isinstance(each, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr | ast.Starred)
            or (isinstance(each, ast.Name) and each.id not in bound and self._is_unknown(each.id))
            for each in ast.walk(node)
        )

    def _is_unknown(self, name: str) -> bool:
        return self.value(name) is MISSING

    def constant(self, value: object) -> Verbatim | None:
        """Return the name of the module's own object, unless that is a plain value."""
        return None if type(value) in PLAIN else self._known(value, "")

    def _known(self, value: object, name: str) -> Verbatim | None:
        if self.value(name) is value:
            return Verbatim(name)
        for each, found in self._module.items():
            if found is value and not each.startswith("_") and each not in self._hidden:
                return Verbatim(each)
        return None

    def reference(self, value: Any) -> ast.expr:
        """Return the name of a class or function, which is imported if need be.

        Raises UnwritableError if it can't be imported.
        """
        module, path = value.__module__, value.__qualname__
        first, *rest = path.split(".")
        owner = contained(lambda: getattr(sys.modules[module], first), None)
        if owner is None or contained(lambda: reduce(getattr, rest, owner), None) is not value:
            raise UnwritableError(f"{module}.{path} can't be imported")
        name = self._known(owner, first) or self._of_module(owner, module, first)
        return Verbatim(".".join([(name or self._import(owner, module, first)).text, *rest]))

    def _of_module(self, value: object, module: str, name: str) -> Verbatim | None:
        """Return the name by way of a module that is imported already."""
        for each, found in self._module.items():
            if (
                type(found) is ModuleType
                and each not in self._hidden
                and f"{module}.".startswith(f"{found.__name__}.")
                and contained(partial(getattr, found, name), None) is value
            ):
                return Verbatim(f"{each}.{name}")
        return None

    def _import(self, value: object, module: str, name: str) -> Verbatim:
        alias = name
        while self._imported.get(alias, (value,))[0] is not value or self._is_taken(alias):
            alias += "_"
        statement = f"from {self._source(value, module, name)} import {name}"
        statement += f" as {alias}" if alias != name else ""
        self._imported[alias] = value, statement
        return Verbatim(alias)

    def _is_taken(self, name: str) -> bool:
        return name in self._hidden or name in self._module or hasattr(builtins, name)

    def _source(self, value: object, module: str, name: str) -> str:
        """Return the shortest module from which a name can be imported, relative or not."""
        parts = module.split(".")
        parents = (".".join(parts[:end]) for end in range(1, len(parts)))
        public = (
            each
            for each in parents
            if contained(partial(getattr, sys.modules.get(each), name), None) is value
        )
        found = next(public, module).split(".")
        package = self._package.split(".")
        if found[0] != package[0]:
            return ".".join(found)
        shared = len(
            [*takewhile(lambda pair: pair[0] == pair[1], zip(found, package, strict=False))]
        )
        return "." * (len(package) - shared + 1) + ".".join(found[shared:])


def bound_names(node: ast.AST) -> set[str]:
    """Return the names that the code binds, in whatever scope within it."""
    found: set[str | None] = set()
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.arg(arg=name) | ast.MatchMapping(rest=name):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.ExceptHandler(name=name)
                | ast.MatchAs(name=name)
                | ast.MatchStar(name=name)
            ):
                found.add(name)
    return {name for name in found if name}
