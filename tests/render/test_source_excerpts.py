"""The source of stories and components, however their authors made them."""

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from storytime import Story, make_site
from storytime.catalog.model import walk
from storytime.render.source_excerpts import SourceExcerpt, SourceFiles

from ..support import Catalog, gives, write

SITE = {"__init__.py": "", "stories.py": gives("Site()"), "button/__init__.py": ""}


def sources(catalog: Catalog, stories: str, **further: str) -> dict[str, SourceExcerpt | None]:
    """What is shown of each story, by its name, of a subject's `stories.py`."""
    files = {f"button/{name}.py": text for name, text in further.items()}
    catalog.write({**SITE, "button/stories.py": stories, **files})
    files_read = SourceFiles(catalog.base)
    found = [node for node in walk(make_site("kit")) if isinstance(node, Story)]
    return {story.name: files_read.story_source(story) for story in found}


def excerpt(first: int, text: str, file: str = "kit/button/stories.py") -> SourceExcerpt:
    return SourceExcerpt(file, first, first + text.count("\n"), text)


def test_story_is_shown_with_the_call_that_made_it(catalog: Catalog) -> None:
    stories = """\
        from storytime import Story, Subject
        from .button import Button

        def button() -> Subject:
            return Subject(target=Button, items=[
                Story(title="Plain"), Story(
                    title="Grün", props={"text": "(", "é": '''
            a'''},
                ),
            ])
        """
    assert sources(catalog, stories, button="def Button(**props): return ''") == {
        "plain": excerpt(6, 'Story(title="Plain")'),
        "grün": excerpt(
            6,
            '    Story(\n        title="Grün", props={"text": "(", "é": \'\'\'\na\'\'\'},\n    )',
        ),
    }


def test_stories_of_a_loop_are_shown_with_the_loop(catalog: Catalog) -> None:
    stories = """\
        from storytime import Story, Subject

        def button() -> Subject:
            stories = [Story(title="First")]
            for size in ("small", "large"):
                for tone in (1, 2):
                    stories.append(Story({"size": size}, f"{size} {tone}"))
            return Subject(items=stories + [
                Story(title=word) for word in "ab"
            ] + list(Story(title=word) for word in "cd"))
        """
    found = sources(catalog, stories)
    loop = excerpt(
        6,
        'for tone in (1, 2):\n    stories.append(Story({"size": size}, f"{size} {tone}"))',
    )
    assert found["first"] == excerpt(4, 'Story(title="First")')
    assert found["small-1"] == found["large-2"] == loop
    assert found["a"] == found["b"] == excerpt(8, '[\n    Story(title=word) for word in "ab"\n]')
    assert found["c"] == found["d"] == excerpt(10, '(Story(title=word) for word in "cd")')


def test_story_of_a_helper_is_shown_with_the_call_of_the_helper(catalog: Catalog) -> None:
    stories = """\
        from functools import partial
        from storytime import Story, Subject
        from .helper import story

        def of_size(size):
            return Story(title=size)

        large = partial(Story, {"size": "large"})

        def button() -> Subject:
            return Subject(items=[of_size("small"), of_size("tiny"), large("Large"), story("far")])
        """
    found = sources(
        catalog,
        stories,
        helper="from storytime import Story\ndef story(title): return Story(title=title)",
    )
    assert found == {
        "small": excerpt(11, 'of_size("small")'),
        "tiny": excerpt(11, 'of_size("tiny")'),
        "large": excerpt(11, 'large("Large")'),
        "far": excerpt(11, 'story("far")'),
    }


def test_story_of_another_module_is_shown_from_there(catalog: Catalog) -> None:
    stories = """\
        from storytime import Subject
        from .shared import STORIES

        def button() -> Subject:
            return Subject(items=STORIES)
        """
    shared = "from storytime import Story\nSTORIES = [Story(title='Far')]\n"
    expected = excerpt(2, "Story(title='Far')", "kit/button/shared.py")
    assert sources(catalog, stories, shared=shared) == {"far": expected}


