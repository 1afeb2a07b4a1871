"""The state that is forgotten most often has its own page."""

from storytime import Story, Subject

from ...actions.button import Button
from .empty_state import EmptyState


def empty_states() -> Subject:
    return Subject(
        title="Empty state",
        description="What stands where nothing is: why, and what to do about it.",
        target=EmptyState,
        items=[
            Story(
                title="With a way on",
                props={
                    "heading": "No bookings yet",
                    "children": t"Your crossings will be listed here.",
                    "action": t'<{Button} label="Book crossing" variant="primary" />',
                },
            ),
            Story(
                title="Nothing found",
                props={
                    "icon": "search",
                    "heading": "No sailing fits",
                    "children": t"Try another day, or fewer passengers.",
                },
            ),
        ],
    )
