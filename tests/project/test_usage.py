"""Full builds record which parts use which files, for partial builds."""

from collections.abc import Collection, Iterator, Mapping

import pytest

from storytime import InterpreterRing
from storytime.build.job import rebuild
from storytime.build.part_index import Parts
from storytime.project._cpython import imports_in
from storytime.project.usage import MOST

from ..support import SMALL, Catalog, gives, write


@pytest.fixture(scope="module")
def ring() -> Iterator[InterpreterRing]:
    with InterpreterRing() as ring:
        yield ring


def subject(before: str = "", body: str = "") -> str:
    """Return a `stories.py` with one story: `before` precedes its component, `body` is in it."""
    lines = [f"    {line}" for line in body.splitlines()]
    component = ["def part(word=''):", *lines, "    return f'<p>{word}</p>'"]
    return gives("Subject(target=part, items=[Story()])", before, *component)


type Users = dict[str, Collection[str] | None]


def users(ring: InterpreterRing, catalog: Catalog, files: Mapping[str, str]) -> Users:
    """Build a catalog with these files and a subject `b`; return the users of each file."""
    catalog.write({"stories.py": gives("Site(title='Kit')"), "b/stories.py": subject(), **files})
    out = catalog.base / "out"
    assert not ring.run(rebuild, catalog.name, out, None)["failures"]
    parts = Parts.read(out)
    assert parts is not None
    return dict(parts.files)


WAYS = {
    "by_name": ("import shared", ""),
    "from_it": ("from shared import value", ""),
    "by_another_name": ("import shared as other", ""),
    "by_a_star": ("from shared import *", ""),
    "in_a_function": ("", "import shared\nword = shared.value"),
    "in_a_function_that_is_not_run": ("def never(): import shared", ""),
    "in_a_class": ("class Holder:\n    import shared", ""),
    "where_it_may_fail": ("try: import shared\nexcept ImportError: pass", ""),
    "dynamically": ("import importlib\nimportlib.import_module('shared')", ""),
    "late_and_dynamically": ("", "from importlib import import_module\nimport_module('shared')"),
    "by_the_function": ("__import__('shared')", ""),
}


@pytest.mark.parametrize("is_cached", [False, True], ids=["first", "loaded before"])
def test_every_kind_of_import_makes_a_user(
    ring: InterpreterRing, catalog: Catalog, is_cached: bool
) -> None:
    files = {}
    for way, (before, body) in WAYS.items():
        name = f"shared_{way}"
        write(catalog.base, {f"{name}.py": "value = 'x'"})
        text = subject(before.replace("shared", name), body.replace("shared", name))
        files[f"{way}/stories.py"] = text
    if is_cached:
        files["a/stories.py"] = subject("\n".join(f"import shared_{way}" for way in WAYS))
    found = users(ring, catalog, files)
    dynamic = "by_the_function"  # it may import any of them
    for way in WAYS:
        by = {way, dynamic, *(["a"] if is_cached else [])}
        if way == "in_a_function_that_is_not_run" and not is_cached:
            assert f"shared_{way}.py" not in found
        else:
            assert found[f"shared_{way}.py"] == sorted(by), way


def test_relative_imports_and_modules_of_packages_are_seen(
    ring: InterpreterRing, catalog: Catalog
) -> None:
    found = users(
        ring,
        catalog,
        {
            "parts/__init__.py": "from . import first",
            "parts/first.py": "",
            "parts/second.py": "",
            "parts/third.py": "from .second import *",
            "a/stories.py": subject("from ..parts import third"),
            "b/stories.py": subject("from .. import parts"),
        },
    )
    assert found["kit/parts/third.py"] == ["a"]
    assert found["kit/parts/second.py"] == ["a"]
    assert found["kit/parts/__init__.py"] == ["a", "b"]
    assert found["kit/parts/first.py"] == ["a", "b"]


