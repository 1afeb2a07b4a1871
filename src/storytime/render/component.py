"""Renders a story: calls the component and makes HTML of what it returns."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from string.templatelib import Template
from typing import Any

from markupsafe import Markup
from tdom import ScopedTemplate, html

from ..catalog.model import Site, Story, Subject
from ..catalog.signatures import required_parameters
from ..errors import StorytimeError
from ..project.usage import use_everything

MOST_CALLS = 100
"""Callables that a component's result may go through. One that returns itself never ends."""


@dataclass(frozen=True)
class Shown:
    """What a story shows: a `body` that replaces the rest of its page, or its `content`.

    `document` is the content in the themed layout, if there is one.
    """

    content: Markup | None = None
    document: Markup | None = None
    body: Markup | None = None


def show_story(site: Site, story: Story) -> Shown:
    """Render a story for its page; raises what user code raises."""
    if story.template is not None:
        return Shown(body=_render_template(story, story.template))
    content = render_story(story)
    layout = site.themed_layout
    if layout is None:
        return Shown(content=content)
    document = to_html(layout(story_title=story.title, children=content), called=_name(layout))
    return Shown(content=content, document=document)


def render_story(story: Story) -> Markup:
    """Return the HTML of a story alone: `target(**props)`.

    Raises what the component raises, and StorytimeError if there is no component, the props aren't
    a mapping, or the component didn't return HTML.
    """
    if story.target is None:
        raise StorytimeError(
            f"{story.path} has no target; give the story or its subject the component to render"
        )
    props: object = story.props
    if not isinstance(props, Mapping):
        raise StorytimeError(
            f"the props of a Story are a dict from names to values, got {type(props).__name__};"
            " a title is given as title=…"
        )
    return to_html(story.target(**props), called=_name(story.target))


def _render_template(story: Story, template: Callable[..., Any]) -> Markup:
    takes_story = any(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in required_parameters(template)
    )
    given = [story] if takes_story else []
    with _observed(story.parent) if given and story.parent else nullcontext():
        return to_html(template(*given), called=_name(template))


@contextmanager
def _observed(subject: Any) -> Iterator[None]:
    """Record whether code goes from a subject to the rest of the catalog.

    Such a story's page may change with any other part, and a partial build doesn't have the rest.
    If all templates that take their story counted as such, one of them would make each save of
    its catalog a full build.
    """

    def parent(subject: Subject) -> Any:
        use_everything()
        return vars(subject)["parent"]

    kind = type(subject)
    subject.__class__ = type(kind.__name__, (kind,), {"parent": property(parent)})
    try:
        yield
    finally:
        subject.__class__ = kind


def to_html(result: Any, *, called: str) -> Markup:
    """Return the HTML of what a component returned.

    A callable is called without arguments until it returns something else. A Template is rendered
    by tdom, an object with `__html__` is asked for it, and a str is HTML already. Raises
    StorytimeError for anything else, and for text that can't be encoded as UTF-8. `called` is the
    component's name.
    """
    for _ in range(MOST_CALLS):
        if not callable(result):
            break
        result = result()
    markup = _markup(result)
    if markup is None:
        raise StorytimeError(
            f"{called} returned {type(result).__name__}, expected a Template, a str of HTML or an"
            " object with __html__"
        )
    try:
        markup.encode()
    except UnicodeEncodeError as error:
        raise StorytimeError(f"{called} returned text that is no valid Unicode: {error}") from None
    return markup


def _markup(result: Any) -> Markup | None:
    match result:
        case Template():
            return Markup(html(result))
        case ScopedTemplate():
            with result.scope.activate():
                return Markup(html(result.template))
        case str():
            return Markup(result)
    if hasattr(result, "__html__"):
        return _markup(result.__html__())
    return None


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__
