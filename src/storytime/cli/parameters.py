"""Types of options."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, override

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Seconds(click.FloatRange):
    """A positive number of seconds."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


class Editor(click.ParamType[str]):
    """An editor's name or URL, as the URL that opens a file in it."""

    name = "name"

    @override
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from ..server.editors import editor_link

        return editor_link(value, {})

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from ..server.editors import LINKS

        return [CompletionItem(name) for name in LINKS if name.startswith(incomplete)]


class Location(click.ParamType[str]):
    """A package's dotted name or folder; shells complete folders."""

    name = "text"

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir")]
