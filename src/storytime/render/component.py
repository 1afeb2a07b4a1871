"""Renders a story: calls the component and makes HTML of what it returns."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from string.templatelib import Template
from traceback import walk_tb
from types import FunctionType, MethodType
from typing import Any

from markupsafe import Markup
from tdom import ScopedTemplate, html

from ..catalog.model import Site, Story, Subject
from ..catalog.signatures import required_parameters
from ..errors import StorytimeError
from ..project.usage import use_everything
from .values import contained

READY = {str, Markup, Template, ScopedTemplate}
"""Types of results that give nothing else in their place."""

UNAWAITED = re.compile(r"(?:coroutine|async_generator) object (\S+) at 0x")
"""What libraries make of a coroutine that they take for a value."""

type Wait = Callable[[Awaitable[Any]], Any]
"""Waits for an awaitable and returns its result."""


@dataclass(frozen=True)
class Shown:
    """What a story shows: a `body` that replaces the rest of its page, or its `content`.

    `document` is the content in the themed layout, if there is one.
    """

    content: Markup | None = None
    document: Markup | None = None
    body: Markup | None = None


@contextmanager
def event_loop() -> Iterator[Wait]:
    """Yield a function that waits for awaitables, all in one event loop.

    It makes the loop when it is first called: most catalogs need none, and asyncio loads slowly.
    """
    with ExitStack() as stack:
        runner: Any = None

        def wait(awaitable: Awaitable[Any]) -> Any:
            nonlocal runner
            if runner is None:
                import asyncio

                runner = stack.enter_context(asyncio.Runner())
            return runner.run(_awaited(awaitable), context=copy_context())

        yield wait


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def _collected(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


def _wait_alone(awaitable: Awaitable[Any]) -> Any:
    with event_loop() as wait:
        return wait(awaitable)


def show_story(site: Site, story: Story) -> Shown:
    """Render a story for its page; raises what user code raises."""
    with event_loop() as wait:
        if story.template is not None:
            return Shown(body=_render_template(story, story.template, wait))
        content = render_story(story, wait)
        layout = site.themed_layout
        if layout is None:
            return Shown(content=content)
        document = layout(story_title=story.title, children=content)
        return Shown(content, to_html(document, called=_name(layout), wait=wait))


def render_story(story: Story, wait: Wait = _wait_alone) -> Markup:
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
    return to_html(story.target(**props), called=_name(story.target), wait=wait)


def _render_template(story: Story, template: Callable[..., Any], wait: Wait) -> Markup:
    takes_story = any(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        for parameter in required_parameters(template)
    )
    given = [story] if takes_story else []
    with _observed(story.parent) if given and story.parent else nullcontext():
        return to_html(template(*given), called=_name(template), wait=wait)


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


def to_html(result: Any, *, called: str, wait: Wait = _wait_alone) -> Markup:
    """Return the HTML of what a component returned.

    An object with `__html__` is asked for it, a Template is rendered by tdom, and a str is HTML
    already. The items of a list, a tuple or an iterator are rendered in order, None and bools as
    nothing. An awaitable is awaited. A callable is called without arguments: each function once,
    and an object of each type. Raises StorytimeError for anything else, for text that can't be
    encoded as UTF-8, and for a coroutine that was shown instead of awaited. `called` is the
    component's name.
    """
    markup = _markup(result, f"{called} returned", wait)
    if " object " in markup and (found := UNAWAITED.search(markup)):
        raise StorytimeError(
            f"{called} shows {found[1]}(…) as text, since it is async: await it in a component"
            " that is async, too, and show the result"
        )
    try:
        markup.encode()
    except UnicodeEncodeError as error:
        raise StorytimeError(f"{called} returned text that is no valid Unicode: {error}") from None
    return markup


def _markup(result: Any, says: str, wait: Wait) -> Markup:
    match given := _given(result, wait):
        case Template():
            return _html(given)
        case ScopedTemplate():
            with given.scope.activate():
                return _html(given.template)
        case str():
            return Markup(given)
        case list() | tuple() | Iterator():
            says = f"{says} {type(given).__name__} of"
            items = [each for each in given if each is not None and not isinstance(each, bool)]
            return Markup("".join([_markup(each, says, wait) for each in items]))
    kind: Any = type(result)
    error = (
        f"{says} {kind.__name__}, expected a Template, a str of HTML, an object with __html__ or a"
        " list of these"
    )
    if kind.__str__ is not object.__str__ and kind.__module__ != "builtins":
        error += "; if its text is HTML, return str(tag)"
    raise StorytimeError(error)


def _html(template: Template) -> Markup:
    """Render a template with tdom, which awaits no component: say so if one is async."""
    try:
        return Markup(html(template))
    except TypeError as error:
        frames = (frame.f_locals for frame, _ in walk_tb(error.__traceback__))
        called = [names["component_callable"] for names in frames if "component_callable" in names]
        if called and _is_async(called[-1]):
            name = _name(called[-1])
            raise StorytimeError(
                f"tdom can't await <{{{name}}}>: await {name}(…) in a component that is async, too,"
                " and show the result"
            ) from None
        raise


def _is_async(component: Any) -> bool:
    from inspect import isasyncgenfunction, iscoroutinefunction

    kinds = [component, getattr(component, "__call__", None)]  # noqa: B004
    return any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in kinds)


def _given(result: Any, wait: Wait) -> Any:
    """Return what an object gives in its place: by `__html__`, once awaited, or when called."""
    kinds: set[object] = set()
    while type(result) not in READY:
        if has_html(result):
            give = result.__html__
        elif isinstance(result, Awaitable):
            result = wait(result)
            continue
        elif isinstance(result, AsyncIterator):
            result = wait(_collected(result))
            continue
        elif callable(result) and _needs_nothing(result):
            give = result
        else:
            break
        if (kind := _kind(result)) in kinds:
            break
        kinds.add(kind)
        result = give()
    return result


def has_html(result: object) -> bool:
    """Return True if an object other than a class has `__html__`.

    Its `__getattr__` isn't run, which may give a tag of any name.
    `inspect.getattr_static` is too slow for each result of thousands of stories.
    """
    if isinstance(result, type):
        return False
    names = [vars(kind) for kind in type(result).__mro__]
    with suppress(AttributeError):  # it has only slots
        names.insert(0, object.__getattribute__(result, "__dict__"))
    return next((each["__html__"] for each in names if "__html__" in each), None) is not None


def _needs_nothing(result: Any) -> bool:
    """Return True if a callable can be called without arguments."""
    code = getattr(type(result).__call__, "__code__", None)
    if code and code.co_argcount == 1 and not code.co_kwonlyargcount:
        return True  # `self` alone: far faster than `inspect`
    return contained(partial(required_parameters, result), None) == []


def _kind(result: Any) -> object:
    """Return a function's code or another object's type."""
    function = result.__func__ if isinstance(result, MethodType) else result
    return function.__code__ if isinstance(function, FunctionType) else type(function)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", None) or type(function).__qualname__
