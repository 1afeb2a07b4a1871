"""Props that are members of an enum."""

from storytime import Story, Subject

from ...actions.link import Link
from ...helpers.tones import Tone
from .alert import Alert


def alerts() -> Subject:
    return Subject(
        title="Alert",
        description="Something to know about this page. It stays until its cause is gone.",
        target=Alert,
        items=[
            Story(
                title="Neutral",
                props={
                    "heading": "Summer timetable",
                    "children": t"In force from 1 May to 30 September.",
                    "tone": Tone.NEUTRAL,
                },
            ),
            Story(
                title="Info",
                props={
                    "heading": "Boarding has begun",
                    "children": t"The gates close five minutes before we sail.",
                },
            ),
            Story(
                title="Success",
                props={
                    "heading": "You are booked",
                    "children": t"We have sent the tickets to ada@example.org.",
                    "tone": Tone.SUCCESS,
                },
            ),
            Story(
                title="Warning",
                props={
                    "heading": "Strong wind in the afternoon",
                    "children": t"""
                        Sailings after 14:00 may be late.
                        <{Link} href="#weather" label="Today’s weather" />
                    """,
                    "tone": Tone.WARNING,
                },
            ),
            Story(
                title="Danger",
                props={
                    "heading": "The 13:20 to Storr is cancelled",
                    "children": t"Your ticket is valid on any other sailing today.",
                    "tone": Tone.DANGER,
                },
            ),
        ],
    )
