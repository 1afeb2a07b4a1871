"""A component may return anything that is HTML: a template, a str, an object with `__html__`."""

from storytime import Story, Subject

from .progress import Progress


def progress_bars() -> Subject:
    return Subject(
        title="Progress",
        description="How far something has come.",
        target=Progress,
        items=[
            Story(title="Begun", props={"label": "Boarding", "value": 0.08}),
            Story(title="Half way", props={"label": "Boarding", "value": 0.5}),
            Story(title="Done", props={"label": "Boarding", "value": 1.0}),
            Story(title="Nobody knows", props={"label": "Looking for sailings"}),
        ],
    )
