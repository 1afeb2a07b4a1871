"""What a state changes, and what is refused of it."""

from dataclasses import MISSING
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from string.templatelib import Template
from typing import Annotated, Any, Literal

import pytest
from markupsafe import Markup

from storytime import Color, Range
from storytime.controls import apply_state

from .components import (
    Access,
    Box,
    Field,
    Line,
    Person,
    Point,
    Salted,
    Settings,
    Tone,
    several,
    strings,
)
from .support import applied, control, refusal, story, taking

EXPECTED: list[tuple[Any, Any, str, str]] = [
    (int, 1, "a", "expected a whole number, got 'a'"),
    (int, 1, "1.0", "expected a whole number, got '1.0'"),
    (int, 1, "1_0", "expected a whole number, got '1_0'"),
    (int, 1, "٣", "expected a whole number, got '٣'"),
    (int, 1, " 1", "expected a whole number, got ' 1'"),
    (int, 1, "", "expected a whole number, got ''"),
    (Annotated[int, Range(0, 9)], 1, "10", "a whole number, at least 0 and at most 9, got '10'"),
    (Annotated[int, Range(0, 9)], 1, "-1", "a whole number, at least 0 and at most 9, got '-1'"),
    (float, 1.0, "nan", "expected a number, got 'nan'"),
    (float, 1.0, "inf", "expected a number, got 'inf'"),
    (float, 1.0, "1e999", "expected a number, got '1e999'"),
    (Decimal, Decimal(1), "NaN", "expected a number, got 'NaN'"),
    (Decimal, Decimal(1), "1E-999999", "expected a number, got '1E-999999'"),
    (Decimal, Decimal(1), "1E+999999", "expected a number, got '1E+999999'"),
    (bool, True, "True", "expected true or false, got 'True'"),
    (bool, True, "1", "expected true or false, got '1'"),
    (Literal["a", 1], "a", "b", "expected one of a, 1, got 'b'"),
    (Tone, Tone.INFO, "info", "expected one of INFO, DANGER, got 'info'"),
    (Tone | None, Tone.INFO, "x", "expected one of INFO, DANGER, or none, got 'x'"),
    (date, date(2030, 1, 1), "2030-02-30", "a date such as 2030-06-07, got '2030-02-30'"),
    (time, time(1), "25:00", "expected a time such as 10:30, got '25:00'"),
    (datetime, datetime(2030, 1, 1), "x", "a date and time such as 2030-06-07T10:30, got 'x'"),
    (datetime, datetime(2030, 1, 1), "2030-06-07T10:30Z", "got '2030-06-07T10:30Z'"),
    (Annotated[str, Color], "red", "rad", "expected a CSS colour, got 'rad'"),
    (str, "a", "!none", "expected a text, got none"),
    (str, "a", "!a", "expected another ! before a text that begins with one, got '!a'"),
    (str, "a", "!empty", "expected another ! before a text that begins with one, got '!empty'"),
    (str, "a", "\ud800", r"expected valid Unicode, got '\ud800'"),
    (int, 1, "9" * 9999, "… (10,001 characters)"),
    (str, "a", "a" * 30_000, "expected at most 20,000 characters, got 30,000"),
    (Template, Template("a"), "<b>" * 9999, "expected at most 20,000 characters, got 29,997"),
    (Annotated[str, Color], "red", "rgb(" * 4999, "expected a CSS colour"),
    (list[int], [1], "a", "item 1: expected a whole number, got 'a'"),
    (list[int], [1], "!none", "item 1: expected a whole number, got none"),
    (dict[str, str], {}, "a", "expected x.name=text for each pair"),
    (dict[str, str], {}, "!none", "expected x.name=text for each pair, got '!none'"),
    (Point, Point(1), "a", "expected x.field=text for each field, got 'a'"),
    (Point, Point(1), "!none", "expected x.field=text for each field, got '!none'"),
    (Point, Point(1), "!new", "expected x.field=text for each field, got '!new'"),
    (Point | None, None, "!new", "expected a value of x, too"),
    (Path | None, Path("a"), "!none", "it can't be changed here; edit the story"),
    (object, object(), "a", "it can't be changed here; edit the story"),
]


@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_text_that_does_not_fit_is_told_with_what_was_expected(number: int) -> None:
    annotation, base, text, message = EXPECTED[number]
    assert message in refusal(annotation, base, ["x", text])


def test_message_stands_beside_the_control_that_it_is_about() -> None:
    found = applied(list[int], [1], ["x", "a"])
    [shown] = found.controls
    assert shown["message"] == found.errors[0].message
    assert shown["value"] == ["1"]
    assert "changed" not in shown


