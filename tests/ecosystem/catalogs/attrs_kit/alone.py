from collections.abc import Iterator

from markupsafe import Markup
from tdom import html

from .components import Badge, Card, layout


def document(title: str, card: Card) -> str:
    return html(layout(title, Markup(html(card()))))


def rendered() -> Iterator[tuple[str, str]]:
    badges = [Badge("new"), Badge('"hot"')]
    yield "card/plain", document("Plain", Card(heading="<Tea>"))
    yield "card/wide", document("Wide", Card(heading="A & b", kind="wide", badges=badges))
