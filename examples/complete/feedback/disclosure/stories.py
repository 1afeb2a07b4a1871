"""Two components that only make sense together share a folder and a subject."""

from storytime import Story, Subject

from .disclosure import Accordion, Disclosure

BICYCLE = {
    "summary": "Can I bring a bicycle?",
    "children": t"<p>Yes, on every sailing and for nothing. It stands on deck 3.</p>",
}

ANSWERS = {
    "When do I have to be there?": "Ten minutes before we sail; with a car, thirty.",
    "May dogs come aboard?": "On deck, and in the rear saloon. Bring a lead.",
    "What if the weather is bad?": "We write as soon as we know, and your ticket stays valid.",
}


def disclosures() -> Subject:
    return Subject(
        title="Disclosure",
        description="More, on demand.",
        target=Disclosure,
        items=[
            Story(title="Closed", props=BICYCLE),
            Story(title="Open", props=BICYCLE | {"open": True}),
            Story(
                title="Accordion",
                description="Several, of which one at a time is open.",
                target=Accordion,
                props={"label": "Questions", "answers": ANSWERS},
            ),
        ],
    )
