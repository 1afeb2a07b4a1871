from collections.abc import Iterator

from .rendering import card, layout, profile


def rendered() -> Iterator[tuple[str, str]]:
    tagged = card("Tea & cake", ["new", '"hot"'], "<b>Fresh</b>")
    yield "card/plain", layout("Plain", card("<Tea>", []))
    yield "card/tagged", layout("Tagged", tagged)
    yield "profile/ada", layout("Ada", profile("Ada <Lovelace>"))
