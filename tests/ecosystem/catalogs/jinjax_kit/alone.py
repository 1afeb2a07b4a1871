from collections.abc import Iterator

from markupsafe import Markup

from .rendering import card, layout, menu


def rendered() -> Iterator[tuple[str, str]]:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    yield "card/plain", layout("Plain", Markup(card("Tea")))
    yield "card/odd", layout("Odd", Markup(card("<Tea>", '"odd"', "<b>Fresh</b> & hot")))
    yield "menu/main", layout("Main", Markup(menu(entries)))
