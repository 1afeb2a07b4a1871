from storytime import Story, Subject

from ..components import Badge, Card


def cards() -> Subject:
    badges = [Badge("new"), Badge('"hot"')]
    return Subject(
        target=Card,
        items=[
            Story(title="Plain", props={"heading": "<Tea>"}),
            Story(title="Wide", props={"heading": "A & b", "kind": "wide", "badges": badges}),
        ],
    )
