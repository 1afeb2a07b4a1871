from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def render(template: str, **context: Any) -> str:
    return environment.get_template(template).render(context)


def card(heading: str, tags: list[str], text: str = "") -> str:
    return render("card.html", heading=heading, tags=tags, text=text)


def profile(name: str) -> str:
    return render("profile.html", name=name)


def layout(story_title: str, children: str) -> str:
    return render("layout.html", title=story_title, content=Markup(children))
