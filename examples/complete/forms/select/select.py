"""One of many answers, when a radio group would be too long."""

from collections.abc import Mapping
from dataclasses import dataclass
from string.templatelib import Template

from ..field import Field, FieldText


@dataclass(frozen=True)
class Select:
    """`options` map what is sent to what is shown; `prompt` stands there while none is chosen."""

    label: str
    name: str
    options: Mapping[str, str]
    chosen: str | None = None
    prompt: str | None = None
    hint: str | None = None
    error: str | None = None
    required: bool = False

    def __call__(self) -> Template:
        text = FieldText(self.label, self.name, self.hint, self.error, self.required)
        choices = ({"": self.prompt} if self.prompt else {}) | dict(self.options)
        options = [
            t"<option value={value} selected={value == (self.chosen or '')}>{shown}</option>"
            for value, shown in choices.items()
        ]
        return t"""
            <{Field} text={text}>
              <select {text.control_attributes}>{options}</select>
            </{Field}>
        """
