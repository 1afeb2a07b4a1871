"""The top of every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from string.templatelib import Template

from ...content.avatar import Avatar
from ...helpers.classes import class_names
from ...icon import Icon
from ..nav_link import NavLink


@dataclass(frozen=True)
class Navbar:
    """The brand, the few main pages, and `user`, if somebody is signed in."""

    links: Sequence[NavLink]
    current: str
    user: str | None = None

    def __call__(self) -> Template:
        return t"""
            <header class={class_names("navbar")}>
              <a class="hb-navbar__brand" href="#home">{Icon("anchor", size=24)} Harbour</a>
              <nav aria-label="Main">
                <ul>{[link.item(self.current) for link in self.links]}</ul>
              </nav>
              <div class="hb-navbar__user">{self._user()}</div>
            </header>
        """

    def _user(self) -> Template:
        if self.user is None:
            return t'<a href="#sign-in">Sign in</a>'
        return t"<{Avatar} name={self.user} size='small' />"