@pytest.mark.parametrize(
    "name",
    ["y", "", "__class__", "x.__class__", "x.start.__init__", "x.length", "x.start.x.y", "x..y"],
)
def test_name_that_no_control_has_is_refused(name: str) -> None:
    message = refusal(Line, Line(Point(1)), [name, "1"])
    assert message == f"{name}: the story has no such prop to change"


def test_names_that_are_no_unicode_or_too_many_are_told_briefly() -> None:
    state = [["\ud800", "1"], ["y" * 9999, "1"], *([f"y{number}", "1"] for number in range(99))]
    errors = applied(str, "a", *state).errors
    assert errors[0].name == r"\ud800"
    assert errors[1].name.startswith("yyy")
    assert len(errors) < 30
    assert max(len(each.name) for each in errors) < 200


@pytest.mark.parametrize(
    "state",
    [None, 5, "ab", {"x": "1"}, ["ab"], [["x"]], [["x", 1]], [["x", "1", "2"]], [[["x"], "1"]]],
    ids=str,
)
def test_state_is_a_list_of_pairs_of_texts(state: Any) -> None:
    found = apply_state(story(taking(str), x="a"), state)
    [error] = found.errors
    assert (error.name, error.message) == ("", "expected a list of pairs [name, text]")
    assert found.props == {"x": "a"}


def test_name_that_is_given_twice_is_refused_unless_it_is_a_list() -> None:
    assert "expected one value, got 2" in refusal(str, "a", ["x", "b"], ["x", "c"])
    assert "expected one value, got 2" in refusal(dict[str, str], {}, ["x.a", "b"], ["x.a", "c"])
    assert applied(list[str], [], ["x", "b"], ["x", "c"]).props == {"x": ["b", "c"]}


def test_what_is_accepted_is_applied_beside_what_is_not() -> None:
    target = story(several, second=1)
    found = apply_state(target, [["third", "true"], ["second", "x"], ["z", "1"]])
    assert found.props == {"second": 1, "third": True}
    assert found.state == [["third", "true"]]
    assert [each.name for each in found.errors] == ["second", "z"]


def test_state_is_normalized_and_in_the_order_of_the_signature() -> None:
    target = story(several, second=1, third=True)
    state = [
        ["attributes.data-b", "!!"],
        ["third", "false"],
        ["attributes.data-a", "1"],
        ["second", "+02"],
    ]
    found = apply_state(target, state)
    assert found.state == [
        ["second", "2"],
        ["third", "false"],
        ["attributes.data-b", "!!"],
        ["attributes.data-a", "1"],
    ]
    assert found.props == {"second": 2, "third": False, "data-b": "!", "data-a": "1"}


def test_state_that_says_what_the_story_gives_changes_nothing() -> None:
    line = Line(Point(1), tags=["a"])
    found = applied(Line, line, ["x.start.x", "+1"], ["x.tags", "a"], ["x.end.label", "!none"])
    assert (found.state, found.errors) == ([], [])
    assert found.props["x"] is line


def test_what_the_story_gives_is_accepted_beyond_the_limits() -> None:
    for annotation, base in ((Annotated[int, Range(0, 9)], 99), (Annotated[str, Color], "brand")):
        found = applied(annotation, base, ["x", str(base)])
        assert (found.state, found.errors) == ([], [])


def test_field_changes_in_a_new_object() -> None:
    line = Line(Point(1, label="a"), tags=["a"])
    found = applied(Line, line, ["x.start.y", "5"])
    assert found.props["x"] == Line(Point(1, 5, label="a"), tags=["a"])
    assert found.props["x"].end is line.end
    assert line.start.y == 0
    [shown] = found.controls
    assert shown["changed"] is True
    assert [each.get("changed") for each in shown["fields"]] == [True, None, None]


def test_object_that_the_story_does_not_give_is_made_of_its_fields() -> None:
    assert applied(Point | None, None, ["x.x", "1"]).props["x"] == Point(1)
    assert applied(Box | None, None, ["x.width", "1"]).props["x"] == Box(width=1)
    assert applied(Line, MISSING, ["x.start.x", "1"]).props["x"] == Line(Point(1))
    point = Point(1)
    assert applied(Point | None, point, ["x", "!none"]).props == {"x": None}
    assert "x.x" not in str(applied(Point | None, None, ["x", "!new"], ["x.x", "1"]).errors)


def test_object_whose_fields_all_have_defaults_is_made_by_a_word() -> None:
    found = applied(Settings | None, None, ["x", "!new"])
    assert (found.props["x"], found.state) == (Settings(), [["x", "!new"]])


