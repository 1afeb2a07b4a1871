"""Which control a prop gets."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING
from datetime import date, datetime, time
from decimal import Decimal
from enum import IntFlag
from functools import partial
from inspect import Parameter
from pathlib import Path
from string.templatelib import Interpolation, Template
from types import SimpleNamespace
from typing import Annotated, Any, ForwardRef, Literal, Optional, TypedDict, TypeVar

import pydantic
import pytest
from markupsafe import Markup

from storytime import Color, Range, Story
from storytime.controls import apply_state

from .components import (
    HOSTILE,
    Access,
    Box,
    Chain,
    Component,
    Endless,
    Hostile,
    Line,
    Maybe,
    Pair,
    Person,
    Point,
    Registered,
    Salted,
    Size,
    Tone,
    UserId,
    WithInit,
    half,
    several,
    strings,
)
from .support import control, control_of, story, taking

Bound = TypeVar("Bound", bound=int)
OneOf = TypeVar("OneOf", int, str)
Free = TypeVar("Free")


class Attributes(TypedDict):
    href: str


class Mode(IntFlag):
    A = 1


class Slug(str):
    __slots__ = ()


UNSET: dict[str, list[Any]] = {
    "text": [
        str,
        Free,
        Parameter.empty,
        Any,
        object,
    ],
    "number": [
        int,
        float,
        Decimal,
        int | None,
        Path | int | str,
        UserId,
        Bound,
        OneOf,
        Annotated[Annotated[int | None, "a"], "b"],
        "int | None",
        ForwardRef("int"),
    ],
    "switch": [
        bool,
        Optional[bool],  # noqa: UP045
    ],
    "choice": [
        Literal["a", "b"],
        Literal["a", None],
        Tone,
        Size,
    ],
    "list": [
        Access,
        list[str],
        list,
        Sequence[int],
        Iterable[bool],
        Collection[Tone],
        tuple[str, ...],
        set[int],
        frozenset[int],
        AbstractSet[int],
        list["int"],
    ],
    "date": [
        date,
        Maybe[date],
    ],
    "time": [
        time,
    ],
    "datetime": [
        datetime,
    ],
    "color": [
        Annotated[str, Color],
        Annotated[str, Color()],
    ],
    "html": [
        Template,
        Markup,
    ],
    "pairs": [
        dict[str, str],
        Mapping[str, int],
    ],
    "fields": [
        Point,
        Box,
        Person,
        Pair,
    ],
    "fixed": [
        "Nowhere",
        Path,
        bytes,
        complex,
        Slug,
        tuple[int, str],
        list[Point],
        list[list[int]],
        dict[int, str],
        dict[str, Point],
        type[str],
        Iterator[str],
        Attributes,
        Endless,
        ["str"],
        None,
    ],
}
"""Annotations, by the kind of a prop without a value."""


@pytest.mark.parametrize("kind", UNSET)
def test_annotation_gives_the_kind_of_a_prop_without_a_value(kind: str) -> None:
    for annotation in UNSET[kind]:
        found = control(annotation)
        assert found["kind"] == kind, annotation
        assert "value" not in found


SET: dict[str, list[tuple[Any, Any]]] = {
    "text": [
        ("Nowhere", "a"),
        (["str"], "a"),
        (int | str, "a"),
        (Template, "a"),
        (Sequence[str], "a"),
        (Literal["a"], "b"),
        (Tone, "info"),
        (list[Point] | str, "a"),
    ],
    "fields": [
        ("Nowhere", Point(1)),
        (Point | None, Line(Point(1))),
    ],
    "list": [
        ("Nowhere", [1, 2]),
        (Any, (1, 2)),
    ],
    "number": [
        (Any, 1),
        (Endless, 1.5),
        (float, 1),
    ],
    "switch": [
        (object, True),
        (int | bool, True),
    ],
    "date": [
        (Parameter.empty, date(2030, 6, 7)),
    ],
    "html": [
        (str, Markup("<b>")),
    ],
    "pairs": [
        (dict, {"a": 1, "b": True}),
        (Any, {}),
    ],
    "fixed": [
        (dict, {"a": object()}),
        (dict, {1: "a"}),
        (tuple[int, int], (1, 2)),
        (Sequence[Mapping[str, str]], []),
        (Mapping[str, Point], {}),
        (Any, [1, "a"]),
        (list[int | str], [1, "a"]),
        (Iterable[str], iter("a")),
        (int, float("nan")),
        (int, 10**5000),
        (str, "\ud800"),
        (str, "a" * 30_000),
        (list[str], ["a" * 30_000]),
        (list[int], [0] * 300),
        (Mode, Mode(9)),
        (Any, Slug("a")),
        (Any, len),
    ],
}
"""Annotations and values, by the kind of a prop with that value."""


@pytest.mark.parametrize("kind", SET)
def test_value_tells_what_the_annotation_does_not(kind: str) -> None:
    for annotation, value in SET[kind]:
        assert control(annotation, value)["kind"] == kind, annotation


def test_control_says_what_is_known_of_a_prop() -> None:
    assert control_of(strings, name="size", size="small") == {
        "name": "size",
        "kind": "choice",
        "options": ["small", "large"],
        "type": "Size",
        "required": True,
        "given": True,
        "value": "small",
    }
    assert control_of(strings, name="count") == {
        "name": "count",
        "kind": "number",
        "integer": True,
        "type": "UserId",
        "value": "1",
    }


def test_names_that_only_a_type_checker_knows_hide_no_other_annotation() -> None:
    kinds = [each["kind"] for each in apply_state(story(strings), []).controls]
    assert kinds == ["choice", "fixed", "list", "number"]


@pytest.mark.parametrize(
    ("annotation", "limits"),
    [
        (Annotated[int, Range(0, 10, step=5)], ("0", "10", "5")),
        (Annotated[int, Range(0.5, 9.5)], ("1", "9", None)),
        (Annotated[int, SimpleNamespace(gt=0, lt=10)], ("1", "9", None)),
        (Annotated[float, SimpleNamespace(gt=0, le=0.5, multiple_of=0.1)], ("0", "0.5", "0.1")),
        (Annotated[Decimal, SimpleNamespace(ge=Decimal("0.50"))], ("0.50", None, None)),
        (Annotated[int, pydantic.Field(gt=1, le=5)], ("2", "5", None)),
        (pydantic.PositiveInt, ("1", None, None)),
        (Annotated[int, SimpleNamespace(ge="a", le=float("inf"), lt=None)], (None, None, None)),
        (Annotated[int | None, Range(1)], ("1", None, None)),
        (list[Annotated[int, Range(1)]], ("1", None, None)),
        (Annotated[Any, Range(1)], ("1", None, None)),
    ],
    ids=str,
)
def test_metadata_limits_numbers(annotation: Any, limits: tuple[str | None, ...]) -> None:
    found = control(annotation)
    number = found.get("item", found)
    assert tuple(map(number.get, ("min", "max", "step"))) == limits


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("color", Parameter.empty, "color"),
        ("colour", "red", "color"),
        ("text_color", "#fff", "color"),
        ("borderColour", None, "text"),
        ("color", "primary", "text"),
        ("colors", "red", "text"),
        ("color", 5, "number"),
    ],
    ids=str,
)
def test_prop_that_is_named_color_takes_one(name: str, value: Any, kind: str) -> None:
    props = {} if value is Parameter.empty else {name: value}
    assert control_of(taking(str, name=name), name=name, **props)["kind"] == kind


@pytest.mark.parametrize(
    ("annotation", "value", "kind"),
    [
        (str, "a", "text"),
        (Template, Parameter.empty, "html"),
        (Parameter.empty, Parameter.empty, "html"),
        (Any, Template("<b>"), "html"),
        (object, "a", "text"),
        (object, Component("small"), "fields"),
        (Path | str, len, "fixed"),
    ],
    ids=str,
)
def test_children_are_text_or_html(annotation: Any, value: Any, kind: str) -> None:
    props = {} if value is Parameter.empty else {"children": value}
    target = taking(annotation, name="children")
    assert control_of(target, name="children", **props)["kind"] == kind


def test_children_of_another_library_are_html() -> None:
    class Element:
        def __html__(self) -> str:
            return "<i>a</i>"

    for annotation in (Any, Sequence[str] | str):
        found = control_of(taking(annotation, name="children"), name="children", children=Element())
        assert (found["kind"], found["value"]) == ("html", "<i>a</i>")


def test_html_is_what_a_template_renders_to() -> None:
    template = Template("<b>", Interpolation("a & b", "text"), "</b>")
    assert control(Template, template)["value"] == "<b>a &amp; b</b>"
    assert control(Template, Template("<b>x"))["value"] == "<b>x"


@pytest.mark.parametrize(
    ("spec", "annotation", "expected"),
    [
        (None, str, {"kind": "fixed"}),
        (int, str, {"kind": "number", "integer": True}),
        (Range(1, 2), int, {"kind": "number", "min": "1", "max": "2"}),
        (Range(1, 2), Parameter.empty, {"kind": "number", "integer": True}),
        (Range(0.5), Parameter.empty, {"kind": "number", "min": "0.5"}),
        (Annotated[float, Range(step=2)], str, {"kind": "number", "step": "2"}),
        (Color, str, {"kind": "color"}),
        (["a", 1, None], Any, {"kind": "choice", "options": ["a", "1"], "optional": True}),
        (["1", 1], Any, {"kind": "choice", "options": ["1", "1-2"]}),
        ([Point(1), Point(2)], Any, {"options": [repr(Point(1)), repr(Point(2))]}),
        (list[date], Any, {"kind": "list", "item": {"kind": "date"}}),
        (Size, "Nowhere", {"kind": "choice"}),
    ],
    ids=str,
)
def test_subject_says_more_than_a_type(spec: Any, annotation: Any, expected: Any) -> None:
    subject_story = story(taking(annotation), {"x": spec})
    [found] = apply_state(subject_story, []).controls
    assert expected.items() <= found.items()


def test_subject_overrules_the_name_of_a_color() -> None:
    found = apply_state(story(taking(str, name="color"), {"color": str}), []).controls
    assert [each["kind"] for each in found] == ["text"]


def test_subject_adds_props_to_those_that_a_component_takes_anyway() -> None:
    subject_story = story(Registered, {"size": Size}, size="small", title="a")
    found = [(each["name"], each["kind"]) for each in apply_state(subject_story, []).controls]
    assert found == [("args", "fixed"), ("size", "choice"), ("props", "pairs")]


def names_and_kinds(target: Any, **props: Any) -> list[tuple[str, str]]:
    controls = apply_state(story(target, **props), []).controls
    return [(each["name"], each["kind"]) for each in controls]


def test_any_callable_has_its_parameters() -> None:
    component = WithInit("small")
    label = [("label", "text")]
    assert names_and_kinds(WithInit) == [("size", "choice"), ("count", "number")]
    assert names_and_kinds(component) == label
    assert names_and_kinds(component.method) == label
    assert names_and_kinds(partial(component, label="a")) == label
    assert names_and_kinds(Component) == [("size", "choice"), ("point", "fields")]
    assert names_and_kinds(half) == [
        ("second", "number"),
        ("third", "switch"),
        ("attributes", "pairs"),
    ]


def test_what_no_prop_can_fill_is_fixed() -> None:
    assert names_and_kinds(several) == [
        ("first", "fixed"),
        ("second", "number"),
        ("rest", "fixed"),
        ("third", "switch"),
        ("attributes", "pairs"),
    ]
    assert names_and_kinds(strings, other=1)[-1] == ("other", "fixed")


@pytest.mark.parametrize("target", [None, dict, str])
def test_target_without_a_signature_takes_what_the_story_gives(target: Any) -> None:
    assert names_and_kinds(target, a="b", c=1) == [("a", "text"), ("c", "number")]


def test_template_takes_what_the_story_gives() -> None:
    subject_story = story(strings)
    subject_story.props = {"size": "small", "more": 1}
    subject_story.template = lambda: "<p></p>"
    controls = apply_state(subject_story, []).controls
    assert [(each["name"], each["kind"]) for each in controls] == [
        ("size", "choice"),
        ("more", "number"),
    ]


@pytest.mark.parametrize("props", [None, 5, "ab", [("a", 1)]])
def test_props_that_are_no_dict_have_no_controls(props: Any) -> None:
    assert apply_state(Story(props), [["a", "1"]]).controls == []


def fields_of(annotation: Any, value: Any = MISSING) -> dict[str, tuple[str, Any]]:
    fields = control(annotation, value)["fields"]
    return {each["name"]: (each["kind"], each.get("value", MISSING)) for each in fields}


def test_fields_are_what_a_class_is_made_with() -> None:
    assert fields_of(Box, Box(width=3)) == {
        "x.width": ("number", "3"),
        "x.height": ("number", "1"),
        "x.tags": ("list", []),
    }
    assert fields_of(Salted, Salted("a", 1)) == {
        "x.text": ("text", "a"),
        "x.salt": ("number", MISSING),
        "x.pepper": ("text", "p"),
    }
    assert fields_of(Person, Person(name="Ada")) == {
        "x.name": ("text", "Ada"),
        "x.age": ("number", "30"),
        "x.home": ("fields", None),
    }
    assert fields_of(Line) == {
        "x.start": ("fields", MISSING),
        "x.end": ("fields", MISSING),
        "x.tags": ("list", []),
    }


def test_fields_of_pydantic_say_their_limits_and_descriptions() -> None:
    name, age, _ = control(Person)["fields"]
    assert name["description"] == "As in the passport"
    assert (age["min"], age["max"]) == ("18", "119")


def test_fields_of_a_default_are_its_factory_s() -> None:
    [_, point] = apply_state(story(Component), []).controls
    assert [each["value"] for each in point["fields"]] == ["1", "0", None]


def test_type_that_holds_itself_ends() -> None:
    assert fields_of(Chain) == {"x.name": ("text", MISSING), "x.next": ("fixed", MISSING)}
    loop = Chain("a")
    loop.next = loop
    depth, found = 0, control(Chain, loop)
    while found["kind"] == "fields":
        depth, found = depth + 1, found["fields"][1]
    assert depth == 5


@pytest.mark.parametrize("name", HOSTILE)
def test_value_that_raises_spoils_no_other_prop(name: str) -> None:
    found = apply_state(story(several, second=1, x=HOSTILE[name]()), [["second", "2"]])
    assert found.props["second"] == 2
    assert found.errors == []


@pytest.mark.parametrize("name", HOSTILE)
def test_annotation_that_raises_spoils_no_other_prop(name: str) -> None:
    assert control(HOSTILE[name](), "a")["kind"] == "text"


def test_target_that_raises_takes_what_the_story_gives() -> None:
    assert names_and_kinds(Hostile(), a="b") == [("a", "text")]
