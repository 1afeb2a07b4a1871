"""Partial builds: what they build, when they give way to a whole build, and how that settles."""

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import randoms, sampled_from

from storytime import InterpreterRing, StorytimeError
from storytime.build.changes import BuildChanges
from storytime.build.incremental import prepare
from storytime.build.job import rebuild, settle
from storytime.build.manifest import MANIFEST, PARTIAL, Manifest
from storytime.build.part_index import PARTS, Parts
from storytime.errors import BuildFailure

from ..support import Catalog, contents, gives, stamps, write

SITE = gives("Site(title='Kit')")
LAYOUT = "def layout(story_title, children): return f'<!doctype html><p>{children}'"


@pytest.fixture(scope="module")
def ring() -> Iterator[InterpreterRing]:
    with InterpreterRing(memory_bound=100_000) as ring:
        yield ring


def subject(text: str = "OK", title: str = "The part", before: str = "") -> str:
    """Return a `stories.py` with two stories that show the text."""
    component = f"def part(word=''): return f'<p>{text} {{word}}</p>'"
    stories = "[Story(title='One'), Story({'word': 'two'}, 'Two')]"
    return gives(f"Subject({title!r}, target=part, items={stories})", before, component)


@dataclass
class Served:
    """A served catalog with the subjects `a` and `s/b`; `save` does what the server does."""

    ring: InterpreterRing
    catalog: Catalog

    def __post_init__(self) -> None:
        self.out = self.catalog.base / "out"
        self.catalog.write({"stories.py": SITE, "a/stories.py": subject()})
        self.catalog.write({"s/stories.py": gives("Section()"), "s/b/stories.py": subject()})

    def start(self) -> BuildChanges:
        return self._built(rebuild, None)

    def save(self, path: str, text: str | None, shown: Sequence[str] = ()) -> BuildChanges:
        """Write a file by its path from the base (None: remove it), and build.

        `shown` are the pages that browsers show.
        """
        file = self.catalog.base / path
        if text is None:
            file.unlink()
        else:
            write(self.catalog.base, {path: text})
        return self._built(rebuild, [path], False, list(shown))

    def settle(self) -> BuildChanges:
        return self._built(settle)

    def _built(self, function: Any, *arguments: Any) -> BuildChanges:
        data = self.ring.run(function, self.catalog.name, self.out, *arguments)
        return BuildChanges.from_json(data)

    def page(self, path: str) -> str:
        return (self.out / path / "index.html").read_text()

    def manifest(self) -> Manifest:
        manifest = Manifest.read(self.out)
        assert manifest is not None
        return manifest


@pytest.fixture
def served(ring: InterpreterRing, catalog: Catalog) -> Served:
    return Served(ring, catalog)


def was_alone(built: BuildChanges, served: Served) -> bool:
    """Return True if the build was partial; a whole build removes the record of those."""
    return not built.is_settled and (served.out / PARTIAL).exists()


# Partial builds.


def test_a_save_of_a_story_writes_its_page_only(served: Served) -> None:
    served.start()
    before = stamps(served.out)
    built = served.save("kit/a/stories.py", subject("Edited"))
    assert was_alone(built, served)
    assert sorted(built.pages) == [
        *("a/one/frame.html", "a/one/index.html"),
        *("a/two/frame.html", "a/two/index.html"),
    ]
    assert "Edited" in served.page("a/one")
    touched = {path for path, stamp in stamps(served.out).items() if before.get(path) != stamp}
    assert {path for path in touched if (served.out / path).is_file()} == {*built.pages, PARTIAL}


def test_a_partial_build_resolves_links_and_pictures_of_descriptions(served: Served) -> None:
    text = "![](static/a.png) [](../guide.md) [](gone.md)"
    described = subject().replace("'The part',", f"'The part', {text!r},")
    served.catalog.write({"guide.md": "# Guide", "static/a.png": "", "a/stories.py": described})
    whole = served.start()
    before = served.page("a")
    assert '<img src="../static/a.png"' in before
    assert '<a href="../guide/index.html"' in before
    built = served.save("kit/a/stories.py", described.replace("OK", "Edited"))
    assert was_alone(built, served)
    assert served.page("a") == before
    assert built.warnings == whole.warnings
    assert len(whole.warnings) == 1


