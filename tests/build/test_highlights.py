"""What a build keeps of coloured sources, and that it makes no difference to pages."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from storytime import InterpreterRing, build_site
from storytime.build.highlights import HIGHLIGHTS, read_highlighter, write_highlights
from storytime.build.job import rebuild
from storytime.render.python_highlighter import PythonHighlighter

from .. import ring_jobs
from ..support import SMALL, Catalog, contents, run_python, stamps

LEXER = "pygments.lexers.python"


@pytest.fixture
def built(catalog: Catalog, tmp_path: Path) -> Path:
    catalog.write(SMALL)
    build_site(catalog.name, tmp_path / "out")
    return tmp_path / "out"


def test_next_build_knows_every_source(built: Path, catalog: Catalog) -> None:
    code = f"""
import sys
from pathlib import Path
from storytime import build_site
build_site({catalog.name!r}, Path({str(built)!r}))
print({LEXER!r} in sys.modules)
"""
    before = stamps(built)
    assert run_python("-c", code, cwd=catalog.base).stdout.split() == ["False"]
    assert stamps(built) == before
    (built / HIGHLIGHTS).unlink()
    assert run_python("-c", code, cwd=catalog.base).stdout.split() == ["True"]
    assert (built / HIGHLIGHTS).exists()


def changed(text: str) -> str:
    return text.replace("<b>", "<u>").replace("</b>", "</u>")


def of_another_version(text: str) -> str:
    return json.dumps({**json.loads(text), "pygments": "1.0"})


def without_texts(text: str) -> str:
    return json.dumps({**json.loads(text), "html": {"a": 1}})


def half(text: str) -> str:
    return text[: len(text) // 2]


def not_json(text: str) -> str:
    return f"{text} "[::-1]


@pytest.mark.parametrize(
    "damage",
    [changed, of_another_version, without_texts, half, not_json],
)
def test_damaged_or_foreign_file_is_not_used(
    built: Path, catalog: Catalog, damage: Callable[[str], str]
) -> None:
    before = contents(built)
    file = built / HIGHLIGHTS
    file.write_text(damage(file.read_text()))
    assert contents(built) != before
    build_site(catalog.name, built)
    assert contents(built) == before


def test_link_in_place_of_the_file_is_not_followed(built: Path, tmp_path: Path) -> None:
    (built / HIGHLIGHTS).rename(tmp_path / "theirs")
    (built / HIGHLIGHTS).symlink_to(tmp_path / "theirs")
    assert read_highlighter(built).known == {}


def test_only_what_the_last_build_had_is_kept(built: Path) -> None:
    highlighter = read_highlighter(built)
    assert len(highlighter.known) > 1
    highlighter("def f(): pass")
    write_highlights(built, highlighter)
    assert read_highlighter(built).known == highlighter.used
    assert len(highlighter.used) == 1


def test_kept_sources_are_bounded(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storytime.build.highlights.LARGEST", 100)
    highlighter = PythonHighlighter()
    for number in range(20):
        highlighter(f"a{number} = 1")
    write_highlights(built, highlighter)
    assert 0 < len(read_highlighter(built).known) < 10


def test_standby_imports_the_lexer_once_a_job_used_it(catalog: Catalog, tmp_path: Path) -> None:
    catalog.write(SMALL)
    with InterpreterRing() as ring:
        assert LEXER not in ring.run(ring_jobs.modules)
        ring.run(rebuild, catalog.name, tmp_path / "out", None)
        ring.run(ring_jobs.echo, 0)  # its standby was warm before that job had ended
        assert LEXER in ring.run(ring_jobs.modules)
