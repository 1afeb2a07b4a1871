"""Props may be objects: here each story passes an Icon."""

from storytime import Story, Subject

from ...icon import Icon
from .icon_button import IconButton


def icon_buttons() -> Subject:
    return Subject(
        title="Icon button",
        description="For signs that everybody knows, where there is no room for words.",
        target=IconButton,
        items=[
            Story(title="Close", props={"icon": Icon("close"), "label": "Close"}),
            Story(
                title="Toggle, off",
                props={"icon": Icon("bell"), "label": "Remind me", "pressed": False},
            ),
            Story(
                title="Toggle, on",
                props={"icon": Icon("bell"), "label": "Remind me", "pressed": True},
            ),
        ],
    )
