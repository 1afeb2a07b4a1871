"""The component: a function from values to HTML. Nothing in it knows of Storytime."""

from string.templatelib import Template


def Button(label: str, disabled: bool = False) -> Template:
    """A button that says `label`."""
    return t'<button type="button" disabled={disabled}>{label}</button>'
