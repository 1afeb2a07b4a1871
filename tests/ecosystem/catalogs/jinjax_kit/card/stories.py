from storytime import Story, Subject

from ..rendering import card


def cards() -> Subject:
    return Subject(
        target=card,
        items=[
            Story(title="Plain", props={"heading": "Tea"}),
            Story(
                title="Odd",
                props={"heading": "<Tea>", "kind": '"odd"', "text": "<b>Fresh</b> & hot"},
            ),
        ],
    )
