"""A dialog is shown open, to look at it, and closed behind its button, to try it."""

from storytime import Story, Subject

from .dialog import Dialog
from .opener import CancelBooking


def dialogs() -> Subject:
    return Subject(
        title="Dialog",
        description="A question that has to be answered before anything else. Rarely the best way.",
        target=Dialog,
        items=[
            Story(
                title="A question",
                props={
                    "heading": "Take the later sailing?",
                    "children": t"<p>The 09:30 is full. On the 11:05 there are 86 seats left.</p>",
                    "confirm": "Take the 11:05",
                    "open": True,
                },
            ),
            Story(
                title="Opened by its button",
                description="Press it: no JavaScript is involved.",
                target=CancelBooking,
            ),
        ],
    )
