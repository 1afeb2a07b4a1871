"""The controls of a story's props."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from inspect import Parameter
from typing import Any

from ..catalog.model import Story
from ..render.values import contained, described
from .compound import AttributesControl
from .control import Control, FixedControl, Slot
from .kinds import control_of, pairs_of
from .parameters import Declared, declared


def prop_controls(story: Story, props: Mapping[Any, Any]) -> Iterator[Control]:
    """Yield the controls of a story's props, in the order of the signature."""
    specs = story.parent.controls if story.parent else {}
    parameters = declared(story.target) if story.target is not None else []
    named = {each.name: each for each in parameters if each.is_named}
    if story.template is not None or not parameters:  # who takes the props doesn't say which
        parameters = [named.get(name, Declared(name)) for name in props if type(name) is str]
        named = {each.name: each for each in parameters}
    rest = {name: value for name, value in props.items() if name not in named}
    for each in parameters:
        if each.is_named:
            yield control_of(each.name, each, props.get(each.name, MISSING), specs)
        elif each.kind is Parameter.VAR_KEYWORD:
            further = [name for name in specs if name not in named]
            named |= {name: Declared(name) for name in further}
            for name in further:
                yield control_of(name, named[name], rest.pop(name, MISSING), specs)
            yield _attributes(each, rest, named)
            rest = {}
        elif each.kind is Parameter.VAR_POSITIONAL:
            yield FixedControl(Slot(each.name, (), False, each.about))
        else:
            value = rest.pop(each.name, each.default)
            yield FixedControl(Slot(each.name, value, False, each.about))
    for name, value in rest.items():
        text = name if type(name) is str else described(name)
        yield FixedControl(Slot(text, value, False, {"given": True}))


def _attributes(
    parameter: Declared, props: dict[str, Any], named: Mapping[str, Declared]
) -> Control:
    slot = Slot(parameter.name, props, False, parameter.about)
    pairs = contained(lambda: pairs_of(slot, parameter.annotation, parameter.names), None)
    return AttributesControl(slot, *pairs, named) if pairs else FixedControl(slot)
