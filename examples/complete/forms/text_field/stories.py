"""Every state of a field has a story, so that a redesign forgets none."""

from storytime import Story, Subject

from .text_field import TextField


def text_fields() -> Subject:
    email = {"label": "E-mail", "name": "email", "kind": "email", "required": True}
    return Subject(
        title="Text field",
        description="One line of text, with the label above and the help below.",
        target=TextField,
        items=[
            Story(title="Empty", props={"label": "Name on the ticket", "name": "name"}),
            Story(title="Filled in", props=email | {"value": "ada@example.org"}),
            Story(title="With a hint", props=email | {"hint": "We send your ticket there."}),
            Story(
                title="With an error",
                description="The error says what to do, and takes the place of the hint.",
                props=email | {"value": "ada@", "error": "Add what follows the @, please."},
            ),
            Story(
                title="A number",
                props={"label": "Passengers", "name": "passengers", "kind": "number", "value": 2},
            ),
            Story(title="Disabled", props=email | {"value": "ada@example.org", "disabled": True}),
        ],
    )
