"""Stories for the edge cases: none, some, too many."""

from storytime import Story, Subject

from .badge import Badge


def badges() -> Subject:
    return Subject(
        title="Badge",
        description="How many, on something else. What has a state instead gets a tag.",
        target=Badge,
        items=[
            Story(title="Some", props={"count": 3, "of": "unread messages"}),
            Story(title="None", props={"count": 0, "of": "unread messages"}),
            Story(title="Too many", props={"count": 1250, "of": "unread messages"}),
        ],
    )
