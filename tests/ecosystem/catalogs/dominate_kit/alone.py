from collections.abc import Iterator

from .components import card, layout, menu, sign_up


def rendered() -> Iterator[tuple[str, str]]:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    yield "card/plain", layout("Plain", card("<Tea>"))
    yield "card/menu", layout("Menu", menu(entries))
    yield "card/form", layout("Form", sign_up('"Ada" <ada@example.org>'))
