"""A story's code, pasted into its file, gives the HTML that the state gave."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storytime import Story, make_site
from storytime.build.story_code_job import story_code
from storytime.catalog.model import walk
from storytime.controls import apply_state
from storytime.controls.copying import copy_story
from storytime.controls.insertion import insert_story
from storytime.controls.layout import Layout
from storytime.controls.story_file import StoryFile
from storytime.errors import StorytimeError
from storytime.render.component import render_story

from ..support import Catalog, gives, run_python

PARTS = '''
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, Flag, StrEnum, auto
from html import escape
from string.templatelib import Template
from typing import Annotated, Literal

from markupsafe import Markup
from storytime import Color


class Tone(StrEnum):
    LOUD = "loud"
    CALM = "calm"

class Shape(Enum):
    ROUND = ("round", 1)
    SQUARE = ("square", 4)

class Access(Flag):
    READ = auto()
    WRITE = auto()

@dataclass(frozen=True)
class Place:
    city: str = "Kelby"
    floor: int | None = None

@dataclass
class Person:
    name: str
    age: int = 30
    place: Place = field(default_factory=Place)
    tags: list[str] = field(default_factory=list, kw_only=True)

class Icon:
    """Compares by identity and keeps nothing of what it is made of."""

    def __init__(self, name):
        self._text = f"<i>{name}</i>"

    def __html__(self):
        return self._text

def described(value):
    if isinstance(value, Template):
        return [value.strings, *map(described, value.values)]
    if isinstance(value, Icon):
        return value.__html__()
    if callable(value):
        return value.__name__
    if isinstance(value, list):
        return [*map(described, value)]
    return type(value).__name__, repr(value)

def show(
    text: str = "", note: str | None = None, whole: int = 1, part: float = 0.5,
    price: Decimal = Decimal("1.5"), on: bool = False, tone: Tone = Tone.CALM,
    shape: Shape = Shape.ROUND, access: Access = Access.READ, size: Literal["s", 1, False] = "s",
    day: date = date(2030, 6, 7), at: time = time(10, 30),
    when: datetime = datetime(2030, 6, 7, 10, 30), paint: Annotated[str, Color] = "red",
    words: list[str] = (), numbers: list[int] = (), person: Person | None = Person("Ada"),
    children: Template | None = None, html: Markup = Markup(""), icon: object = None,
    draw: object = None, **attributes: str,
):
    return escape(repr({name: described(value) for name, value in locals().items()}))
'''

STORIES = '''
"""Stories of everything."""

from string.templatelib import Template

from markupsafe import Markup
from storytime import Story, Subject
from .parts import Icon, Person, show

ICONS = {"bell": Icon("bell")}

def everything() -> Subject:
    def local(): ...
    label = "in here"
    return Subject(
        target=show,
        items=[
            Story(
                title="Everything",
                props={
                    "text": "as it is", "person": Person("Bo", tags=["a"]), "html": Markup("<b>"),
                    "children": t"""
                        <p>{{braces}}</p>
                    """,
                    "icon": ICONS["bell"], "draw": lambda: 1, "title": "t",
                },
            ),
        ],
    )
'''


@pytest.fixture
def kit(catalog: Catalog) -> Catalog:
    return catalog.write(
        {
            "__init__.py": "",
            "stories.py": gives("Site()"),
            "all/__init__.py": "",
            "all/parts.py": PARTS,
            "all/stories.py": STORIES,
        }
    )


def story_at(path: str, package: str = "kit") -> Story:
    nodes = walk(make_site(package))
    return next(each for each in nodes if isinstance(each, Story) and each.path == path)


# Prose that a control may have, with what is special in literals, templates or lines.
TEXTS = (
    st.text(max_size=12)
    | st.text("ab \n\r\t\"'\\{}é", max_size=40)
    | st.sampled_from(
        ["a long text of many words " * 6, "line\n" * 30, '"""', "{x}", "\\N{DASH}", "\\"]
    )
).map(lambda text: f"!{text}" if text.startswith("!") else text)
MARKUP = st.sampled_from(
    ["", "<p>{a}</p>", "<p>\n  {b}\n</p>\n", '<a title="{{x}">"', "<b>{'}</b>", "{\\"]
)


def one(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[str]]]:
    return values.map(lambda value: [[name, str(value)]])


def some(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[str]]]:
    lists = st.lists(values, min_size=1, max_size=3)
    return lists.map(lambda items: [[name, str(item)] for item in items]) | st.just(
        [[name, "!empty"]]
    )


