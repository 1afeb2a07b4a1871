"""The stories contain what differs; what they share is above them."""

from storytime import Story, Subject

from ..nav_link import NavLink
from .navbar import Navbar

LINKS = [
    NavLink("Timetable", "#timetable"),
    NavLink("Bookings", "#bookings", news=2),
    NavLink("Islands", "#islands"),
]


def navbars() -> Subject:
    bar = {"links": LINKS, "current": "#timetable"}
    return Subject(
        title="Navbar",
        description="The top of every page.",
        target=Navbar,
        items=[
            Story(title="Visitor", props=bar),
            Story(title="Signed in", props=bar | {"user": "Ida Storm", "current": "#bookings"}),
        ],
    )
