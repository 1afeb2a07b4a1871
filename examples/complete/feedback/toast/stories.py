"""Short texts and long ones: both have to fit."""

from storytime import Story, Subject

from ...helpers.tones import Tone
from .toast import Toast


def toasts() -> Subject:
    return Subject(
        title="Toast",
        description="What has just happened. It goes by itself, so nothing important stands in it.",
        target=Toast,
        items=[
            Story(title="Done", props={"message": "Booking saved."}),
            Story(title="With undo", props={"message": "Passenger removed.", "undo": "Undo"}),
            Story(
                title="Failed",
                props={
                    "message": "The booking could not be saved, because the connection was lost."
                    " We try again in ten seconds.",
                    "tone": Tone.DANGER,
                },
            ),
        ],
    )