KINDS = [
    one("text", TEXTS),
    one("note", st.just("!none") | TEXTS),
    one("whole", st.integers(-(10**30), 10**30)),
    one("part", st.floats(allow_nan=False, allow_infinity=False) | st.just(-0.0)),
    one("price", st.decimals(-(10**9), 10**9)),
    one("on", st.sampled_from(["true", "false"])),
    one("tone", st.sampled_from(["LOUD", "CALM"])),
    one("shape", st.sampled_from(["ROUND", "SQUARE"])),
    some("access", st.sampled_from(["READ", "WRITE"])),
    one("size", st.sampled_from(["s", "1", "False"])),
    one("day", st.dates()),
    one("at", st.times().map(lambda value: value.replace(fold=0).isoformat())),
    one("when", st.datetimes().map(lambda value: value.replace(fold=0).isoformat())),
    one("paint", st.sampled_from(["red", "#abcdef", "rgb(0 0 0 / 50%)"])),
    some("words", TEXTS),
    some("numbers", st.integers()),
    one("person.name", TEXTS),
    one("person.age", st.integers()),
    one("person.place.city", TEXTS),
    one("person.place.floor", st.integers() | st.just("!none")),
    some("person.tags", TEXTS),
    one("children", MARKUP),
    one("html", MARKUP),
    one("attributes.data-x", TEXTS),
]
STATES = st.lists(st.sampled_from(KINDS).flatmap(lambda kind: kind), min_size=1, max_size=4).map(
    lambda found: [
        pair for pairs in {each[0][0]: each for each in found}.values() for pair in pairs
    ]
)

READ = """
import json, sys
from storytime.catalog.model import Story, walk
from storytime.catalog.tree_reader import make_site
from storytime.render.component import render_story
stories = [each for each in walk(make_site('kit')) if isinstance(each, Story)]
print(json.dumps([[each.title, render_story(each)] for each in stories]))
"""


@settings(
    max_examples=2,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(states=st.lists(STATES, min_size=30, max_size=30))
def test_code_that_is_pasted_into_the_file_renders_the_state(
    kit: Catalog, states: list[list[list[str]]]
) -> None:
    kit.write({"all/stories.py": STORIES})
    story = story_at("all/everything")
    file = StoryFile(story)
    imports, codes, expected = set[str](), [], {}
    for number, state in enumerate(states):
        applied = apply_state(story, state)
        assert applied.errors == []
        title = f"State {number}"
        code = copy_story(story, applied.props, title, file)
        assert insert_story(file.source, file.calls, code.text, code.imports, 100).line > 10
        imports |= {*code.imports}
        codes.append(code.text(Layout()))
        expected[title] = render_changed(story, applied.props)
    text = STORIES.replace("from storytime", "\n".join([*sorted(imports), "from storytime"]), 1)
    before, after = text.rsplit("        ],", 1)
    kit.write({"all/stories.py": "\n".join([before, *codes, f"        ],{after}"]).encode()})
    done = run_python("-c", READ, cwd=kit.base)
    assert done.returncode == 0, done.stderr
    found = dict(json.loads(done.stdout))
    assert found.pop("Everything") == render_story(story)
    assert found == expected


def render_changed(story: Story, props: dict[str, Any]) -> str:
    assert story.target
    return str(story.target(**props))


def values_of(kit: Catalog, props: str, before: str = "") -> str:
    """Return the props of the code of a story whose own are local, so that none is copied."""
    made = "local"
    kit.write(
        {
            "one/stories.py": f"""
{before}
from storytime import Story, Subject

def show(**props):
    return repr(sorted(props.items()))

def one() -> Subject:
    {made} = {props}
    return Subject(target=show, items=[Story({made})])
""".encode()
        }
    )
    found = story_at("one/story-0")
    code = copy_story(found, found.props, "New", StoryFile(found))
    text = re.sub(r"\n *", "", code.text(Layout(width=10_000)))
    return "; ".join([*code.imports, text.removeprefix('Story(title="New", props={')[:-3]])


@pytest.mark.parametrize(
    ("props", "code"),
    [
        ("{'x': -0.0, 'y': float('inf'), 'z': 1_000}", '"x": -0.0, "y": float("inf"), "z": 1000'),
        ("{'x': None, 'y': [], 'z': (1,)}", '"x": None, "y": [], "z": (1,)'),
        ("{'x': set(), 'y': {2, 1}}", '"x": set(), "y": {1, 2}'),
        ("{'x': frozenset({1}), 'y': b'a'}", '"x": frozenset({1}), "y": b\'a\''),
        ("""{'x': 'a "b"', 'y': "it's"}""", """"x": 'a "b"', "y": "it's\""""),
        ("{'data-x': {'a': [1, {2: True}]}}", '"data-x": {"a": [1, {2: True}]}'),
    ],
)
def test_plain_values_are_written_as_a_formatter_does(kit: Catalog, props: str, code: str) -> None:
    assert values_of(kit, props) == code


@pytest.mark.parametrize(
    ("before", "props", "code"),
    [
        (
            "import datetime",
            "{'x': datetime.datetime(2030, 1, 2, 3, tzinfo=datetime.UTC)}",
            '"x": datetime.datetime(2030, 1, 2, 3, 0, tzinfo=datetime.timezone.utc)',
        ),
        (
            "import decimal as d",
            "{'x': d.Decimal('1.50'), 'y': d}",
            '"x": d.Decimal("1.50"), "y": d',
        ),
        (
            "from uuid import UUID as Id",
            "{'x': Id(int=1)}",
            "\"x\": Id('00000000-0000-0000-0000-000000000001')".replace("'", '"'),
        ),
        (
            "import re; from fractions import Fraction as date; from datetime import date as day",
            "{'x': day(2030, 1, 2), 'y': date(1, 2)}",
            '"x": day(2030, 1, 2), "y": date(1, 2)',
        ),
        (
            "import time, json; date = json.loads('{}')",
            "{'x': __import__('datetime').date(2030, 1, 2)}",
            'from datetime import date as date_; "x": date_(2030, 1, 2)',
        ),
    ],
)
def test_objects_are_written_with_the_names_that_the_file_has(
    kit: Catalog, before: str, props: str, code: str
) -> None:
    assert values_of(kit, props, before) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('a\n"', r't"""a\""""'),
        ('a\n""', r't"""a"\""""'),
        ('a\n"""', r't"""a\"\"\""""'),
        ('a\n\\"', r't"""a\\\""""'),
    ],
)
def test_a_quote_at_the_end_of_a_t_string_is_escaped(kit: Catalog, text: str, code: str) -> None:
    before = "from string.templatelib import Template"
    assert f'"x": {code},' in values_of(kit, f"{{'x': Template({text!r})}}", before)


