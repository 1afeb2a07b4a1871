"""Shown instead of an empty list."""

from dataclasses import dataclass
from string.templatelib import Template

from ...helpers.classes import class_names
from ...icon import Icon


@dataclass(frozen=True)
class EmptyState:
    """Says that nothing is there, why (`children`), and what to do about it (`action`)."""

    heading: str
    children: Template
    icon: str = "ferry"
    action: Template | None = None

    def __call__(self) -> Template:
        return t"""
            <div class={class_names("empty-state")}>
              {Icon(self.icon, size=40)}
              <h3>{self.heading}</h3>
              <div>{self.children}</div>
              {self.action}
            </div>
        """
