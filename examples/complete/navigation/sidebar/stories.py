"""Props that are a mapping of lists."""

from storytime import Story, Subject

from ...icon import Icon
from ..nav_link import NavLink
from .sidebar import Sidebar

GROUPS = {
    "Today": [
        NavLink("Sailings", "#sailings", Icon("ferry")),
        NavLink("Messages", "#messages", Icon("bell"), news=3),
    ],
    "Planning": [
        NavLink("Calendar", "#calendar", Icon("calendar")),
        NavLink("Crew", "#crew", Icon("user")),
        NavLink("Tickets", "#tickets", Icon("ticket")),
    ],
}


def sidebars() -> Subject:
    return Subject(
        title="Sidebar",
        description="The way around in a part with many pages.",
        target=Sidebar,
        items=[
            Story(
                title="Grouped",
                props={"label": "Control room", "groups": GROUPS, "current": "#sailings"},
            ),
        ],
    )
