from typing import Literal, Self

from markupsafe import Markup
from pydantic import BaseModel, Field, HttpUrl, computed_field, model_validator


class Badge(BaseModel):
    text: str = Field(max_length=10)

    def __html__(self) -> str:
        return Markup('<span class="badge" title="{0}">{0}</span>').format(self.text)


class Card(BaseModel):
    heading: str
    kind: Literal["plain", "wide"] = "plain"
    link: HttpUrl | None = None
    badges: list[Badge] = []

    @computed_field
    @property
    def count(self) -> int:
        return len(self.badges)

    @model_validator(mode="after")
    def wide_ones_link(self) -> Self:
        if self.kind == "wide" and not self.link:
            raise ValueError("a wide card needs a link")
        return self

    def __html__(self) -> str:
        link = Markup('<a href="{}">More</a>').format(self.link) if self.link else ""
        return Markup(
            '<div class="card {kind}" data-count="{count}"><h1>{heading}</h1>{badges}{link}</div>'
        ).format(
            kind=self.kind,
            count=self.count,
            heading=self.heading,
            badges=Markup("").join(self.badges),
            link=link,
        )
