"""Types of options."""

import math
from typing import Any, override

import click


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
