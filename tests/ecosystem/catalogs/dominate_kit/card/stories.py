from storytime import Story, Subject

from ..components import card, menu, sign_up


def cards() -> Subject:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    return Subject(
        target=card,
        items=[
            Story(title="Plain", props={"heading": "<Tea>"}),
            Story(title="Menu", target=menu, props={"entries": entries}),
            Story(title="Form", target=sign_up, props={"name": '"Ada" <ada@example.org>'}),
        ],
    )
