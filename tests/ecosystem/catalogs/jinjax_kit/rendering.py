from pathlib import Path

from jinja2 import Environment
from jinjax import Catalog
from markupsafe import Markup

catalog = Catalog(jinja_env=Environment(autoescape=True))
catalog.add_folder(Path(__file__).parent / "components")


def card(heading: str, kind: str = "plain", text: str = "") -> str:
    return catalog.render(
        "Card", heading=heading, kind=kind, _content=Markup("<p>{}</p>").format(text)
    )


def menu(entries: dict[str, str]) -> str:
    return catalog.render("Menu", entries=entries)


def layout(story_title: str, children: str) -> str:
    return catalog.render("Layout", title=story_title, _content=children)
