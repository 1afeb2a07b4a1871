"""A story's props with what a person changed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ..catalog.model import Story
from ..render.values import contained, shortened
from ..ring.text import printable
from .given import Given, StateError
from .props import prop_controls

MOST_UNKNOWN = 20
"""Names in a state that are reported because no control has them."""


@dataclass(frozen=True)
class Applied:
    """A story's props in a state.

    `props` are the story's own objects where the state doesn't change them. `state` holds only
    what differs from the story, normalized and in the order of the signature. `controls` describes
    each prop as JSON types. What the state says of a prop that is in `errors` was left out.
    """

    props: dict[str, Any] = field(default_factory=dict)
    state: list[list[str]] = field(default_factory=list)
    errors: list[StateError] = field(default_factory=list)
    controls: list[dict[str, Any]] = field(default_factory=list)


def apply_state(story: Story, state: Sequence[Sequence[str]]) -> Applied:
    """Return a story's props with a state applied: `[key, text]` pairs, from wherever they come.

    Never raises for what is in the state, and never for what an author's objects do.
    """
    given = Given(state)
    own: Any = story.props
    props: dict[str, Any] = contained(lambda: dict(own) if isinstance(own, Mapping) else {}, {})
    pairs: list[list[str]] = []
    shown = []
    for control in prop_controls(story, props):
        outcome = control.apply(given)
        shown.append(outcome.shown)
        if outcome.pairs:
            pairs += outcome.pairs
            props = control.put(props, outcome.value)
    for name in islice(given.texts, MOST_UNKNOWN):
        given.refuse(shortened(printable(name), 80), "the story has no such prop to change")
    return Applied(props, pairs, given.errors, shown)
