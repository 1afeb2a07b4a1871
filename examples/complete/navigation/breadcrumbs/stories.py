"""Props that are a list of pairs."""

from storytime import Story, Subject

from .breadcrumbs import Breadcrumbs


def breadcrumbs() -> Subject:
    return Subject(
        title="Breadcrumbs",
        description="Where this page stands, and the way back up.",
        target=Breadcrumbs,
        items=[
            Story(
                title="Three levels",
                props={
                    "above": [("Harbour", "#home"), ("Bookings", "#bookings")],
                    "here": "Kelby to Vane Island",
                },
            ),
            Story(title="Top level", props={"above": [("Harbour", "#home")], "here": "Timetable"}),
        ],
    )
