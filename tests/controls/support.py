"""Stories with one prop, and states as the page's script makes them of controls."""

from collections.abc import Mapping
from dataclasses import MISSING
from inspect import Parameter, Signature
from typing import Any

from storytime import Story, Subject
from storytime.catalog.model import Site, seat
from storytime.controls import Applied, apply_state


def taking(annotation: Any, name: str = "x", default: Any = Parameter.empty) -> Any:
    """Return a component that takes one prop, and everything else."""

    def component(**props: object) -> str:
        return "<p></p>"

    parameter = Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
    component.__signature__ = Signature([parameter])  # type: ignore[attr-defined]
    return component


def story(target: Any, controls: Mapping[str, Any] | None = None, **props: Any) -> Story:
    """Return a story of a subject of its own, which says more about the controls."""
    subject = Subject(target=target, items=[Story(props)], controls=controls or {})
    seat(Site(), "subject", subject)
    return subject.items[0]


def control_of(target: Any, *, name: str = "x", **props: Any) -> dict[str, Any]:
    """Return the control of a prop as the page gets it."""
    [found] = [
        each for each in apply_state(story(target, **props), []).controls if each["name"] == name
    ]
    return found


def control(annotation: Any, value: Any = MISSING, **more: Any) -> dict[str, Any]:
    """Return the control of a value, or of none, for a parameter with an annotation."""
    return control_of(taking(annotation, **more), **({} if value is MISSING else {"x": value}))


def state_of(control: Mapping[str, Any]) -> list[list[str]]:
    """Return the state that says a control's value."""
    name, kind = control["name"], control["kind"]
    if control.get("value", MISSING) is None:
        return [[name, "!none"]]
    if kind == "fields":
        return [pair for field in control["fields"] for pair in state_of(field)] or [[name, "!new"]]
    if "value" not in control:
        return []
    value = control["value"]
    if kind == "list":
        return [[name, _written(text)] for text in value] or [[name, "!empty"]]
    if kind == "pairs":
        return [[f"{name}.{key}", _written(text)] for key, text in value] or [[name, "!empty"]]
    return [[name, _written(value)]]


def _written(text: str | None) -> str:
    if text is None:
        return "!none"
    return f"!{text}" if text.startswith("!") else text


def applied(annotation: Any, base: Any, *state: list[str], **more: Any) -> Applied:
    """Apply a state to a story whose prop `x` is `base` (MISSING: it gives none)."""
    props = {} if base is MISSING else {"x": base}
    return apply_state(story(taking(annotation, **more), **props), state)


def refusal(annotation: Any, base: Any, *state: list[str]) -> str:
    """Return the one error of a state, which changes nothing."""
    found = applied(annotation, base, *state)
    [error] = found.errors
    assert found.state == []
    assert found.props == ({} if base is MISSING else {"x": base})
    return f"{error.name}: {error.message}"
