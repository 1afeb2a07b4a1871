"""Components written with t-strings.

They are not in test modules, which pytest compiles itself: on 3.13 only Storytime's import hook can
compile t-strings.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from string.templatelib import Template
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from tdom import Scope, ScopedTemplate

from storytime import Story

if TYPE_CHECKING:
    from nowhere import Theme  # type: ignore[import-not-found]


def button(text: str) -> Template:
    return t"<button>{text}</button>"


def composed(text: str) -> Template:
    return t"<{button} text={text} />"


def inside(component: Any, **props: str) -> Template:
    return t"<p><{component} {props} /></p>"


def as_text(value: object) -> Template:
    return t"<p>{value}</p>"


def in_attribute(value: object) -> Template:
    return t"<p title={value}></p>"


@dataclass
class Card:
    text: str

    def __call__(self) -> Template:
        return t"<b>{self.text}</b>"


current: ContextVar[str] = ContextVar("current")


def reader() -> Template:
    return t"<b>{current.get()}</b>"


def scoped(text: str) -> ScopedTemplate:
    return ScopedTemplate(Scope(current, text), t"<{reader} />")


def surrogate() -> Template:
    return t"<b>{'\ud800'}</b>"


def titled(story: Story) -> Template:
    return t"<b>{story.title}</b>"


def annotated_for_the_type_checker(story: Theme) -> str:
    return f"<b>{story.title}</b>"


def document(*, story_title: str, children: Markup) -> Template:
    return t"<!DOCTYPE html><title>{story_title}</title>{children}"
