"""A link in the tabs, the navbar or the sidebar; it may be the current page."""

from dataclasses import dataclass, field
from string.templatelib import Template

from ..content.badge import Badge
from ..icon import Icon


@dataclass(frozen=True)
class NavLink:
    """`news` is how many new things wait there; 0 shows nothing."""

    label: str
    href: str
    icon: Icon | None = None
    news: int = field(default=0, kw_only=True)

    def item(self, current: str) -> Template:
        """The link as an item of a list. `aria-current` says which one it is, to CSS as well."""
        here = "page" if self.href == current else None
        badge = t" <{Badge} count={self.news} of='new' />"
        return t"""
            <li><a href={self.href} aria-current={here}>
              {self.icon}{self.label}{badge if self.news else None}
            </a></li>
        """
