"""The subject of this folder: one component, and every state of it that is worth a look."""

from storytime import Story, Subject

from ...icon import Icon
from .button import Button
from .guidelines import guidelines


def buttons() -> Subject:
    """A story is `target(**props)`. The target is given once, here, for all of them."""
    return Subject(
        title="Button",
        description="Changes something: it sends, saves, opens or removes.",
        target=Button,
        items=[
            # Without a title a story gets the subject's; its address ends in "story-0".
            Story(props={"label": "Book crossing"}),
            Story(
                title="Primary",
                description="The one thing most people came for.",
                props={"label": "Book crossing", "variant": "primary"},
            ),
            Story(title="Quiet", props={"label": "Not now", "variant": "quiet"}),
            Story(
                # Its address stays "…/danger" however often the title is reworded: links survive.
                name="danger",
                title="For what can't be undone",
                props={"label": "Cancel booking", "variant": "danger", "icon": Icon("trash")},
            ),
            Story(
                title="With an icon",
                props={"label": "Add passenger", "icon": Icon("plus")},
            ),
            Story(title="Small", props={"label": "Edit", "size": "small"}),
            Story(
                title="Large",
                props={"label": "Find sailings", "size": "large", "variant": "primary"},
            ),
            Story(title="Disabled", props={"label": "Book crossing", "disabled": True}),
            Story(
                title="Busy",
                description="It has been pressed and the answer isn't here yet.",
                props={"label": "Book crossing", "variant": "primary", "busy": True},
            ),
            Story(
                title="Guidelines",
                description="Which variant is for what.",
                template=guidelines,
            ),
        ],
    )
