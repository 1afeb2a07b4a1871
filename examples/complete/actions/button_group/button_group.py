"""A container: what is between its tags is passed to it as `children`."""

from string.templatelib import Template

from ...helpers.classes import class_names


def ButtonGroup(label: str, children: Template, joined: bool = False) -> Template:
    """Buttons about one thing; `label` says which, to those who don't see them side by side."""
    classes = class_names("button-group", "joined" if joined else None)
    return t'<div role="group" aria-label={label} class={classes}>{children}</div>'
