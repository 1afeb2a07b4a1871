"""What `storytime.build_catalog` returns."""

import json
import os
from pathlib import Path

import pytest

import storytime
from storytime import BuildResult, StorytimeError, build_catalog

from ..support import SMALL, Catalog, contents, gives, write

PROBLEMS = {
    **SMALL,
    "notes.md": "# Notes\n\n![](static/none.png)\n\n[gone](gone.md)\n",
    "static/app.css": "a { background: url(static/gone.svg) }",
    "static/app.js": "",
    "forms/card/__init__.py": "",
    "forms/card/stories.py": gives(
        "Subject(target=card, items=[\n"
        "    Story(title='Bare'),\n"
        "    Story({'colour': 1}, 'Broken'),\n"
        "])",
        'def card(): return \'<img src="static/none.png"><script src="static/app.js"></script>\'',
    ),
}
"""A catalog with one of each: a failure, missing assets, a finding and a warning."""


@pytest.fixture
def result(catalog: Catalog, tmp_path: Path) -> BuildResult:
    return build_catalog(catalog.write(PROBLEMS).folder, tmp_path / "out")


def test_a_catalog_without_problems_is_clean(catalog: Catalog, tmp_path: Path) -> None:
    result = build_catalog(catalog.write(SMALL).name, tmp_path / "out")
    assert (result.package, result.output_dir) == (catalog.name, tmp_path / "out")
    assert result.ok
    assert result.is_clean
    assert result.counts == {
        "stories": 2,
        "pages": 5,
        "files": 20,
        "failures": 0,
        "missing_assets": 0,
        "findings": 0,
        "warnings": 0,
        "changed": 20,
        "removed": 0,
    }
    assert {*result.changed} == {
        path for path in contents(tmp_path / "out") if not path.startswith(".storytime")
    }
    assert {*result.seconds} == {"read", "render", "write"}
    assert all(second > 0 for second in result.seconds.values())


def test_pages_say_where_their_authors_wrote_them(catalog: Catalog, result: BuildResult) -> None:
    folder = catalog.folder
    assert [(page.path, page.kind, page.title, page.file, page.line) for page in result.pages] == [
        ("", "site", "Kit", f"{folder}/stories.py", 0),
        ("notes", "page", "Notes", f"{folder}/notes.md", 0),
        ("forms", "section", "Forms", f"{folder}/forms/stories.py", 0),
        ("forms/button", "subject", "Button", f"{folder}/forms/button/stories.py", 0),
        ("forms/button/story-0", "story", "Button", f"{folder}/forms/button/stories.py", 5),
        ("forms/button/refusal", "story", "Refusal", f"{folder}/forms/button/stories.py", 5),
        ("forms/card", "subject", "Card", f"{folder}/forms/card/stories.py", 0),
        ("forms/card/bare", "story", "Bare", f"{folder}/forms/card/stories.py", 5),
        ("forms/card/broken", "story", "Broken", f"{folder}/forms/card/stories.py", 6),
    ]
    assert all((result.output_dir / page.url).is_file() for page in result.pages)
    assert all(story.seconds > 0 for story in result.stories)


def test_each_problem_has_a_message_and_a_place(catalog: Catalog, result: BuildResult) -> None:
    assert not result.ok
    assert result.written
    [failure] = result.failures
    card = f"{catalog.folder}/forms/card/stories.py"
    assert (failure.path, failure.file, failure.line) == ("forms/card/broken", card, 6)
    assert failure.message.startswith("TypeError: card() got an unexpected keyword argument")
    [finding] = result.findings
    assert (finding.path, finding.rule, finding.impact) == (
        "forms/card/bare",
        "image-alt",
        "critical",
    )
    assert (finding.file, finding.line) == (card, 5)
    assert finding.snippet == '<img src="static/none.png">'
    assert [(each.path, each.file, each.line) for each in result.missing_assets] == [
        ("forms/card/bare", card, 5),
        ("notes", f"{catalog.folder}/notes.md", 0),
        ("static/app.css", f"{catalog.folder}/static/app.css", 0),
    ]
    [warning] = result.warnings
    assert (warning.path, warning.message.partition(";")[0]) == ("notes", "gone.md leads nowhere")


def test_printed_result_names_every_problem(result: BuildResult) -> None:
    first, *lines = str(result).splitlines()
    assert first.startswith("kit: 4 stories, 9 pages, ")
    assert len(lines) == 6
    assert "forms/card/broken: TypeError" in lines[0]


def test_a_result_survives_json(result: BuildResult) -> None:
    again = BuildResult.from_json(json.loads(json.dumps(result.to_json())))
    assert again.pages[3] == result.pages[3]
    assert again.to_json() == result.to_json()


def test_without_a_site_the_result_says_why_and_nothing_is_written(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write({**SMALL, "stories.py": "1 / 0"})
    result = build_catalog(catalog.name, tmp_path / "out")
    assert (result.ok, result.written, result.pages) == (False, False, ())
    [failure] = result.failures
    assert (failure.path, failure.line) == ("", 1)
    assert not (tmp_path / "out").exists()


def test_a_package_that_does_not_exist_raises(tmp_path: Path) -> None:
    with pytest.raises(StorytimeError, match="no package"):
        build_catalog(tmp_path / "nowhere", tmp_path / "out")


def test_a_ring_builds_what_was_saved_since(catalog: Catalog, tmp_path: Path) -> None:
    catalog.write(SMALL)
    with storytime.InterpreterRing() as ring:
        assert ring.build_catalog(catalog.folder, tmp_path / "out").is_clean
        write(catalog.folder, {"forms/button/stories.py": "1 / 0"})
        result = ring.build_catalog(str(catalog.folder), os.fspath(tmp_path / "out"))
    assert [failure.path for failure in result.failures] == ["forms/button"]
    assert isinstance(result.output_dir, Path)
