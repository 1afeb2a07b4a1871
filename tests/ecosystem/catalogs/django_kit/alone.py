from collections.abc import Iterator

from .rendering import card, layout, sign_up, sign_up_page


def rendered() -> Iterator[tuple[str, str]]:
    wrong = sign_up(name="<Ada>", email="ada", kind="c")
    yield "card/plain", layout("Plain", card("<Tea>", []))
    yield "card/tagged", layout("Tagged", card("Tea & cake", ["new", '"hot"']))
    yield "sign_up/empty", layout("Empty", str(sign_up()))
    yield "sign_up/wrong", layout("Wrong", str(wrong))
    yield "sign_up/page", layout("Page", sign_up_page(name="Ada", kind="a"))