def test_package_above_all_parts_concerns_all(ring: InterpreterRing, catalog: Catalog) -> None:
    found = users(
        ring,
        catalog,
        {
            "__init__.py": "from . import theme",
            "theme.py": "",
            "a/__init__.py": "from . import own",
            "a/own.py": "",
            "a/stories.py": subject(),
        },
    )
    assert found["kit/__init__.py"] is None
    assert found["kit/theme.py"] is None
    assert found["kit/a/__init__.py"] == found["kit/a/own.py"] == ["a"]
    assert found["kit/a/stories.py"] == ["a"]
    assert found["kit/stories.py"] is None


def test_file_used_by_the_site_or_a_section_concerns_all(
    ring: InterpreterRing, catalog: Catalog
) -> None:
    write(catalog.base, {"for_section.py": "", "by_hand.py": "", "for_one.py": ""})
    by_hand = "def part():\n    import by_hand\n    return ''"
    found = users(
        ring,
        catalog,
        {
            "section/stories.py": gives(
                "Section(items={'hand': Subject(target=part, items=[Story()])})",
                "import for_section",
                by_hand,
            ),
            "section/one/stories.py": subject("import for_one"),
        },
    )
    assert found["for_section.py"] is None
    assert found["by_hand.py"] is None
    assert found["for_one.py"] == ["section/one"]
    assert found["kit/section/stories.py"] is None


KEPT = "word = keeper.read()"


def test_file_is_used_by_all_modules_that_may_keep_its_content(
    ring: InterpreterRing, catalog: Catalog
) -> None:
    data = {f"{name}.txt": name for name in ("at_import", "at_work", "kept", "own")}
    cached = "from functools import cache\n@cache\ndef read(): return open('kept.txt').read()"
    write(catalog.base, {**data, "keeper.py": cached})
    found = users(
        ring,
        catalog,
        {
            "a/stories.py": subject("open('at_import.txt').close()\nimport keeper", KEPT),
            "b/stories.py": subject("import keeper", KEPT),
            "c/stories.py": subject(
                "from pathlib import Path", "word = Path('at_work.txt').read_text()"
            ),
        },
    )
    assert found["at_import.txt"] == ["a"]
    assert found["at_work.txt"] == ["c"]
    assert found["kept.txt"] == ["a", "b"]  # although `b` didn't open it
    assert "own.txt" not in found


def test_module_that_may_import_anything_uses_everything(
    ring: InterpreterRing, catalog: Catalog
) -> None:
    write(catalog.base, {"shared.py": ""})
    found = users(
        ring,
        catalog,
        {
            "a/stories.py": subject("import shared"),
            "c/stories.py": subject("def never(name): return __import__(name)"),
        },
    )
    assert found["shared.py"] == ["a", "c"]


def test_file_with_many_users_concerns_all(ring: InterpreterRing, catalog: Catalog) -> None:
    write(catalog.base, {"shared.py": "", "rare.py": ""})
    many = {f"s{number}/stories.py": subject("import shared") for number in range(MOST + 1)}
    found = users(ring, catalog, {**many, "a/stories.py": subject("import rare")})
    assert found["shared.py"] is None
    assert found["rare.py"] == ["a"]


def test_template_that_leaves_its_subject_prevents_partial_builds(
    ring: InterpreterRing, catalog: Catalog
) -> None:
    def build_with(expression: str) -> Parts | None:
        template = f"def page(story): return str({expression})"
        node = "Subject(items=[Story(template=page), Story()], target=str)"
        catalog.write({**SMALL, "a/stories.py": gives(node, template)})
        ring.run(rebuild, catalog.name, catalog.base / "out", None)
        return Parts.read(catalog.base / "out")

    assert build_with("story.parent.items[1].path") is not None  # its own subject
    assert build_with("story.parent.parent.title") is None


def test_imports_are_found_in_code_with_extended_arguments() -> None:
    constants = "\n".join(f"x{number} = '{number}'" for number in range(400))
    source = f"{constants}\nimport far.away\nfrom ..up import one, two as three\nfrom . import *"
    statements, is_complete = imports_in(compile(source, "file.py", "exec"))
    assert statements == {
        ("far.away", 0, ()),
        ("up", 2, ("one", "two")),
        ("", 1, ("*",)),
    }
    assert is_complete
