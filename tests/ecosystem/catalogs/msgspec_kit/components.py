from pathlib import Path
from typing import Annotated

import msgspec
from markupsafe import Markup, escape


class Badge(msgspec.Struct, frozen=True):
    text: Annotated[str, msgspec.Meta(max_length=10)]

    def __html__(self) -> str:
        return Markup('<span class="badge" title="{0}">{0}</span>').format(self.text)


class Card(msgspec.Struct, kw_only=True, rename="camel"):
    heading: str
    more_link: str | None = None
    badges: list[Badge] = []

    def __html__(self) -> str:
        link = Markup('<a href="{}">More</a>').format(self.more_link) if self.more_link else ""
        parts = Markup("").join([escape(badge) for badge in self.badges])
        return Markup('<div class="card"><h1>{}</h1>{}{}</div>').format(self.heading, parts, link)


def load(name: str) -> Card:
    """Return a card as the application's API answers with it."""
    file = Path(__file__).parent / "data" / f"{name}.json"
    return msgspec.json.decode(file.read_bytes(), type=Card)
