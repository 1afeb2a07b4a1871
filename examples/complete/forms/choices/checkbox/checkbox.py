"""Yes or no, sent with the form."""

from string.templatelib import Template

from ....helpers.classes import class_names
from ....helpers.ids import element_id


def Checkbox(
    label: str,
    name: str,
    checked: bool = False,
    disabled: bool = False,
    required: bool = False,
    hint: str | None = None,
) -> Template:
    """The label holds the box, so that a click on either of them counts."""
    hint_id = element_id("note", name)
    note = t"<span id={hint_id} class='hb-choice__hint'>{hint}</span>"
    return t"""
        <label class={class_names("choice")}>
          <input
            type="checkbox" name={name} checked={checked} disabled={disabled} required={required}
            aria-describedby={hint_id if hint else None}
          >
          <span>{label}</span>
          {note if hint else None}
        </label>
    """
