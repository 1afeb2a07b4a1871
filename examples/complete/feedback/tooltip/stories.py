"""What appears only on hover has a story in which it is visible."""

from storytime import Story, Subject

from .tooltip import Tooltip

FLEX = {"label": "Flexible", "text": "Valid on any sailing of the day you booked."}


def tooltips() -> Subject:
    return Subject(
        title="Tooltip",
        description="A word more, for those who ask. Nothing that everybody has to know.",
        target=Tooltip,
        items=[
            Story(title="At rest", props=FLEX),
            Story(title="Shown", props=FLEX | {"shown": True}),
        ],
    )
