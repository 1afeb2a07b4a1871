"""Three states, three stories."""

from storytime import Story, Subject

from .switch import Switch


def switches() -> Subject:
    alerts = {"label": "Text me when my sailing is late", "name": "alerts"}
    return Subject(
        title="Switch",
        description="On or off, at once. Where a form has to be sent first, take a checkbox.",
        target=Switch,
        items=[
            Story(title="Off", props=alerts),
            Story(title="On", props=alerts | {"on": True}),
            Story(title="Disabled", props=alerts | {"on": True, "disabled": True}),
        ],
    )
