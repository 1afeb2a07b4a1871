from collections.abc import Iterator

from .rendering import article, card, layout


def rendered() -> Iterator[tuple[str, str]]:
    yield "card/plain", layout("Plain", card("<Tea>", []))
    yield "card/tagged", layout("Tagged", card("Tea & cake", ["new", '"hot"']))
    yield "card/article", layout("Article", article("<i>News</i>"))
