"""Makes components of templates and macros, and gives templates what a request would."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from .environment import environment

type Component = Callable[..., str]


def url_for(name: str, /, **parameters: str) -> str:
    """Return the address of a page, or of a static file, as the application's router does."""
    return f"static/{parameters['path']}" if name == "static" else f"/{name}"


def prepare() -> None:
    """Give all templates what the application adds at each request. A story's props override it."""
    environment.globals |= {
        "csrf_token": "a-token",
        "messages": [],
        "path": "/basket",
        "url_for": url_for,
        "user": None,
    }


def template(name: str) -> Component:
    """Return a component that renders a template with the props of a story."""

    def render(**props: Any) -> str:
        return environment.get_template(name).render(props)

    render.__doc__ = f"Renders `{name}`."  # the story's page shows it
    return render


def macro(name: str) -> Component:
    """Return a component that calls a macro with the props of a story."""

    def call(**props: Any) -> str:
        macros: Any = environment.get_template("macros.html").module
        html: str = getattr(macros, name)(**props)
        return html

    call.__doc__ = f"Calls the macro `{name}`."
    return call


def layout(story_title: str, children: Markup) -> str:
    """Return the document of a story. A whole page is one already."""
    if "<html" in children:
        return children
    return template("story.html")(title=story_title, content=children)
