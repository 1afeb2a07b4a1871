"""A component as a dataclass: the fields are its props, and calling it returns its HTML."""

from dataclasses import dataclass
from string.templatelib import Template
from typing import Literal

from ..field import Field, FieldText


@dataclass(frozen=True)
class TextField:
    """One line. `kind` is the input's type: it chooses the keyboard on a phone."""

    label: str
    name: str
    kind: Literal["text", "email", "tel", "number", "date", "search", "password"] = "text"
    value: str | int = ""
    hint: str | None = None
    error: str | None = None
    required: bool = False
    disabled: bool = False
    autocomplete: str | None = None

    def __call__(self) -> Template:
        text = FieldText(self.label, self.name, self.hint, self.error, self.required)
        return t"""
            <{Field} text={text}>
              <input
                type={self.kind} value={self.value} disabled={self.disabled}
                autocomplete={self.autocomplete} {text.control_attributes}
              >
            </{Field}>
        """
