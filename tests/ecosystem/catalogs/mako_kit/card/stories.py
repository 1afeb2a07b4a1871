from storytime import Story, Subject

from ..rendering import article, card


def cards() -> Subject:
    return Subject(
        target=card,
        items=[
            Story(title="Plain", props={"heading": "<Tea>", "tags": []}),
            Story(title="Tagged", props={"heading": "Tea & cake", "tags": ["new", '"hot"']}),
            Story(title="Article", target=article, props={"heading": "<i>News</i>"}),
        ],
    )
