from pathlib import Path
from typing import Any

from mako.lookup import TemplateLookup

lookup = TemplateLookup(
    directories=[str(Path(__file__).parent / "templates")],
    default_filters=["h"],
    strict_undefined=True,
)


def render(template: str, **context: Any) -> str:
    return lookup.get_template(template).render_unicode(**context)


def card(heading: str, tags: list[str]) -> str:
    return render("card.html", heading=heading, tags=tags)


def article(heading: str) -> str:
    return render("article.html", heading=heading)


def layout(story_title: str, children: str) -> str:
    return render("layout.html", title=story_title, content=children)
