"""A small picture of a person, or the initials."""

from dataclasses import dataclass
from string.templatelib import Template
from typing import Literal

from ...helpers.classes import class_names

type Size = Literal["small", "medium", "large"]


@dataclass(frozen=True)
class Avatar:
    """`name` is the picture's text, and gives the initials and the colour where there is none."""

    name: str
    picture: str | None = None
    size: Size = "medium"

    def __call__(self) -> Template:
        classes = class_names("avatar", self.size)
        if self.picture:
            return t"<img class={classes} src={self.picture} alt={self.name}>"
        style = {"--hue": self._hue()}
        return t"""<span
            class={classes} style={style} role="img" aria-label={self.name}
        ><span aria-hidden="true">{self._initials()}</span></span>"""

    def _initials(self) -> str:
        """Of the first and the last name."""
        words = self.name.split()
        return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:]))

    def _hue(self) -> int:
        """In degrees; the same for the same name. (`hash()` isn't: Python salts it per process.)"""
        return sum(map(ord, self.name)) * 37 % 360