def test_subclass_of_story_is_shown_with_its_call(catalog: Catalog) -> None:
    stories = """\
        from dataclasses import dataclass, replace
        from storytime import Story, Subject

        class Sized(Story):
            def __init__(self, size):
                super().__init__({"size": size}, size)

        @dataclass
        class Toned(Story):
            tone: str = ""

        def button() -> Subject:
            plain = Toned(title="plain")
            return Subject(items=[
                Sized("small"),
                Sized("large"),
                plain,
                replace(plain, title="other"),
            ])
        """
    assert sources(catalog, stories) == {
        "small": excerpt(15, 'Sized("small")'),
        "large": excerpt(16, 'Sized("large")'),
        "plain": excerpt(13, 'Toned(title="plain")'),
        "other": excerpt(18, 'replace(plain, title="other")'),
    }


def test_story_with_t_strings_is_shown_as_it_is_written(catalog: Catalog) -> None:
    stories = """\
        from storytime import Story, Subject

        def button() -> Subject:
            return Subject(target=lambda text: text, items=[
                Story({"text": t"<b>{'grün'}</b>"}, "One"),
                *[Story({"text": t"<b>{size:>{size}}</b>"}, str(size)) for size in (1, 2)],
            ])
        """
    found = sources(catalog, stories)
    assert found["one"] == excerpt(5, """Story({"text": t"<b>{'grün'}</b>"}, "One")""")
    assert found["1"] == excerpt(
        6, """[Story({"text": t"<b>{size:>{size}}</b>"}, str(size)) for size in (1, 2)]"""
    )


def test_lines_are_counted_as_python_counts_them(catalog: Catalog) -> None:
    stories = """\
        from storytime import Story, Subject
        \x0c
        BREAK = "\u2028"

        def button() -> Subject:
            return Subject(items=[Story(title="One")])
        """
    assert sources(catalog, stories) == {"one": excerpt(6, 'Story(title="One")')}


def test_changed_or_missing_file_gives_no_source(catalog: Catalog) -> None:
    catalog.write({**SITE, "button/stories.py": gives("Subject(items=[Story()])")})
    (story,) = (node for node in walk(make_site("kit")) if isinstance(node, Story))
    file = catalog.folder / "button/stories.py"
    assert SourceFiles(catalog.base).story_source(story) is not None
    for text in ("", "# -*- coding: unknown -*-\n" * 9):
        file.write_text(text)
        assert SourceFiles(catalog.base).story_source(story) is None
    file.unlink()
    assert SourceFiles(catalog.base).story_source(story) is None


def test_story_without_an_origin_has_no_source() -> None:
    story = pickle.loads(pickle.dumps(Story(title="A")))
    assert story == Story(title="A")
    assert SourceFiles(Path.cwd()).story_source(story) is None


def test_story_without_a_subject_has_a_source() -> None:
    shown = SourceFiles(Path(__file__).parent).story_source(Story(title="Alone"))
    assert shown is not None
    assert (shown.file, shown.text) == ("test_source_excerpts.py", 'Story(title="Alone")')


# Components.

COMPONENTS = '''\
import functools
from dataclasses import dataclass


def traced(*names):
    return functools.wraps(names[0]) if callable(names[0]) else lambda function: function


@traced(
    "(", 1,
)
def decorated(
    a,
    b,
):
    """A docstring
that is not indented.
    """
    return f"""
<b>{a}</b>
"""


def short(): return "a"
def next_one(): return "b"


@dataclass(
    frozen=True,
)
class Card:
    """A card."""

    text: str

    # Why.
    def __call__(self):
        return (
            self.text
        )


class Bare(Card): pass


def outer():
    def inner(text):
        return text
    # Trailing.

    return inner


def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper


@wrapped
def own(text):
    return text


def documented(
    text="a" ")",
):
    """Nothing
    else.
    """


made = outer()
cached = functools.cache(short)
'''


