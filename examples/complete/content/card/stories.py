"""Children in a story: a t-string, in which other components are tags."""

from datetime import date
from decimal import Decimal

from storytime import Story, Subject

from ...actions.button import Button
from ...actions.link import Link
from .card import Card
from .ticket_card import TicketCard

TICKET = {
    "number": "H-20417",
    "origin": "Kelby",
    "destination": "Vane Island",
    "sails_on": date(2030, 6, 7),
    "price": Decimal("38.5"),
}


def cards() -> Subject:
    return Subject(
        title="Card",
        description="One thing among others of its kind.",
        target=Card,
        items=[
            Story(
                title="Plain",
                props={
                    "heading": "Evening crossings",
                    "children": t"From June on the last ferry leaves Storr at a quarter to ten.",
                },
            ),
            Story(
                title="With something to do",
                props={
                    "kicker": "Vane Island",
                    "heading": "A day among puffins",
                    "children": t"""
                        <p>There in the morning, back at dusk, lunch at the lighthouse.
                        <{Link} href="#island" label="About the island" /></p>
                    """,
                    "footer": t'<{Button} label="See sailings" variant="primary" />',
                },
            ),
            Story(
                title="A ticket",
                description="The same card, filled by a component of the application.",
                target=TicketCard,
                props=TICKET,
            ),
            Story(
                title="A flexible ticket for three",
                target=TicketCard,
                props=TICKET | {"passengers": 3, "price": Decimal("148"), "flexible": True},
            ),
        ],
    )
