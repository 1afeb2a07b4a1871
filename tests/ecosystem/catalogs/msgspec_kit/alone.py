from collections.abc import Iterator

from .components import Card, load


def rendered() -> Iterator[tuple[str, str]]:
    yield "card/plain", Card(heading="<Tea>").__html__()
    yield "card/linked", load("linked").__html__()