def test_a_partial_build_imports_no_other_subject(served: Served) -> None:
    log = served.catalog.base / "log"
    note = f"open({str(log)!r}, 'a').write(__name__ + ' ')"
    served.catalog.write({"stories.py": SITE + note, "s/b/stories.py": subject(before=note)})
    served.start()
    log.unlink()
    assert was_alone(served.save("kit/a/stories.py", subject("Edited")), served)
    assert not log.exists()


def test_a_partial_build_calls_the_setup_of_the_site(served: Served) -> None:
    setup = "def prepare():\n    import kit\n    kit.prepared = open('settings.txt').read()"
    write(served.catalog.base, {"settings.txt": "old"})
    served.catalog.write({"stories.py": gives("Site(setup=prepare)", setup)})
    served.catalog.write({"a/stories.py": subject("{prepared}", before="from kit import prepared")})
    served.start()
    edited = subject("Edited {prepared}", before="from kit import prepared")
    assert was_alone(served.save("kit/a/stories.py", edited), served)
    assert "Edited old" in served.page("a/one")
    assert not was_alone(served.save("settings.txt", "new"), served)
    assert "Edited new" in served.page("a/one")


def test_a_partial_build_updates_the_index_and_the_build_id(served: Served) -> None:
    served.start()
    edited = subject().replace("'two'", "'other'")
    built = served.save("kit/a/stories.py", edited)
    assert "stories.json" in built.pages
    index = json.loads((served.out / "stories.json").read_bytes())
    assert [story["props"] for story in index["stories"]][1] == {"word": "'other'"}
    assert served.settle().build == built.build == served.manifest().build


def test_changed_shared_file_rebuilds_every_subject_that_uses_it(served: Served) -> None:
    write(served.catalog.base, {"shared.py": "x = 'old'", "data.txt": "old"})
    uses = "from shared import x\ndata = open('data.txt').read()"
    for path in ("a", "s/b", "c"):
        served.catalog.write({f"{path}/stories.py": subject("{x} {data}", before=uses)})
    served.catalog.write({"c/stories.py": subject()})
    served.start()
    for path, text in {"shared.py": "x = 'new'", "data.txt": "newer"}.items():
        built = served.save(path, text)
        assert was_alone(built, served)
        assert {page.rpartition("/")[0] for page in built.pages} == {
            f"{part}/{story}" for part in ("a", "s/b") for story in ("one", "two")
        }


def test_the_themed_layout_comes_from_the_site(served: Served) -> None:
    served.catalog.write({"stories.py": gives("Site(themed_layout=layout)", LAYOUT)})
    served.start()
    built = served.save("kit/a/stories.py", subject("Edited"))
    assert was_alone(built, served)
    frame = (served.out / "a/one/frame.html").read_text()
    assert "<p><p>Edited" in frame


def test_saves_one_after_the_other_are_each_built_alone(served: Served) -> None:
    served.start()
    for number in range(3):
        for path in ("a", "s/b"):
            text = subject(f"Edit {number} of {path}")
            assert was_alone(served.save(f"kit/{path}/stories.py", text), served)
    assert "Edit 2 of a" in served.page("a/one")
    assert "Edit 2 of s/b" in served.page("s/b/one")
    assert served.settle().pages == []
    assert not (served.out / PARTIAL).exists()


def test_newly_used_file_is_watched_and_rebuilds_its_subject_alone(served: Served) -> None:
    write(served.catalog.base, {"new.py": "x = 1"})
    served.start()
    built = served.save("kit/a/stories.py", subject("{x}", before="from new import x"))
    assert built.sources is not None
    assert "new.py" in built.sources
    assert "new.py" in served.manifest().sources
    built = served.save("new.py", "x = 2")
    assert was_alone(built, served)
    assert "&lt;<b>p</b>&gt;2" in served.page("a/one")


