from storytime import Story, Subject

from ..components import Card, load


def cards() -> Subject:
    return Subject(
        target=Card,
        items=[
            Story(title="Plain", props={"heading": "<Tea>"}),
            Story(title="Linked", target=load, props={"name": "linked"}),
        ],
    )
