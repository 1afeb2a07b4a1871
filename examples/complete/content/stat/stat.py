"""One important number, and how it has changed."""

from dataclasses import dataclass
from decimal import Decimal
from string.templatelib import Template

from ...helpers.classes import class_names
from ...helpers.formats import money


@dataclass(frozen=True)
class Stat:
    """A Decimal is money, a float one digit, an int whole. `change` is a share: 0.05 is + 5 %."""

    label: str
    value: int | float | Decimal
    unit: str | None = None
    change: float | None = None

    def __call__(self) -> Template:
        return t"""
            <dl class={class_names("stat")}>
              <dt>{self.label}</dt>
              <dd class="hb-stat__value">{self._shown()}{self.unit and f" {self.unit}"}</dd>
              {self._change()}
            </dl>
        """

    def _shown(self) -> str:
        match self.value:
            case Decimal():
                return money(self.value)
            case float():
                return f"{self.value:,.1f}"
            case _:
                return f"{self.value:,}"

    def _change(self) -> Template | None:
        if self.change is None:
            return None
        direction = "up" if self.change > 0 else "down" if self.change < 0 else "level"
        sign = {"up": "▲", "down": "▼", "level": "–"}[direction]
        return t"""
            <dd class={class_names("stat__change", direction)}>
              <span aria-hidden="true">{sign}</span>
              <span class="hb-unseen">{direction}</span> {abs(self.change):.1%} on last week
            </dd>
        """
