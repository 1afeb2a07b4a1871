"""A button that shows only an icon."""

from string.templatelib import Template

from ...helpers.classes import class_names
from ...icon import Icon


def IconButton(icon: Icon, label: str, pressed: bool | None = None) -> Template:
    """`label` is what a screen reader says, and what appears when the mouse rests on it.

    `pressed` makes it a toggle that is on or off; None, an ordinary button.
    """
    # In `aria`, unlike elsewhere, tdom writes True and False out; None leaves the attribute away.
    aria = {"label": label, "pressed": pressed}
    return t"""<button
        type="button" class={class_names("icon-button")} title={label} aria={aria}
    >{icon}</button>"""
