"""A card of the application: it knows what a ticket contains, and Card knows how that looks."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string.templatelib import Template

from ...actions.button import Button
from ...data.description_list import DescriptionList
from ...helpers.formats import day, money
from ...helpers.tones import Tone
from ..tag import Tag
from .card import Card


@dataclass(frozen=True)
class TicketCard:
    """A ticket that somebody holds."""

    number: str
    origin: str
    destination: str
    sails_on: date
    price: Decimal
    passengers: int = 1
    flexible: bool = False

    def __call__(self) -> Template:
        facts = {"Day": day(self.sails_on), "Passengers": self.passengers}
        footer = t"""
            <span class="hb-ticket__price">{money(self.price)}</span>
            <{Button} label="Show ticket" size="small" />
        """
        return t"""
            <div class="hb-ticket">
              <{Card}
                heading="{self.origin} → {self.destination}" kicker="Ticket {self.number}"
                footer={footer}
              >
                {t"<{Tag} label='Flexible' tone={Tone.SUCCESS} />" if self.flexible else None}
                <{DescriptionList} facts={facts} />
              </{Card}>
            </div>
        """
