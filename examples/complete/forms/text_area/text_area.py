"""Several lines of text."""

from dataclasses import dataclass
from string.templatelib import Template

from ..field import Field, FieldText


@dataclass(frozen=True)
class TextArea:
    """As high as `rows` lines; people can drag it higher."""

    label: str
    name: str
    value: str = ""
    rows: int = 4
    hint: str | None = None
    error: str | None = None
    required: bool = False

    def __call__(self) -> Template:
        text = FieldText(self.label, self.name, self.hint, self.error, self.required)
        # Between the tags every space counts, so the value stands there alone.
        return t"""
            <{Field} text={text}>
              <textarea rows={self.rows} {text.control_attributes}>{self.value}</textarea>
            </{Field}>
        """