def test_file_that_is_no_longer_used_rebuilds_nothing(served: Served) -> None:
    write(served.catalog.base, {"old.py": "x = 1"})
    served.catalog.write({"a/stories.py": subject("{x}", before="from old import x")})
    served.start()
    served.save("kit/a/stories.py", subject())
    built = served.save("old.py", "1 / 0")
    assert was_alone(built, served)
    assert built.pages == []
    assert served.settle().pages == []


def test_a_partial_build_keeps_the_failures_of_other_subjects(served: Served) -> None:
    served.catalog.write({"s/b/stories.py": subject("{1 / 0}")})
    before = served.start()
    assert len(before.failures) == 2
    built = served.save("kit/a/stories.py", subject("Edited"))
    assert was_alone(built, served)
    assert built.failures == before.failures == served.manifest().failures


def test_a_part_that_fails_as_before_is_built_alone(served: Served) -> None:
    broken = subject("{1 / len(word)}")
    served.catalog.write({"a/stories.py": broken})
    assert len(served.start().failures) == 1
    built = served.save("kit/a/stories.py", broken.replace("'two'", "'three'"))
    assert was_alone(built, served)
    assert len(built.failures) == 1


def test_a_partial_build_logs_one_line(served: Served, capfd: pytest.CaptureFixture[str]) -> None:
    logger, handler = logging.getLogger("storytime"), logging.StreamHandler()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        served.start()
        capfd.readouterr()
        served.save("kit/a/stories.py", subject("Edited"))
        served.settle()
        lines = capfd.readouterr().err.splitlines()
    finally:
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)
    builds = [line for line in lines if "built" in line]
    assert len(builds) == 1
    assert "built a of kit alone: 4 files written" in builds[0]


def test_failures_of_one_cause_are_logged_once_for_the_parts_built(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures = [
        BuildFailure(path, message, "trace", "/kit/theme.py", 3)
        for path, message in (("a/1", "E: x"), ("a/2", "E: y"), ("b/1", "E: x"), ("a/3", "E: x"))
    ]
    BuildChanges(failures=failures).log()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "a/1: E: x (/kit/theme.py:3) (at 3 places)",
        "a/2: E: y (/kit/theme.py:3)",
    ]
    caplog.clear()
    BuildChanges(failures=failures).log(parts=("b", "a/3"))
    assert caplog.messages[0] == "b/1: E: x (/kit/theme.py:3) (at 2 places)"


# What builds the whole catalog.

