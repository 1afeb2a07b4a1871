"""Components that contain others: `children` is a template with components as tags."""

from storytime import Story, Subject

from ..button import Button
from .button_group import ButtonGroup


def button_groups() -> Subject:
    # A list of templates is rendered one after the other.
    spans = [t"<{Button} label={span} />" for span in ("Day", "Week", "Month")]
    return Subject(
        title="Button group",
        description="Buttons that belong together, apart or joined into one.",
        target=ButtonGroup,
        items=[
            Story(
                title="Apart",
                props={
                    "label": "This booking",
                    "children": t"""
                        <{Button} label="Change" variant="primary" />
                        <{Button} label="Send again" />
                        <{Button} label="Cancel" variant="quiet" />
                    """,
                },
            ),
            Story(
                title="Joined",
                props={"label": "Period", "joined": True, "children": t"{spans}"},
            ),
        ],
    )
