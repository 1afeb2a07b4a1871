"""A subject without a component of its own: each story says what it shows."""

from storytime import Story, Subject

from .about import about
from .control_room import ControlRoom


def welcome() -> Subject:
    return Subject(
        description="What Harbour is, and what it looks like in one piece.",
        items=[
            Story(title="About Harbour", template=about),
            Story(
                title="All together",
                description="A page of the application, made of nothing but components.",
                target=ControlRoom,
                props={"clerk": "Ida Storm"},
            ),
        ],
    )
