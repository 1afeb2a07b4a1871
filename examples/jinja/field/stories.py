"""Stories of a macro."""

from storytime import Story, Subject

from ..rendering import macro


def field() -> Subject:
    """Return the subject; its target calls the macro `field` of `templates/macros.html`."""
    return Subject(
        description="A labelled text field, with a hint or with what is wrong.",
        target=macro("field"),
        items=[
            Story(title="Empty", props={"name": "email", "label": "E-mail"}),
            Story(
                title="With a hint",
                props={"name": "email", "label": "E-mail", "hint": "We write to nobody else."},
            ),
            Story(
                title="Wrong",
                props={
                    "name": "email",
                    "label": "E-mail",
                    "value": "ada at home",
                    "error": "Is there an @ missing?",
                },
            ),
        ],
    )
