"""The file in which a story is made, as its code is copied."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from .._compat import compile_source
from ..catalog.model import Story
from ..errors import StorytimeError
from ..render.source_excerpts import SourceFiles
from .names import ModuleNames, bound_names
from .source_text import SourceText

WIDTH = 88
"""Columns of code in a project that doesn't say."""
RESULT = "__story__"


class StoryFile:
    """The file whose code made a story, which is imported. Raises StorytimeError if it is unknown.

    `calls` are the places of the calls there that made it, the innermost first.
    """

    def __init__(self, story: Story) -> None:
        spans = SourceFiles(Path()).calls(story)
        if not spans:
            raise StorytimeError(f"the call that made {story.path} isn't in a stories.py")
        self.path = Path(spans[0].file)
        try:
            self.source = SourceText(self.path.read_bytes())
        except (OSError, SyntaxError, ValueError) as error:
            raise StorytimeError(f"{self.path.name} can't be read: {error}") from None
        self.calls = [
            (self.source.offset(each.start), self.source.offset(each.end)) for each in spans
        ]
        if self.call is None:
            raise StorytimeError(f"{self.path.name} has changed; try again")

    @cached_property
    def module(self) -> Mapping[str, Any]:
        """The names of the imported module."""
        modules = list(sys.modules.values())
        return next(
            vars(each) for each in modules if getattr(each, "__file__", "") == str(self.path)
        )

    @cached_property
    def call(self) -> ast.Call | None:
        """The innermost call that made the story."""
        calls = (each for each in ast.walk(self.source.tree) if isinstance(each, ast.Call))
        return next((each for each in calls if self.source.span(each) == self.calls[0]), None)

    def names(self) -> ModuleNames:
        """Return the names that the code can use at the place of the story."""
        hidden: set[str] = set()
        for statement in self.source.tree.body:
            start, end = self.source.span(statement)
            if any(start <= call_start and call_end <= end for call_start, call_end in self.calls):
                hidden |= bound_names(statement) - _own_names(statement)
        statements = ast.walk(self.source.tree)
        are_relative = any(isinstance(each, ast.ImportFrom) and each.level for each in statements)
        package = self.module["__package__"] if are_relative else ""
        return ModuleNames(self.module, hidden, package)

    def evaluate(self, code: str, imports: Sequence[str]) -> Any:
        """Return the value of a list's item in a copy of the module; raises what it raises."""
        namespace = dict(self.module)
        source = "\n".join([*imports, f"[{RESULT}] = [\n{code}\n]\n"])
        exec(compile_source(source.encode(), "<copied story>"), namespace)  # noqa: S102
        return namespace[RESULT]

    @cached_property
    def width(self) -> int:
        """The columns that the formatter of the project allows: ruff's, Black's, or 88."""
        for folder in self.path.parents:
            for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
                with suppress(OSError, ValueError):
                    settings = tomllib.loads((folder / name).read_text())
                    tool = settings.get("tool", {})
                    found = [settings, tool.get("ruff", {}), tool.get("black", {})]
                    for each in found:
                        if isinstance(width := each.get("line-length"), int):
                            return width
        return WIDTH


def _own_names(statement: ast.stmt) -> set[str]:
    """Return the name that a definition has in its module."""
    return {getattr(statement, "name", "")}
