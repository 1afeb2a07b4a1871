"""What the workshop shows besides a story is the same in every interpreter and process."""

from pathlib import Path

import pytest

from storytime import InterpreterRing

from .content_jobs import everything
from .serving_support import ROOT
from .support import Catalog, gives, run_python

COMPONENT = """
def button(text: str, names: object = frozenset("abcdefgh"), *, of: object = object()) -> str:
    return (
        f'<button style="color: #999; background: #fff"><img src="static/a.png">'
        f'{len(text)}</button>'
    )
"""
DESCRIPTION = "# Heading\\n\\nSome *text*, ![A](story:a/b)."
KIT = {
    "__init__.py": "",
    "stories.py": gives("Site()"),
    "static/a.png": "",
    "static/a.css": "a { b: url(static/none.png) }",
    "button/__init__.py": "",
    "button/stories.py": gives(
        "Subject(target=button, items=[Story({'text': set('abcdefgh')}, 'A',"
        f" description='{DESCRIPTION}')])",
        COMPONENT,
    ),
}


@pytest.fixture
def shown(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> str:
    catalog.write(KIT)
    monkeypatch.syspath_prepend(ROOT)
    return everything("kit")


def test_subinterpreter_shows_the_same(shown: str) -> None:
    """It loads the libraries for Markdown and colours there."""
    for expected in ("color-contrast", "<em>text</em>", "../../static/a.png", "Story({'text'"):
        assert expected in shown
    with InterpreterRing() as ring:
        assert ring.run(everything, "kit") == shown


def test_run_with_another_hash_seed_shows_the_same(shown: str, tmp_path: Path) -> None:
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}]\n" + (
        "from tests.content_jobs import everything\nprint(everything('kit'), end='')"
    )
    for seed in "12":
        run = run_python("-c", code, cwd=tmp_path, env={"PYTHONHASHSEED": seed})
        assert (run.stderr, run.stdout) == ("", shown)
