"""From a story to HTML: call the component, and make HTML of whatever it returned."""

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
"""A component may return a callable, that another; one that returns itself never ends."""


@dataclass(frozen=True)
class Shown:
    """What a story shows: the `body` in place of all else on its page, or its `content`, with the
    `document` of the themed layout around it where there is one."""

    content: Markup | None = None
    document: Markup | None = None
    body: Markup | None = None


def show_story(site: Site, story: Story) -> Shown:
    """Renders a story for its page; raises what user code raises."""
    if story.template is not None:
        return Shown(body=render_template(story))
    content = render_story(story)
    if site.themed_layout is None:
        return Shown(content=content)
    return Shown(content=content, document=render_document(site, story, content))


def render_story(story: Story) -> Markup:
    """The HTML of a story alone: `target(**props)`.

    Raises what the component raises, and StorytimeError where there is no component, the props are
    none, or it returned something that is no HTML.
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


def render_template(story: Story) -> Markup:
    """Return the HTML of a story's own page body, from its `template`."""
    template = story.template
    assert template is not None
    called = _name(template)
    takes_story = any(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in required_parameters(template)
    )
    if not takes_story:
        return to_html(template(), called=called)
    with _observed(story.parent) if story.parent else nullcontext():
        return to_html(template(story), called=called)


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


def render_document(site: Site, story: Story, content: Markup) -> Markup:
    """The whole HTML document in which a story is shown, from the site's themed layout."""
    layout = site.themed_layout
    assert layout is not None
    return to_html(layout(story_title=story.title, children=content), called=_name(layout))


def to_html(result: Any, *, called: str) -> Markup:
    """HTML from what a component returned.

    A callable is called with no arguments, as long as it gives callables. Then a Template goes
    through tdom, an object with `__html__` is asked, a str is HTML as it stands. Raises
    StorytimeError for anything else, and for text that can't be written as UTF-8.
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
