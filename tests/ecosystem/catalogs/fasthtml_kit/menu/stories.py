from fasthtml.common import P

from storytime import Story, Subject

from ..main import card, menu


def menus() -> Subject:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    return Subject(
        target=menu,
        items=[
            Story(title="Main", props={"entries": entries}),
            Story(title="In a card", target=lambda: (card(menu(entries), heading="A"), P("Two"))),
        ],
    )
