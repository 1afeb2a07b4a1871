"""`stories.json`, which other tools read, and how it describes props."""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from reprlib import recursive_repr
from typing import Any

import pytest

from storytime import Section, Site, Story, Subject
from storytime.build.stories_json import stories_index
from storytime.catalog.model import seat_children
from storytime.render.values import describe_props

from ..support import run_python


def index_of(site: Site) -> dict[str, Any]:
    seat_children(site)
    index: dict[str, Any] = json.loads(stories_index(site))
    return index


def test_stories_are_listed_in_the_order_of_the_tree() -> None:
    subject = Subject(
        title="Button",
        items=[Story({"text": "OK", "size": 2}, "Größe", "The plain one."), Story()],
    )
    site = Site(title="Kit", items={"forms": Section(items={"button": subject})})
    assert index_of(site) == {
        "format": 1,
        "title": "Kit",
        "stories": [
            {
                "path": "forms/button/grösse",
                "title": "Größe",
                "description": "The plain one.",
                "props": {"text": "'OK'", "size": "2"},
                "url": "forms/button/gr%C3%B6sse/index.html",
            },
            {
                "path": "forms/button/story-1",
                "title": "Button",
                "description": None,
                "props": {},
                "url": "forms/button/story-1/index.html",
            },
        ],
    }


def test_the_index_holds_no_lone_surrogates() -> None:
    story = Story({"\ud800": "\ud801"}, "\ud802", "\ud803")
    site = Site(title="\ud804", items={"a": Subject(items=[story])})
    assert index_of(site)["title"] == "\\ud804"
    assert b"\\ud80" not in stories_index(site).replace(b"\\\\", b"")


# Props as text.


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Theme:
    names: set[str]
    secret: str = field(default="", repr=False)


@dataclass
class Own:
    names: set[str]

    def __repr__(self) -> str:
        return "Own()"


class Wrapped:
    @recursive_repr()
    def __repr__(self) -> str:
        return "Wrapped()"


class BrokenError(Exception):
    pass


class Broken:
    def __repr__(self) -> str:
        raise BrokenError


class Fatal:
    def __repr__(self) -> str:
        raise SystemExit


def in_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", '"it\'s"'),
        ("at 0xff", "'at 0xff'"),
        (1.5, "1.5"),
        (None, "None"),
        ([1, (2,), {"b": 3, "a": 4}], "[1, (2,), {'b': 3, 'a': 4}]"),
        ({"b", "a", "c"}, "{'a', 'b', 'c'}"),
        (frozenset("ba"), "frozenset({'a', 'b'})"),
        (set(), "set()"),
        ([{("b", frozenset("yx")), ("a", frozenset())}], None),
        ({Colour.RED, Colour.BLUE}, "{<Colour.BLUE: 2>, <Colour.RED: 1>}"),
        (Theme({"b", "a"}, "x"), "Theme(names={'a', 'b'})"),
        (Own({"b", "a"}), "Own()"),
        (object(), "<object object>"),
        (Wrapped(), "Wrapped()"),
        (Broken(), "<Broken, whose repr raises BrokenError>"),
        (Fatal(), "<Fatal, whose repr raises SystemExit>"),
        ([Broken()], "<list, whose repr raises BrokenError>"),
        (in_itself(), "<list, whose repr raises RecursionError>"),
        ("\ud800", "'\\ud800'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_prop_is_described_by_its_value(value: Any, text: str | None) -> None:
    text = text or "[{('a', frozenset()), ('b', frozenset({'x', 'y'}))}]"
    assert describe_props({"prop": value}) == {"prop": text}


def test_keyboard_interrupt_in_a_repr_is_raised() -> None:
    class Interrupting:
        def __repr__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        describe_props({"prop": Interrupting()})


@pytest.mark.parametrize("props", [None, "Primary", 5])
def test_props_that_are_no_dict_are_left_out(props: Any) -> None:
    assert describe_props(props) == {}


def test_a_prop_name_that_is_no_string_is_described() -> None:
    names: Mapping[Any, int] = {5: 1, Broken(): 2}
    assert list(describe_props(names)) == ["5", "<Broken, whose repr raises BrokenError>"]


def test_long_values_are_wrapped() -> None:
    value = {f"name {number}": list(range(15)) for number in range(3)}
    assert len(describe_props({"prop": value})["prop"].splitlines()) == 3


def test_a_set_is_described_alike_under_any_hash_seed(tmp_path: Path) -> None:
    code = (
        "from storytime.render.values import describe_props\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Theme:\n    names: set\n"
        "letters = set('abcdefgh')\n"
        "print(describe_props({'a': letters, 'b': [Theme(letters)], 'c': lambda: 5}))"
    )
    texts = {
        run_python("-c", code, cwd=tmp_path, env={"PYTHONHASHSEED": seed}).stdout for seed in "12"
    }
    assert len(texts) == 1
    assert "'a', 'b'" in texts.pop()
