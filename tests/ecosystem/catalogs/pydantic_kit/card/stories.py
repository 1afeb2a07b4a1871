from storytime import Story, Subject

from ..components import Badge, Card


def cards() -> Subject:
    return Subject(
        target=Card,
        items=[
            Story(title="Plain", props={"heading": "<Tea>"}),
            Story(
                title="Wide",
                props={
                    "heading": "Tea & cake",
                    "kind": "wide",
                    "link": "https://example.org/?a=1&b=2",
                    "badges": [Badge(text="new"), {"text": '"hot"'}],
                },
            ),
        ],
    )
