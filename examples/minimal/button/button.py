"""The component: a function from values to HTML. It knows nothing of Storytime."""

from string.templatelib import Template


def Button(label: str, disabled: bool = False) -> Template:
    """A button that says `label`."""
    return t'<button type="button" disabled={disabled}>{label}</button>'
