"""The component. It is a function; tdom calls it for `<{Button} label="Save" />`."""

from string.templatelib import Template
from typing import Literal

from ...helpers.classes import class_names
from ...icon import Icon

type Variant = Literal["primary", "secondary", "quiet", "danger"]
type Size = Literal["small", "medium", "large"]


def Button(
    label: str,
    variant: Variant = "secondary",
    size: Size = "medium",
    icon: Icon | None = None,
    submit: bool = False,
    disabled: bool = False,
    busy: bool = False,
    **attributes: object,
) -> Template:
    """A button that says `label`; any further attribute goes to the `<button>` itself.

    One that is `busy` keeps its focus and its place, so it is marked as disabled instead of being
    disabled.
    """
    classes = class_names("button", variant, size, "busy" if busy else None)
    state = {"aria-busy": "true", "aria-disabled": "true"} if busy else {}
    return t"""<button
        type={"submit" if submit else "button"} class={classes} disabled={disabled} {state}
        {attributes}
    >{icon}<span>{label}</span></button>"""
