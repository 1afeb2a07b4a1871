from collections.abc import Iterator

from htpy import p

from .components import card, layout, menu, sign_up


def rendered() -> Iterator[tuple[str, str]]:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    yield "card/plain", str(layout("Plain", card(heading="<Tea> & “cake”")))
    yield "card/filled", str(layout("Filled", card(heading="Tea")[p["One"], p["Two"]]))
    yield "card/form", str(layout("Form", sign_up('"Ada" <ada@example.org>')))
    yield "menu/main", str(layout("Main", menu(entries, "Home")))
