"""Stories are values: if they differ in one prop only, make them in a loop."""

from storytime import Story, Subject

from ...helpers.tones import Tone
from .tag import Tag

LABELS = {
    Tone.NEUTRAL: "Scheduled",
    Tone.INFO: "Boarding",
    Tone.SUCCESS: "On time",
    Tone.WARNING: "Delayed",
    Tone.DANGER: "Cancelled",
}


def tags() -> Subject:
    return Subject(
        title="Tag",
        description="The state of something, in a word.",
        target=Tag,
        items=[
            Story(title=tone.capitalize(), props={"label": label, "tone": tone})
            for tone, label in LABELS.items()
        ],
    )
