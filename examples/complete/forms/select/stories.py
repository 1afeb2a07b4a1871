"""Props that are a mapping."""

from storytime import Story, Subject

from .select import Select

PORTS = {"kel": "Kelby", "orm": "Ormsey", "sto": "Storr", "van": "Vane Island"}


def selects() -> Subject:
    port = {"label": "Departs from", "name": "from", "options": PORTS, "required": True}
    return Subject(
        title="Select",
        description="One of many, where a radio group would be too long.",
        target=Select,
        items=[
            Story(title="Nothing chosen", props=port | {"prompt": "Choose a port"}),
            Story(title="Chosen", props=port | {"chosen": "orm"}),
            Story(
                title="With an error",
                props=port | {"prompt": "Choose a port", "error": "Choose where you go aboard."},
            ),
        ],
    )
