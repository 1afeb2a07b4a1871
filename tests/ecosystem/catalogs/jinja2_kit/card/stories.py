from storytime import Story, Subject

from ..rendering import card


def cards() -> Subject:
    return Subject(
        target=card,
        items=[
            Story(title="Plain", props={"heading": "<Tea>", "tags": []}),
            Story(
                title="Tagged",
                props={"heading": "Tea & cake", "tags": ["new", '"hot"'], "text": "<b>Fresh</b>"},
            ),
        ],
    )
