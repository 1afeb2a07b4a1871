"""What all fields have around their control: a label above, a hint or an error below."""

from dataclasses import dataclass
from string.templatelib import Template

from ..helpers.classes import class_names
from ..helpers.ids import element_id
from ..icon import Icon


@dataclass(frozen=True)
class FieldText:
    """The texts of a field, and the ids that tie them to the control with that `name`."""

    label: str
    name: str
    hint: str | None = None
    error: str | None = None
    required: bool = False

    @property
    def control_id(self) -> str:
        return element_id("field", self.name)

    @property
    def note_id(self) -> str:
        return element_id("note", self.name)

    @property
    def control_attributes(self) -> dict[str, object]:
        """What every kind of control has: who it is, and which texts explain it."""
        return {
            "id": self.control_id,
            "name": self.name,
            "class": class_names("control", "invalid" if self.error else None),
            "required": self.required,
            "aria-invalid": "true" if self.error else None,
            "aria-describedby": self.note_id if self.error or self.hint else None,
        }


def Field(text: FieldText, children: Template) -> Template:
    """The frame of a field; `children` is its control."""
    optional = t' <span class="hb-field__optional">(optional)</span>'
    return t"""
        <div class={class_names("field")}>
          <label for={text.control_id}>{text.label}{not text.required and optional}</label>
          {children}
          {_note(text)}
        </div>
    """


def _note(text: FieldText) -> Template | None:
    """The error, else the hint: whoever made a mistake needs no second text to read."""
    if text.error:
        return t"<p id={text.note_id} class='hb-field__error'>{Icon('stop')} {text.error}</p>"
    if text.hint:
        return t"<p id={text.note_id} class='hb-field__hint'>{text.hint}</p>"
    return None
