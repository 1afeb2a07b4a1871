"""Every prop of examples/complete has a control, and what can be changed there renders."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from storytime import Story, Subject, make_site
from storytime.catalog.model import walk
from storytime.controls import apply_state
from storytime.render.component import render_story

SUBJECTS = {
    each.path: each for each in walk(make_site("examples.complete")) if isinstance(each, Subject)
}
FIXED = {"above", "choices", "columns", "groups", "links", "rows"}
"""Props that are lists or dicts of the catalog's own objects."""
TEXTS = {
    "text": ["bell", "ferry"],  # names of icons
    "html": ["<b>Other</b>"],
    "number": ["2", "3"],
    "switch": ["true", "false"],
    "date": ["2030-06-08"],
}


@pytest.mark.parametrize("path", SUBJECTS)
def test_each_prop_has_a_control_and_each_control_a_change_that_renders(path: str) -> None:
    for story in SUBJECTS[path].items:
        controls = apply_state(story, []).controls
        assert {each["name"] for each in controls} >= set(story.props)
        for each in controls:
            if each["kind"] == "fixed":
                assert each["name"] in FIXED
            else:
                assert any(_renders(story, state) for state in _changes(each)), each


def _renders(story: Story, state: list[list[str]]) -> bool:
    """Return False if the state isn't accepted, or changes nothing. Raises what rendering does."""
    found = apply_state(story, state)
    if found.errors or not found.state:
        return False
    assert render_story(replace(story, props=found.props))
    return True


def _changes(control: Mapping[str, Any]) -> Iterator[list[list[str]]]:
    """Yield states that change what a control shows, some of which may not fit."""
    name, kind = control["name"], control["kind"]
    if kind == "fields":
        for field in control["fields"]:
            yield from _changes(field)
    elif kind == "pairs":
        yield from ([[f"{name}.title", text]] for text in TEXTS[control["item"]["kind"]])
    elif kind == "list":
        yield from _changes({**control["item"], "name": name})
    else:
        for text in control.get("options") or TEXTS[kind]:
            yield [[name, text]]
