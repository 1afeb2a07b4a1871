"""Copies a story with other props as code, and proves that the code renders the same."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..catalog.model import Story, Target
from ..errors import StorytimeError
from ..render.component import render_story
from ..render.values import contained
from .code import ValueWriter, write_story
from .equality import same
from .layout import Layout
from .story_file import StoryFile


@dataclass(frozen=True)
class StoryCode:
    """A call that makes a story, and the imports that it needs."""

    call: ast.Call
    imports: list[str]

    def text(self, layout: Layout) -> str:
        """Return the call as an item of a list, with a comma at its end."""
        return layout.text(self.call)


def copy_story(story: Story, props: Mapping[str, Any], title: str, file: StoryFile) -> StoryCode:
    """Return code that makes a story which renders as this one does with these props.

    The code was run, and its story was rendered. Raises StorytimeError if no code does that, with
    the name of the prop that can't be written, and what the component raises.
    """
    if story.template is not None:
        raise StorytimeError(
            f"{story.path} has a template, which no props change: copy its code from the file"
        )
    expected = _changed(story, props)
    html = render_story(expected)
    is_stable = render_story(expected) == html
    wrong = []
    for as_in_source in (True, False):
        names = file.names()
        writer = ValueWriter(names, file.source, as_in_source=as_in_source)
        code = StoryCode(write_story(story, title, props, file.call, writer), names.imports)
        made = contained(partial(_made, file, code), None)
        if made is None:
            continue
        if _renders(story, made.props, html, made.target) if is_stable else same(made.props, props):
            return code
        wrong += [
            name for name in props if not _renders(story, {**props, name: made.props[name]}, html)
        ]
    what = f"the value of {wrong[0]}" if wrong else "this state"
    raise StorytimeError(f"{what} can't be written as Python: its code renders something else")


def _made(file: StoryFile, code: StoryCode) -> Story:
    made = file.evaluate(code.text(Layout(width=file.width)), code.imports)
    if not isinstance(made, Story):
        raise TypeError
    return made


def _renders(
    story: Story, props: Mapping[str, Any], html: str, target: Target | None = None
) -> bool:
    """Return True if the target, the story's own if there is none, renders the props so."""
    changed = _changed(story, props)
    changed.target = target or story.target
    return contained(lambda: render_story(changed) == html, False)


def _changed(story: Story, props: Mapping[str, Any]) -> Story:
    changed = copy.copy(story)
    changed.props = dict(props)
    return changed
