"""The aspects of one thing, a page each."""

from collections.abc import Sequence
from dataclasses import dataclass
from string.templatelib import Template

from ...helpers.classes import class_names
from ..nav_link import NavLink


@dataclass(frozen=True)
class Tabs:
    """`label` names what it is that has these sides; `current` is the address of the one shown."""

    label: str
    links: Sequence[NavLink]
    current: str

    def __call__(self) -> Template:
        return t"""
            <nav class={class_names("tabs")} aria-label={self.label}>
              <ul>{[link.item(self.current) for link in self.links]}</ul>
            </nav>
        """