def test_a_value_that_cannot_be_written_is_named(kit: Catalog) -> None:
    with pytest.raises(StorytimeError, match="^the value of icon can't be written as Python: "):
        values_of(kit, "{'icon': Icon('bell')}", "from kit.all.parts import Icon")


def test_code_that_would_render_something_else_is_refused(kit: Catalog) -> None:
    before = """
class Odd:
    def __init__(self, size=1):
        self.size, self.secret = size, 1
    def __eq__(self, other):
        return True
    def __repr__(self):
        return f'{self.size} {self.secret}'
def odd():
    made = Odd()
    made.secret = 2
    return made
"""
    with pytest.raises(StorytimeError, match="the value of x .* its code renders something else"):
        values_of(kit, "{'x': odd()}", before)


def test_a_story_with_a_template_is_refused(kit: Catalog) -> None:
    kit.write({"one/stories.py": gives("Subject(items=[Story(template=lambda: '')])")})
    found = story_at("one/story-0")
    with pytest.raises(StorytimeError, match="has a template, which no props change"):
        copy_story(found, {}, "New", StoryFile(found))


def test_every_story_of_the_example_is_copied_or_has_a_template() -> None:
    stories = [each for each in walk(make_site("examples.complete")) if isinstance(each, Story)]
    refused = set()
    for story in stories:
        file = StoryFile(story)
        try:
            copy_story(story, story.props, "Copy", file)
        except StorytimeError:
            refused.add(story.path)
    assert len(stories) > 100
    assert refused == {story.path for story in stories if story.template}


def test_the_job_answers_with_code_and_the_edited_file(kit: Catalog) -> None:
    state = [["whole", "3"], ["price", "2.50"]]
    found = story_code("kit", kit.base / "out", "all/everything", state, "Three", True)
    assert found is not None
    assert found["imports"] == ["from decimal import Decimal"]
    assert found["code"].startswith('Story(\n    title="Three",\n')
    file = kit.folder / "all/stories.py"
    assert found["file"] == str(file)
    content = found["content"].encode("latin-1").decode()
    assert file.read_text() == STORIES
    assert content.splitlines()[found["line"] : found["line"] + 1] == [
        '                title="Three",'
    ]


def test_the_job_says_why_there_is_no_code(kit: Catalog) -> None:
    output = kit.base / "out"
    assert story_code("kit", output, "all/nothing", []) is None
    found = story_code("kit", output, "all/everything", [["whole", "x"]])
    assert found is not None
    assert found["message"].startswith("whole: ")
    found = story_code("kit", output, "all/everything", [], "\ud800")
    assert found == {"message": "the title is no valid Unicode"}
