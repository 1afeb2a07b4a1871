"""The navigation of a part with many pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string.templatelib import Template

from ...helpers.classes import class_names
from ...helpers.ids import element_id
from ..nav_link import NavLink


@dataclass(frozen=True)
class Sidebar:
    """Links in groups, each with a heading. `label` tells this navigation from the main one."""

    label: str
    groups: Mapping[str, Sequence[NavLink]]
    current: str

    def __call__(self) -> Template:
        groups = [self._group(heading, links) for heading, links in self.groups.items()]
        return t"<nav class={class_names('sidebar')} aria-label={self.label}>{groups}</nav>"

    def _group(self, heading: str, links: Sequence[NavLink]) -> Template:
        heading_id = element_id("nav", heading)
        return t"""
            <p id={heading_id}>{heading}</p>
            <ul aria-labelledby={heading_id}>{[link.item(self.current) for link in links]}</ul>
        """