def test_class_that_raises_is_told_beside_the_fields() -> None:
    base = Person(name="Ada")
    message = refusal(Person, base, ["x.name", "A"])
    assert message.startswith(
        "x: pydantic_core._pydantic_core.ValidationError: 1 validation error for Person"
    )
    assert "\n" not in message
    assert "expected a whole number, at least 18 and at most 119" in refusal(
        Person, base, ["x.age", "17"]
    )
    assert "expected a value of salt, too" in refusal(Salted, Salted("a", 1), ["x.text", "b"])
    salted = applied(Salted, Salted("a", 1), ["x.text", "b"], ["x.salt", "2"]).props["x"]
    assert salted.seasoned == "b2p"


def test_field_has_the_name_by_which_its_class_takes_it() -> None:
    field = Field.model_validate({"inputType": "text", "inputLabel": "Day"})
    changed = applied(Field, field, ["x.inputType", "date"]).props["x"]
    assert (changed.kind, changed.label) == ("date", "Day")


def test_aware_times_keep_their_zone() -> None:
    zone = datetime(2030, 1, 1, tzinfo=UTC)
    assert control(datetime, zone)["value"] == "2030-01-01T00:00"
    assert applied(datetime, zone, ["x", "2030-06-07T10:30"]).props["x"] == datetime(
        2030, 6, 7, 10, 30, tzinfo=UTC
    )
    later = applied(list[time], [time(1, tzinfo=UTC)], ["x", "01:00"], ["x", "02:00:05"]).props["x"]
    assert later == [time(1, tzinfo=UTC), time(2, 0, 5, tzinfo=UTC)]


def test_whole_number_stays_whole_where_it_was_one() -> None:
    assert repr(applied(float, 1, ["x", "2"]).props["x"]) == "2"
    assert repr(applied(float, 1, ["x", "2.5"]).props["x"]) == "2.5"
    assert repr(applied(float, 1.0, ["x", "2"]).props["x"]) == "2.0"
    assert repr(applied(Decimal, Decimal(1), ["x", "38.50"]).props["x"]) == "Decimal('38.50')"


def test_html_is_taken_as_it_is() -> None:
    assert applied(Template, Template("a"), ["x", "<b>{x}"]).props["x"].strings == ("<b>{x}",)
    assert applied(str, Markup("a"), ["x", "<b>"]).props["x"] == Markup("<b>")
    assert type(applied(str, Markup("a"), ["x", "<b>"]).props["x"]) is Markup


def test_items_that_stay_are_the_same_objects() -> None:
    first, second = Template("a"), Template("b")
    found = applied(list[Template], [first, second], ["x", "b"], ["x", "c"], ["x", "a"])
    assert found.props["x"][0] is second
    assert found.props["x"][2] is first


def test_flags_and_sets_have_one_order() -> None:
    assert applied(Access, Access(0), ["x", "WRITE"], ["x", "READ"]).state == [
        ["x", "READ"],
        ["x", "WRITE"],
    ]
    found = applied(set[str], {"a"}, ["x", "c"], ["x", "b"], ["x", "c"])
    assert (found.state, found.props["x"]) == ([["x", "b"], ["x", "c"]], {"b", "c"})


def test_attributes_keep_their_types_and_names_of_their_own() -> None:
    target = story(several, second=1, hidden=True, title="a")
    state = [["attributes.hidden", "false"], ["attributes.title", "true"], ["attributes.x", "true"]]
    found = apply_state(target, state)
    assert found.props == {"second": 1, "hidden": False, "title": "true", "x": "true"}
    assert apply_state(target, [["attributes", "!empty"]]).props == {"second": 1}
    [error] = apply_state(target, [["attributes.\ud800", "1"]]).errors
    assert error.message == "it is no valid Unicode"
    [error] = apply_state(target, [["attributes.second", "1"]]).errors
    assert (error.name, error.message) == ("attributes", "second is a prop of its own")
    [error] = apply_state(target, [["attributes.hidden", "1"]]).errors
    assert error.message == "hidden: expected true or false, got '1'"


def test_story_stays_as_it_is() -> None:
    tags, points = ["a"], [1]
    target = story(strings, size="small", theme=tags, points=points)
    found = apply_state(target, [["size", "large"], ["points", "2"]])
    assert target.props == {"size": "small", "theme": tags, "points": points}
    assert found.props == {"size": "large", "theme": tags, "points": [2]}
    assert found.props["theme"] is tags
    assert points == [1]
