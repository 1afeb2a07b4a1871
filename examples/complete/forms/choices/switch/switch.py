"""On or off, effective at once: unlike a checkbox, a switch doesn't wait for a form to be sent."""

from string.templatelib import Template

from ....helpers.classes import class_names


def Switch(label: str, name: str, on: bool = False, disabled: bool = False) -> Template:
    """A checkbox underneath, so that it works with a keyboard and says its state by itself."""
    return t"""
        <label class={class_names("choice", "switch")}>
          <input type="checkbox" role="switch" name={name} checked={on} disabled={disabled}>
          <span>{label}</span>
        </label>
    """