type Shown = Callable[[str], SourceExcerpt | None]


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """The source of the component that an expression names in COMPONENTS."""
    file = write(tmp_path, {"components.py": COMPONENTS}) / "components.py"
    module = ModuleType("storytime_components")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(COMPONENTS, file, "exec"), vars(module))
    files = SourceFiles(tmp_path)
    return lambda expression: files.component_source(eval(expression, vars(module)))


@pytest.mark.parametrize(
    ("expression", "first", "last"),
    [
        ("decorated", "@traced(", '"""'),
        ("short", 'def short(): return "a"', ""),
        ("next_one", 'def next_one(): return "b"', ""),
        ("made", "    def inner(text):", "return text"),
        ("own", "@wrapped", "return text"),
        ("cached", 'def short(): return "a"', ""),
        ("functools.partial(functools.partial(short), 1)", 'def short(): return "a"', ""),
        ("outer", "def outer():", "return inner"),
        ("Card", "@dataclass(", ")"),
        ("Card('a')", "@dataclass(", ")"),
        ("Card('a').__call__", "    def __call__(self):", ")"),
        ("Bare", "class Bare(Card): pass", ""),
        ("documented", "def documented(", '"""'),
    ],
)
def test_component_s_source_is_all_of_its_definition(
    shown: Shown, expression: str, first: str, last: str
) -> None:
    found = shown(expression)
    assert found is not None
    lines = COMPONENTS.splitlines()[found.first - 1 : found.last]
    assert found.file == "components.py"
    assert lines[0] == first
    assert lines[-1].strip() == (last or first)
    assert [line.strip() for line in found.text.splitlines()] == [line.strip() for line in lines]
    assert found.text.startswith(first.strip())


def test_definition_ends_before_the_next_one(shown: Shown) -> None:
    lengths = {
        name: found.last - found.first + 1
        for name in ("decorated", "short", "Card", "Bare", "outer", "own", "documented")
        if (found := shown(name))
    }
    assert lengths == {
        "decorated": 13, "short": 1, "Card": 13, "Bare": 1, "outer": 6, "own": 3, "documented": 6
    }  # fmt: skip


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(name)


@pytest.mark.parametrize("target", [None, 5, len, str, dict, "text"], ids=str)
def test_target_not_written_in_python_has_no_source(target: object) -> None:
    assert SourceFiles(Path.cwd()).component_source(target) is None


def test_whatever_a_component_raises_is_contained() -> None:
    def endless() -> None: ...

    endless.__wrapped__ = endless  # type: ignore[attr-defined]
    files = SourceFiles(Path(__file__).parents[2])
    assert files.component_source(endless) is None
    found = files.component_source(Hostile())
    assert found is not None
    assert found.file == "tests/render/test_source_excerpts.py"
    assert found.text.startswith("class Hostile:")


def test_each_file_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path, {"parts.py": "def one(): ...\ndef two(): ...\n"}) / "parts.py"
    module: dict[str, Any] = {}
    exec(compile(file.read_text(), file, "exec"), module)
    files = SourceFiles(tmp_path)
    assert files.component_source(module["one"]) == SourceExcerpt(
        "parts.py", 1, 1, "def one(): ..."
    )
    file.unlink()
    assert files.component_source(module["two"]) == SourceExcerpt(
        "parts.py", 2, 2, "def two(): ..."
    )


def test_file_outside_the_base_has_a_relative_path(tmp_path: Path) -> None:
    files = SourceFiles(tmp_path / "kit")
    write(tmp_path, {"kit/a.py": "", "other/parts.py": "def one(): ...\n"})
    module: dict[str, Any] = {}
    file = tmp_path / "other/parts.py"
    exec(compile(file.read_text(), file, "exec"), module)
    found = files.component_source(module["one"])
    assert found is not None
    assert found.file == "../other/parts.py"
