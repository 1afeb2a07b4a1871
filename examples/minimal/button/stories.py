"""The folder's page in the catalog: one subject, and a story for each state of the component."""

from storytime import Story, Subject

from .button import Button


def this_subject() -> Subject:
    """Each story is `Button(**props)`; the subject takes its title from the folder."""
    return Subject(
        target=Button,
        items=[
            Story(title="Ready", props={"label": "Save"}),
            Story(title="Disabled", props={"label": "Save", "disabled": True}),
        ],
    )
