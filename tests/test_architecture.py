"""docs/architecture.md names only what exists; test names are short."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_python

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
NO_PLACES = {"module.py:name", "stories.py"}  # the notation, and an author's file
NAMED = sorted(set(re.findall(r"`((?:\w+/)*\w+\.(?:py|js)(?::[\w.]+)?)`", PAGE)) - NO_PLACES)


@pytest.mark.parametrize("named", NAMED)
def test_what_the_architecture_page_names_exists(named: str) -> None:
    path, _, name = named.partition(":")
    folder = ROOT if path.startswith("tests/") else ROOT / "src/storytime"
    source = (folder / path).read_text(encoding="utf-8")
    if path.endswith(".js"):
        assert re.search(rf"\b(?:function|const|let|class) {name}\b", source)
    elif name:
        assert name in set(_names_in(ast.parse(source).body))


def test_the_architecture_page_names_every_package() -> None:
    packages = [path.parent.name for path in (ROOT / "src/storytime").glob("*/__init__.py")]
    assert packages
    assert [name for name in packages if f"\n| `{name}` |" not in PAGE] == []


def test_names_of_tests_have_at_most_70_characters() -> None:
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("compat/tests/test_*.py")]
    names = re.findall(r"def (test_\w+)", "".join(file.read_text("utf-8") for file in files))
    assert names
    assert [name for name in names if len(name) > 70] == []


def _names_in(body: list[ast.stmt]) -> Iterator[str]:
    """Return the names that a module's body defines; members as `Class.member`."""
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield name
                yield from (f"{name}.{member}" for member in _names_in(node.body))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
                yield name
