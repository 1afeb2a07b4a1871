from collections.abc import Iterator

from .components import Card

WIDE = """
{"heading": "Tea & cake", "kind": "wide", "link": "https://example.org/?a=1&b=2",
 "badges": [{"text": "new"}, {"text": "\\"hot\\""}]}
"""


def rendered() -> Iterator[tuple[str, str]]:
    yield "card/plain", Card(heading="<Tea>").__html__()
    yield "card/wide", Card.model_validate_json(WIDE).__html__()
