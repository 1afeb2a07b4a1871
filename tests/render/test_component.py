"""From a story to HTML: every kind of result."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from string.templatelib import Template
from typing import Any, Self

import pytest
from markupsafe import Markup

from storytime import Site, Story, StorytimeError, Subject
from storytime.catalog.model import seat
from storytime.render.component import Shown, render_story, show_story

from ..components import (
    Card,
    annotated_for_the_type_checker,
    as_text,
    button,
    composed,
    document,
    in_attribute,
    inside,
    scoped,
    surrogate,
    titled,
)


def story_of(target: Any, **props: Any) -> Story:
    return Story(props, target=target)


class Asked:
    def __init__(self, text: str) -> None:
        self.text = text

    def __html__(self) -> str:
        return f"<b>{self.text}</b>"


class Text(str):
    __slots__ = ()


class Tag:
    """An element as libraries have it: to call it gives another one."""

    def __init__(self, children: str = "", **attributes: str) -> None:
        self.children, self.attributes = children, attributes
        self.calls = 0

    def __call__(self, **attributes: str) -> Self:
        self.calls += 1
        return type(self)(self.children, **attributes)

    def __html__(self) -> str:
        attributes = "".join(f' {name}="{value}"' for name, value in self.attributes.items())
        return f"<b{attributes}>{self.children}</b>"


class AskedForAll:
    """Has a tag of any name, and no `__html__`."""

    def __getattr__(self, name: str) -> Any:
        return Tag

    def __call__(self, text: str) -> None: ...

    def __str__(self) -> str:
        return "<b></b>"


def in_turn(text: str) -> Iterator[Any]:
    yield button(text)
    yield Asked(text)
    yield None
    yield (f"{text}", [lambda: "<i></i>"])


async def awaited(text: str) -> Template:
    await asyncio.sleep(0)
    return button(text)


async def awaited_in_turn(text: str) -> AsyncIterator[Any]:
    yield awaited(text)
    await asyncio.sleep(0)
    yield "<i></i>"


class Awaited:
    def __init__(self, text: str) -> None:
        self.text = text

    async def __call__(self) -> Asked:
        return Asked(self.text)


def twice_deferred(text: str) -> Callable[[], Callable[[], str]]:
    return lambda: lambda: f"<b>{text}</b>"


@pytest.mark.parametrize(
    ("target", "html"),
    [
        (button, "<button>&lt;OK&gt;</button>"),
        (lambda text: f"<b>{text}</b>", "<b><OK></b>"),
        (lambda text: Text(text + "!"), "<OK>!"),
        (lambda text: Markup("<b>{}</b>").format(text), "<b>&lt;OK&gt;</b>"),
        (Asked, "<b><OK></b>"),
        (Card, "<b>&lt;OK&gt;</b>"),
        (twice_deferred, "<b><OK></b>"),
        (scoped, "<b>&lt;OK&gt;</b>"),
        (partial(button), "<button>&lt;OK&gt;</button>"),
        (composed, "<button>&lt;OK&gt;</button>"),
        (lambda text: lambda: Asked(text), "<b><OK></b>"),
        (lambda text: Tag(text, id="1"), '<b id="1"><OK></b>'),
        (lambda text: Tag, "<b></b>"),
        (lambda text: [button(text), Asked(text)], "<button>&lt;OK&gt;</button><b><OK></b>"),
        (in_turn, "<button>&lt;OK&gt;</button><b><OK></b><OK><i></i>"),
        (awaited, "<button>&lt;OK&gt;</button>"),
        (awaited_in_turn, "<button>&lt;OK&gt;</button><i></i>"),
        (Awaited, "<b><OK></b>"),
        (lambda text: "", ""),
    ],
    ids=[
        "template",
        "str",
        "kind of str",
        "markup",
        "__html__",
        "dataclass with __call__",
        "callable of callables",
        "scoped template",
        "partial",
        "component in a template",
        "callable of __html__",
        "callable with __html__",
        "class with __html__",
        "list",
        "generator",
        "coroutine",
        "asynchronous generator",
        "object with an asynchronous __call__",
        "empty",
    ],
)
def test_component_may_return_every_kind_of_html(target: Any, html: str) -> None:
    assert render_story(story_of(target, text="<OK>")) == html


def endless() -> Callable[[], Any]:
    return endless


class Wrong:
    def __html__(self) -> int:
        return 5


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (None, "NoneType"),
        (5, "int"),
        (b"<b></b>", "bytes"),
        (["<b></b>", 5], "list of int"),
        ({}, "dict"),
        ((text for text in [("<b></b>", b"")]), "generator of tuple of bytes"),
        (endless, "function"),
        ([].append, "builtin_function_or_method"),
        (dict, "type"),
        (Wrong(), "Wrong"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_error_for_a_result_without_html_names_its_type(result: Any, kind: str) -> None:
    def component() -> Any:
        return result

    with pytest.raises(StorytimeError, match=f"component returned {kind}, expected a Template"):
        render_story(story_of(component))


def test_component_without_a_name_is_named_by_its_type() -> None:
    with pytest.raises(StorytimeError, match="partial returned dict"):
        render_story(story_of(partial(dict)))


def test_each_function_that_comes_back_is_called_once() -> None:
    calls = []

    def again() -> Any:
        calls.append(1)
        return again

    with pytest.raises(StorytimeError, match="again returned function, expected"):
        render_story(story_of(again))
    assert len(calls) == 2  # as the target, and as what it returned


def test_object_with_html_is_not_called() -> None:
    tag = Tag("text", id="1")
    assert render_story(story_of(lambda: [tag, tag])) == '<b id="1">text</b>' * 2
    assert tag.calls == 0


@pytest.mark.parametrize("items", [False, True])
def test_error_for_a_tag_without_html_says_to_return_its_text(items: bool) -> None:
    tag = AskedForAll()
    with pytest.raises(StorytimeError, match=r"AskedForAll, .*; if .* HTML, return str\(tag\)"):
        render_story(story_of(lambda: [tag] if items else tag))


@pytest.mark.parametrize("result", ["\ud800", surrogate()], ids=["str", "template"])
def test_invalid_unicode_is_an_error(result: str | Template) -> None:
    with pytest.raises(StorytimeError, match="returned text that is no valid Unicode"):
        render_story(story_of(lambda: result))


def test_exception_of_a_component_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        render_story(story_of(lambda: 1 / 0))


def test_error_without_a_target_names_the_story() -> None:
    subject = Subject(items=[Story()])
    seat(Site(), "button", subject)
    with pytest.raises(StorytimeError, match="button/story-0 has no target"):
        render_story(subject.items[0])


@pytest.mark.parametrize("props", ["Primary", None, ["text"]])
def test_error_for_props_names_the_expected_type(props: Any) -> None:
    with pytest.raises(StorytimeError, match="the props of a Story are a dict from names"):
        render_story(Story(props, target=str))


# How a story's page shows it.


def test_story_without_a_layout_has_no_document() -> None:
    shown = show_story(Site(), story_of(button, text="OK"))
    assert shown == Shown(content=Markup("<button>OK</button>"))


def test_themed_layout_gets_the_title_and_the_content() -> None:
    story = Story({"text": "<OK>"}, "A & B", target=button)
    shown = show_story(Site(themed_layout=document), story)
    expected = "<!DOCTYPE html><title>A &amp; B</title><button>&lt;OK&gt;</button>"
    assert shown == Shown(Markup("<button>&lt;OK&gt;</button>"), Markup(expected))


def test_error_for_a_layout_without_html_names_it() -> None:
    def layout(**_: Any) -> None: ...

    with pytest.raises(StorytimeError, match="layout returned NoneType"):
        show_story(Site(themed_layout=layout), story_of(button, text="OK"))


def test_all_that_a_story_awaits_is_in_one_event_loop() -> None:
    loops = []

    async def component() -> str:
        loops.append(asyncio.get_running_loop())
        return "<b></b>"

    async def layout(*, story_title: str, children: Markup) -> Any:
        loops.append(asyncio.get_running_loop())
        return f"<title>{story_title}</title>", children

    story = Story(title="T", target=lambda: [component(), component()])
    shown = show_story(Site(themed_layout=layout), story)
    assert shown.document == "<title>T</title><b></b><b></b>"
    assert len({*loops}) == 1 < len(loops)
    assert loops[0].is_closed()


class AwaitedWhenCalled:
    async def __call__(self) -> Template:
        return Template("<b>Never</b>")


def with_awaited_inside() -> Template:
    return inside(awaited, text="One")


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        (lambda: inside(awaited, text="One"), "awaited"),
        (lambda: inside(with_awaited_inside), "awaited"),
        (lambda: inside(awaited_in_turn, text="One"), "awaited_in_turn"),
        (lambda: inside(AwaitedWhenCalled), "AwaitedWhenCalled"),
    ],
    ids=["component", "nested", "generator", "object"],
)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_async_component_in_a_t_string_says_where_to_await_it(
    inner: Callable[[], Template], name: str
) -> None:
    with pytest.raises(StorytimeError, match=re.escape(f"tdom can't await <{{{name}}}>: await")):
        render_story(story_of(inner))


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize(
    "component",
    [
        lambda: as_text(awaited("One")),
        lambda: in_attribute(awaited("One")),
        lambda: f"<p>{awaited('One')}</p>",
        lambda: as_text(awaited_in_turn("One")),
    ],
    ids=["template", "attribute", "string", "generator"],
)
def test_coroutine_shown_as_text_is_an_error(component: Callable[[], Any]) -> None:
    with pytest.raises(StorytimeError, match=r"shows awaited(_in_turn)?\(…\) as text, since it is"):
        render_story(story_of(component))


async def awaited_template(story: Story) -> str:
    await asyncio.sleep(0)
    return f"<b>{story.title}</b>"


def optional(story: Story | int | None = None) -> str:
    return f"<b>{story}</b>"


def by_keyword(*, theme: str = "dark") -> str:
    return f"<b>{theme}</b>"


@pytest.mark.parametrize(
    ("template", "body"),
    [
        (lambda: "<b>Own</b>", "<b>Own</b>"),
        (titled, "<b>T</b>"),
        (lambda *stories: f"<b>{stories}</b>", "<b>()</b>"),
        (optional, "<b>None</b>"),
        (by_keyword, "<b>dark</b>"),
        (annotated_for_the_type_checker, "<b>T</b>"),
        (partial(optional, story=5), "<b>5</b>"),
        (awaited_template, "<b>T</b>"),
    ],
    ids=["nothing", "story", "any", "optional", "keyword", "annotated", "partial", "async"],
)
def test_template_replaces_the_body_and_gets_the_story_if_it_takes_it(
    template: Any, body: str
) -> None:
    layout: Any = len
    shown = show_story(Site(themed_layout=layout), Story(title="T", template=template, target=len))
    assert shown == Shown(body=Markup(body))