CHANGES = {
    "a title": ("kit/a/stories.py", subject(title="Other"), "Other"),
    "a description": (
        "kit/a/stories.py",
        subject().replace("target=", "description='New', target="),
        "New",
    ),
    "a story more": (
        "kit/a/stories.py",
        subject().replace("[Story(", "[Story(title='Zero'), Story("),
        "3 stories",
    ),
    "an error": ("kit/a/stories.py", "1 / 0", "ZeroDivisionError"),
    "an error when rendered": ("kit/a/stories.py", subject("{1 / 0}"), "ZeroDivisionError"),
    "another kind of node": ("kit/a/stories.py", gives("Section('Now')"), "Now"),
    "a section": ("kit/s/stories.py", gives("Section('Other')"), "Other"),
    "the site": ("kit/stories.py", gives("Site(title='Other')"), "Other"),
    "a new subject": ("kit/c/stories.py", subject(title="New"), "New"),
    "a file that nobody uses": ("kit/notes.txt", "x", "Kit"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_other_pages_show_builds_the_whole_catalog(
    served: Served, change: str
) -> None:
    path, text, shown = CHANGES[change]
    served.start()
    built = served.save(path, text)
    assert not was_alone(built, served)
    assert shown in served.page("")
    assert served.settle().pages == []


def test_repairing_a_failure_builds_the_whole_catalog(served: Served) -> None:
    served.catalog.write({"a/stories.py": "1 / 0"})
    assert len(served.start().failures) == 1
    built = served.save("kit/a/stories.py", subject())
    assert not was_alone(built, served)
    assert not built.failures
    assert "ZeroDivisionError" not in served.page("")


def test_removing_a_used_file_builds_the_whole_catalog(served: Served) -> None:
    write(served.catalog.base, {"data.txt": "here"})
    reads = "import os\nword = open('data.txt').read() if os.path.exists('data.txt') else 'gone'"
    served.catalog.write({"a/stories.py": subject("{word}", before=reads)})
    served.start()
    built = served.save("data.txt", None)
    assert not was_alone(built, served)
    assert "gone" not in served.page("a/one") or "<p>gone" in served.page("a/one")
    assert served.settle().pages == []


@pytest.mark.parametrize("lost", [PARTS, MANIFEST, "stories.json", "a/index.html"])
def test_builds_restore_an_output_folder_that_was_tampered_with(served: Served, lost: str) -> None:
    served.start()
    whole = contents(served.out)
    if lost == MANIFEST:
        (served.out / PARTS).write_text("{")
    else:
        (served.out / lost).unlink()
    served.save("kit/a/stories.py", subject("Edited"))
    served.settle()
    served.save("kit/a/stories.py", subject())
    served.settle()
    now = contents(served.out)
    assert {path: now[path] for path in whole if path != PARTS} == {
        path: data for path, data in whole.items() if path != PARTS
    }


@pytest.mark.parametrize("tree", [{}, {"title": 1}, {"items": [1]}])
def test_a_tree_that_storytime_did_not_write_causes_a_whole_build(
    served: Served, tree: dict[str, object]
) -> None:
    served.start()
    data = json.loads((served.out / PARTS).read_bytes())
    (served.out / PARTS).write_text(json.dumps({**data, "tree": tree}))
    built = served.save("kit/a/stories.py", subject("Edited"))
    assert not was_alone(built, served)
    assert "Edited" in served.page("a/one")


@pytest.mark.parametrize(
    "forged", [{"name": "\ud800"}, {"name": "other"}, {"title": 1}, {"description": [1]}]
)
def test_tree_with_a_forged_section_causes_a_whole_build(
    served: Served, forged: dict[str, object]
) -> None:
    served.start()
    data = json.loads((served.out / PARTS).read_bytes())
    (section,) = (each for each in data["tree"]["items"] if each["kind"] == "Section")
    section.update(forged)
    (served.out / PARTS).write_text(json.dumps(data))
    built = served.save("kit/a/stories.py", subject("Edited"))
    assert not was_alone(built, served)
    assert "Edited" in served.page("a/one")


ODD: list[object] = [
    None,
    True,
    -1,
    10**400,
    float("nan"),
    "",
    "../x",
    "\0",
    "\ud800",
    "a\nb",
    [],
    {},
    {"": ""},
]


def forge(data: Any, chance: Random) -> None:
    """Replace, add or remove something somewhere in data from JSON."""
    places = list(data) if isinstance(data, dict) else range(len(data))
    if not places:
        return
    place = chance.choice(places)
    if isinstance(data[place], dict | list) and chance.random() < 0.8:
        forge(data[place], chance)
    elif chance.random() < 0.3:
        del data[place]
    elif chance.random() < 0.5 and isinstance(data, dict):
        data[str(chance.choice(ODD))] = data[place]
    else:
        data[place] = chance.choice(ODD)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=sampled_from([MANIFEST, PARTIAL, PARTS]), chance=randoms(use_true_random=False))
def test_save_is_built_or_refused_whatever_the_own_files_hold(
    served: Served, file: str, chance: Random
) -> None:
    served.start()
    served.save("kit/a/stories.py", subject("Before"))
    data = json.loads((served.out / file).read_bytes())
    for _ in range(chance.randint(1, 3)):
        forge(data, chance)
    (served.out / file).write_text(json.dumps(data))
    try:
        served.save("kit/a/stories.py", subject("After"))
    except StorytimeError as error:
        assert "holds files that Storytime did not write" in error.message
        assert "\n" not in error.message
        assert "Before" in served.page("a/one")
        shutil.rmtree(served.out)
    else:
        assert "After" in served.page("a/one")
    outside = {path.name for path in served.catalog.base.iterdir()}
    assert outside - {"out"} == {"kit"}


def test_a_partial_build_that_was_killed_is_followed_by_a_whole_one(served: Served) -> None:
    served.start()
    served.save("kit/a/stories.py", subject("Edited"))
    data = json.loads((served.out / PARTIAL).read_bytes())
    data["build"] = ""
    data["pages"]["a/one/index.html"] = ""
    (served.out / PARTIAL).write_text(json.dumps(data))
    (served.out / "a/one/index.html").write_text("half")
    built = served.save("kit/s/b/stories.py", subject("Other"))
    assert not was_alone(built, served)
    assert "Edited" in served.page("a/one")
    assert "Other" in served.page("s/b/one")


# What browsers show comes first.

SHARED = "from words import WORD"
"""An import of what the site uses, too, so that a change of it concerns every page."""


@pytest.fixture
def shared(served: Served) -> Served:
    """A catalog whose site and subjects use `words.py`."""
    write(served.catalog.base, {"words.py": "WORD = 'old'"})
    served.catalog.write({"stories.py": gives("Site('Kit', themed_layout=layout)", SHARED, LAYOUT)})
    for path in ("a", "s/b"):
        served.catalog.write({f"{path}/stories.py": subject("{WORD}", before=SHARED)})
    served.start()
    return served


@pytest.mark.parametrize(
    ("page", "first"),
    [("a/index.html", {"a/one", "a/two"}), ("a/two/index.html", {"a/two"})],
)
def test_documents_on_screen_are_built_before_all_others(
    shared: Served, page: str, first: set[str]
) -> None:
    built = shared.save("words.py", "WORD = 'new'", shown=[page])
    assert built.is_stale
    assert set(built.pages) == {f"{path}/frame.html" for path in first}
    for path in ("a/one", "a/two"):
        assert ("new" in (shared.out / path / "frame.html").read_text()) == (path in first)
    settled = shared.settle()
    assert settled.is_settled
    assert "s/b/one/frame.html" in settled.pages
    assert first.isdisjoint(page.removesuffix("/frame.html") for page in settled.pages)
    assert "new" in shared.page("a/one")
    assert shared.settle().pages == []


def test_files_of_stories_that_are_not_on_screen_stay_known(shared: Served) -> None:
    write(shared.catalog.base, {"kit/a/text.txt": "old"})
    reading = "from pathlib import Path\ntext = Path(__file__).with_name('text.txt').read_text"
    items = "[Story(title='One'), Story(target=lambda: f'{text()} {WORD}', title='Two')]"
    shared.save(
        "kit/a/stories.py",
        gives(f"Subject('A', target=lambda: WORD, items={items})", SHARED, reading),
    )
    shared.settle()
    assert shared.save("words.py", "WORD = 'new'", shown=["a/one/index.html"]).is_stale
    built = shared.save("kit/a/text.txt", "edited", shown=["a/two/index.html"])
    assert "a/two/frame.html" in built.pages
    assert "edited new" in shared.page("a/two")


def test_a_title_that_changes_on_screen_comes_after_its_documents(shared: Served) -> None:
    renamed = subject("renamed {WORD}", title="Renamed", before=SHARED)
    built = shared.save("kit/a/stories.py", renamed, shown=["a/index.html"])
    assert built.is_stale
    assert "renamed old" in (shared.out / "a/one/frame.html").read_text()
    assert "Renamed" not in shared.page("a")
    shared.settle()
    assert "Renamed" in shared.page("a")


def test_a_changed_themed_layout_shows_on_screen_first(shared: Served) -> None:
    layout = LAYOUT.replace("<p>", "<main>")
    site = gives("Site('Kit', themed_layout=layout)", SHARED, layout)
    built = shared.save("kit/stories.py", site, shown=["s/b/one/index.html"])
    assert built.is_stale
    assert "<main>" in (shared.out / "s/b/one/frame.html").read_text()


@pytest.mark.parametrize("page", ["index.html", "s/index.html", "gone/index.html", "*", "a\0", ""])
def test_a_page_without_stories_leads_to_a_whole_build(shared: Served, page: str) -> None:
    assert not shared.save("words.py", "WORD = 'new'", shown=[page]).is_stale
    assert "new" in shared.page("s/b/one")


def test_a_story_that_fails_on_screen_leads_to_a_whole_build(shared: Served) -> None:
    shared.save("kit/a/stories.py", subject("{WORD.upper()}", before=SHARED))
    shared.settle()
    built = shared.save("words.py", "WORD = 1", shown=["a/index.html"])
    assert not built.is_stale
    assert {failure.path for failure in built.failures} == {"a/one", "a/two"}


def test_a_partial_build_of_a_stale_catalog_leaves_it_stale(shared: Served) -> None:
    shared.save("words.py", "WORD = 'new'", shown=["a/index.html"])
    built = shared.save("kit/s/b/stories.py", subject("Edited"))
    assert was_alone(built, shared)
    assert built.is_stale
    shared.settle()
    edited = shared.save("kit/a/stories.py", subject("Edited"))
    assert was_alone(edited, shared), "what was out of date must not count as a side effect"
    assert not edited.is_stale


# Settling.


def registering(served: Served) -> None:
    """Build a catalog where importing `a` changes what `s/b` shows, through `registry`."""
    write(served.catalog.base, {"registry.py": "names = []"})
    register = "import registry\nregistry.names.append('registered 1')"
    served.catalog.write(
        {
            "a/stories.py": subject(before=register),
            "s/b/stories.py": subject("{registry.names}", before="import registry"),
        }
    )
    served.start()


def test_settling_finds_what_a_partial_build_could_not_know(served: Served) -> None:
    registering(served)
    assert "registered 1" in served.page("s/b/one")
    edited = (served.catalog.folder / "a/stories.py").read_text().replace("ed 1", "ed 2")
    assert was_alone(served.save("kit/a/stories.py", edited), served)
    assert "registered 1" in served.page("s/b/one")
    assert "s/b/one/index.html" in served.settle().pages
    assert "registered 2" in served.page("s/b/one")


def test_subject_that_changed_another_is_not_built_alone_again(served: Served) -> None:
    registering(served)
    text = (served.catalog.folder / "a/stories.py").read_text()
    served.save("kit/a/stories.py", text.replace("ed 1", "ed 2"))
    served.settle()
    parts = Parts.read(served.out)
    assert parts is not None
    assert parts.together == ["a"]
    built = served.save("kit/a/stories.py", text.replace("ed 1", "ed 3"))
    assert built.is_settled
    assert "registered 3" in served.page("s/b/one")
    built = served.save("kit/s/b/stories.py", subject("<b>"))
    assert was_alone(built, served)


def test_subject_that_differs_alone_is_not_built_alone_again(served: Served) -> None:
    registering(served)
    text = (served.catalog.folder / "s/b/stories.py").read_text()
    assert was_alone(served.save("kit/s/b/stories.py", text + "#"), served)
    assert "registered 1" not in served.page("s/b/one")
    served.settle()
    assert "registered 1" in served.page("s/b/one")
    assert served.save("kit/s/b/stories.py", text + "##").is_settled


def test_page_that_shows_the_time_does_not_stop_partial_builds(served: Served) -> None:
    clock = "import time"
    served.catalog.write({"s/b/stories.py": subject("{time.time_ns()}", before=clock)})
    served.start()
    served.save("kit/a/stories.py", subject("Edited"))
    assert served.settle().pages
    assert was_alone(served.save("kit/a/stories.py", subject("Again")), served)


def test_save_before_settling_does_not_stop_partial_builds(served: Served) -> None:
    registering(served)
    text = (served.catalog.folder / "a/stories.py").read_text()
    served.save("kit/a/stories.py", text.replace("ed 1", "ed 2"))
    served.catalog.write({"s/b/stories.py": subject("Saved since")})
    assert "Saved since" not in served.page("s/b/one")
    served.settle()
    assert "Saved since" in served.page("s/b/one")
    parts = Parts.read(served.out)
    assert parts is not None
    assert parts.together == []


def test_a_standby_rereads_a_catalog_that_changed_since(
    served: Served,
) -> None:
    served.start()
    served.ring.prepare(prepare, served.out)
    for title in ("First", "Second", "Third"):
        served.save("kit/s/b/stories.py", subject(title=title))
        assert was_alone(served.save("kit/a/stories.py", subject(title)), served)
        assert title in served.page("s/b")
        assert served.settle().pages == []
