"""Whatever the kind and the values: a state gives back the value that its control shows."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from string.templatelib import Template
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from storytime import Color
from storytime.controls import apply_state

from .components import Access, Box, Level, Line, Pair, Person, Point, Shape, Tone
from .support import control, state_of, story, taking

texts = st.text(max_size=20) | st.sampled_from(["!", "!none", "!!", "!empty", "", "a.b"])
points = st.builds(Point, st.integers(), st.integers(), label=st.none() | texts)
dates = st.dates()
decimals = st.decimals(-(10**9), 10**9, allow_nan=False)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(10**99), 10**99),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: decimals,
    bool: st.booleans(),
    Literal["a", 1, False, "!none"]: st.sampled_from(["a", 1, False, "!none"]),
    Tone: st.sampled_from(Tone),
    Level: st.sampled_from(Level),
    Shape: st.sampled_from(Shape),
    date: dates,
    time: st.times().map(lambda value: value.replace(fold=0)),
    datetime: st.datetimes().map(lambda value: value.replace(fold=0)),
    Annotated[str, Color]: st.sampled_from(["red", "#abcdef", "rgb(0 0 0 / 50%)", "var(--a)"]),
    Template: texts.map(Template),
    Markup: texts.map(Markup),
}
OTHERS: dict[Any, st.SearchStrategy[Any]] = {
    Access: st.sampled_from([Access(0), *Access]),
    Point: points,
    Line: st.builds(Line, points, points, st.lists(texts, max_size=3)),
    Box: st.builds(Box, width=st.integers(), height=st.integers(0, 10)),
    Person: st.builds(Person, name=st.text(min_size=2, max_size=9), home=st.none() | points),
    Pair: st.builds(Pair, texts, st.integers()),
}
"""Values of each kind, by the annotation."""


def of(kinds: dict[Any, st.SearchStrategy[Any]]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize(("annotation", "values"), kinds.items(), ids=map(str, kinds))


def changes_to(annotation: Any, base: Any, value: Any) -> None:
    """Check that the state which a control of `value` shows changes a story with `base` to it."""
    target = taking(annotation)
    found = apply_state(story(target, x=base), state_of(control(annotation, value)))
    assert found.errors == []
    assert repr(found.props["x"]) == repr(value)
    again = apply_state(story(target, x=base), found.state)
    assert repr(again.props) == repr(found.props)
    assert again.state == found.state
    assert again.controls == found.controls
    if not found.state:
        assert found.props["x"] is base


@of(LEAVES | OTHERS)
@settings(max_examples=20)
@given(data=st.data())
def test_state_gives_the_value_that_its_control_shows(
    annotation: Any, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    changes_to(annotation, data.draw(values), data.draw(values))


@of(LEAVES)
@settings(max_examples=10)
@given(data=st.data())
def test_state_gives_lists_pairs_and_none(
    annotation: Any, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    made: list[tuple[Any, st.SearchStrategy[Any]]] = [
        (annotation | None, values | st.none()),
        (list[annotation], st.lists(values, max_size=3)),
        (tuple[annotation, ...], st.lists(values, max_size=3).map(tuple)),
        (dict[str, annotation], st.dictionaries(texts, values, max_size=3)),
    ]
    kind, whole = data.draw(st.sampled_from(made))
    changes_to(kind, data.draw(whole), data.draw(whole))


@settings(max_examples=60)
@given(
    state=st.lists(
        st.lists(
            st.sampled_from(["x", "x.start", "x.start.x", "x.tags", "x.end", "y", "x.__class__"])
            | st.text(max_size=5),
            min_size=1,
        )
        | st.tuples(
            st.sampled_from(["x", "x.start", "x.start.x", "x.tags", "x.end", "x.length", "x..y"]),
            st.sampled_from(
                ["!none", "!new", "!empty", "1", "!!", "!", "nan", "\ud800", "9" * 999]
            ),
        )
    )
)
def test_no_state_raises_and_what_is_accepted_is_stable(state: Any) -> None:
    target = taking(Line | None)
    for base in (Line(Point(1)), None):
        found = apply_state(story(target, x=base), state)
        again = apply_state(story(target, x=base), found.state)
        assert (again.errors, again.state) == ([], found.state)
        assert again.props == found.props
