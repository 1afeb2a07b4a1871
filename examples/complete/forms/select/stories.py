"""Props that are a mapping."""

from storytime import Story, Subject

from .select import Select

PORTS = {"kel": "Kelby", "orm": "Ormsey", "sto": "Storr", "van": "Vane Island"}


def selects() -> Subject:
    port = {"label": "Departs from", "name": "from", "options": PORTS, "required": True}
    prompt = {"prompt": "Choose a port"}
    return Subject(
        title="Select",
        description="One of many, where a radio group would be too long.",
        target=Select,
        items=[
            Story(title="Nothing chosen", props=port | prompt),
            Story(title="Chosen", props=port | prompt | {"chosen": "orm"}),
            Story(
                title="With an error",
                props=port | prompt | {"error": "Choose where you go aboard."},
            ),
        ],
    )
