"""Props that are bools."""

from storytime import Story, Subject

from .checkbox import Checkbox


def checkboxes() -> Subject:
    bicycle = {"label": "I bring a bicycle", "name": "bicycle"}
    return Subject(
        title="Checkbox",
        description="Yes or no, sent with the form.",
        target=Checkbox,
        items=[
            Story(title="Off", props=bicycle),
            Story(title="On", props=bicycle | {"checked": True}),
            Story(
                title="With a hint",
                props=bicycle | {"hint": "It goes on deck 3 and costs nothing.", "checked": True},
            ),
            Story(title="Disabled", props=bicycle | {"disabled": True}),
        ],
    )
