"""Text that people write themselves, short and long."""

from storytime import Story, Subject

from .text_area import TextArea

MESSAGE = """Hello,

we travel with a wheelchair and a dog. Which deck is the better one?

Thank you
Ada"""


def text_areas() -> Subject:
    return Subject(
        title="Text area",
        description="Several lines of text.",
        target=TextArea,
        items=[
            Story(
                title="Empty",
                props={"label": "Message", "name": "message", "hint": "We answer within a day."},
            ),
            Story(
                title="Filled in",
                props={"label": "Message", "name": "message", "value": MESSAGE, "rows": 7},
            ),
            Story(
                title="With an error",
                props={
                    "label": "Message",
                    "name": "message",
                    "error": "Tell us in a few words what we can do.",
                    "required": True,
                },
            ),
        ],
    )
