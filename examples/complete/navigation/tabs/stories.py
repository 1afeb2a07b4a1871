"""Props that are a list of our own values."""

from storytime import Story, Subject

from ...icon import Icon
from ..nav_link import NavLink
from .tabs import Tabs


def tabs() -> Subject:
    return Subject(
        title="Tabs",
        description="The sides of one thing, a page each.",
        target=Tabs,
        items=[
            Story(
                title="Plain",
                props={
                    "label": "Your bookings",
                    "current": "#upcoming",
                    "links": [
                        NavLink("Upcoming", "#upcoming", news=2),
                        NavLink("Past", "#past"),
                        NavLink("Cancelled", "#cancelled"),
                    ],
                },
            ),
            Story(
                title="With icons",
                props={
                    "label": "Your account",
                    "current": "#tickets",
                    "links": [
                        NavLink("Person", "#person", Icon("user")),
                        NavLink("Tickets", "#tickets", Icon("ticket")),
                        NavLink("Reminders", "#reminders", Icon("bell")),
                    ],
                },
            ),
        ],
    )
