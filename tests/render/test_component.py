"""From a story to HTML: every kind of result."""

from collections.abc import Callable
from functools import partial
from string.templatelib import Template
from typing import Any

import pytest
from markupsafe import Markup

from storytime import Site, Story, StorytimeError, Subject
from storytime.catalog.model import seat
from storytime.render.component import MOST_CALLS, Shown, render_story, show_story

from ..components import (
    Card,
    annotated_for_the_type_checker,
    button,
    composed,
    document,
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
        (["<b></b>"], "list"),
        ({}, "dict"),
        ((text for text in "<b>"), "generator"),
        (endless, "function"),
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


def test_result_is_called_while_it_is_callable() -> None:
    calls = []

    def again() -> Any:
        calls.append(1)
        return again if len(calls) < MOST_CALLS else "end"

    assert render_story(story_of(again)) == "end"


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
    ],
    ids=["nothing", "story", "any", "optional", "keyword", "annotated", "partial"],
)
def test_template_replaces_the_body_and_gets_the_story_if_it_takes_it(
    template: Any, body: str
) -> None:
    shown = show_story(Site(themed_layout=len), Story(title="T", template=template, target=len))
    assert shown == Shown(body=Markup(body))
