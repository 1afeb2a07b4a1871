from htpy import p

from storytime import Story, Subject

from ..components import card, sign_up


def cards() -> Subject:
    return Subject(
        target=card,
        items=[
            Story(title="Plain", props={"heading": "<Tea> & “cake”"}),
            Story(title="Filled", target=lambda: card(heading="Tea")[p["One"], p["Two"]]),
            Story(title="Form", target=sign_up, props={"name": '"Ada" <ada@example.org>'}),
        ],
    )
