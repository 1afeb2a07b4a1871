"""OwnWrites: no build is its own cause, and no person's save is taken for a build's own write."""

import os
import re
import time
from pathlib import Path

import pytest

from storytime.live.own_writes import DELAYS, MANY, OwnWrites
from storytime.project.file_writes import BY_EXTENSION, BY_PROCESS, Writes, stamp

from ..serving_support import replace, serving, wait_until, within
from ..support import SMALL, Catalog, gives

RING = "--subinterpreters"
PAGE = "/forms/button/story-0/"
STORIES = "forms/button/stories.py"


def build(own: OwnWrites, *paths: Path, unseen: str = "") -> None:
    """Note a build that wrote the paths."""
    left = {} if unseen else {str(path): stamp(str(path)) for path in paths}
    own.built(Writes(left, unseen), time.time() - 1, time.time() + 1)


def test_a_file_is_a_builds_own_as_long_as_nobody_else_changes_it(tmp_path: Path) -> None:
    own, written, saved = OwnWrites(), tmp_path / "written", tmp_path / "saved"
    written.write_text("1")
    build(own, written)
    saved.write_text("1")
    assert own.others({str(written), str(saved)}) == {str(saved)}
    build(own)
    assert own.others({str(written)}) == set()
    written.write_text("2")
    assert own.others({str(written)}) == {str(written)}


def test_a_running_build_may_have_written_what_earlier_ones_wrote(tmp_path: Path) -> None:
    own, written = OwnWrites(), tmp_path / "written"
    written.write_text("1")
    assert not own.may_have({str(written)}, [])
    assert own.may_have({str(written)}, [str(written)])
    build(own, written)
    assert own.may_have({str(written)}, [])
    assert not own.may_have({str(written), str(tmp_path / "saved")}, [])


def test_only_what_changed_during_an_unseen_build_waits(tmp_path: Path) -> None:
    own, file = OwnWrites(), tmp_path / "file"
    file.write_text("1")
    build(own)
    assert own.delay({str(file)}, []) == 0.0
    build(own, unseen=BY_PROCESS)
    assert own.delay({str(file)}, []) == DELAYS[0]
    own.built(Writes(unseen=BY_PROCESS), time.time() - 20, time.time() - 10)
    assert own.delay({str(file)}, []) == 0.0


def test_what_unseen_builds_change_and_no_story_reads_is_built_once_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own, file, new = OwnWrites(), tmp_path / "file", tmp_path / "new"
    delays = []
    for number in range(3):
        file.write_text(f"{number}")
        new.write_text(f"{number}")
        build(own, unseen=BY_PROCESS)
        delays.append(own.delay({str(file)} if not number else {str(file), str(new)}, []))
    assert delays == [DELAYS[0], None, None]
    assert len(caplog.messages) == 1


def test_saves_do_not_hide_that_each_build_writes_a_file(tmp_path: Path) -> None:
    own, file, saved = OwnWrites(), tmp_path / "file", tmp_path / "saved"
    saved.write_text("1")
    began = saved.stat().st_ctime + 0.001

    def write() -> bool:
        file.write_text("1")
        return file.stat().st_ctime > began

    wait_until(write, "the file is newer")
    delays = []
    for paths in ({file, saved}, {file, saved}, {file}):
        own.built(Writes(unseen=BY_PROCESS), began, time.time() + 1)
        delays.append(own.delay(set(map(str, paths)), [str(file)]))
    assert delays == [0.0, 0.0, None]


def test_a_source_that_no_earlier_unseen_build_changed_is_built(tmp_path: Path) -> None:
    own, file, source = OwnWrites(), tmp_path / "file", tmp_path / "source"
    for path in (file, source):
        path.write_text("1")
    build(own, unseen=BY_PROCESS)
    assert own.delay({str(file)}, []) == DELAYS[0]
    build(own, unseen=BY_PROCESS)
    assert own.delay({str(file), str(source)}, [str(source)]) == DELAYS[0]


@pytest.mark.parametrize("name", ["code.py", "read", "saved", "by an extension"])
def test_what_may_matter_is_built_as_long_as_it_differs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    own, file = OwnWrites(), tmp_path / name
    unseen = BY_EXTENSION if "extension" in name else BY_PROCESS
    file.write_text("")
    if name == "saved":
        build(own)
        assert own.delay({str(file)}, []) == 0.0
    sources = [str(file)] if name == "read" else []
    delays = []
    for number in range(MANY + 1):
        build(own, unseen=unseen)
        file.write_text(f"{number}")
        delays.append(own.delay({str(file)}, sources))
    assert delays == [*DELAYS, *DELAYS[-1:] * (MANY + 1 - len(DELAYS))]
    assert len(caplog.messages) == 1
    build(own, unseen=unseen)
    file.write_text(f"{MANY}")
    assert own.delay({str(file)}, sources) is None


def test_a_build_without_changes_ends_the_count(tmp_path: Path) -> None:
    own, file = OwnWrites(), tmp_path / "file"
    for _ in range(3):
        file.write_text("")
        build(own, unseen=BY_PROCESS)
        assert own.delay({str(file)}, []) == DELAYS[0]
        build(own, unseen=BY_PROCESS)


def test_what_is_saved_and_undone_during_an_unseen_build_is_built(tmp_path: Path) -> None:
    own, file = OwnWrites(), tmp_path / "code.py"
    delays = []
    for _ in range(3):
        file.write_text("the same")
        build(own, unseen=BY_PROCESS)
        delays.append(own.delay({str(file)}, []))
    assert delays == [*DELAYS[:2], None]


def test_a_burst_of_saves_after_an_unseen_build_is_built(tmp_path: Path) -> None:
    own, file = OwnWrites(), tmp_path / "file"
    file.write_text("")
    build(own, unseen=BY_PROCESS)
    for number in range(20):
        file.write_text(f"{number}")
        assert own.delay({str(file)}, [str(file)]) == DELAYS[0]


# The server, with a story that writes into its package.

CACHE = """
import os, pathlib, random, subprocess
CACHE = pathlib.Path(__file__).with_name("cache.json")
{}
"""
KNOWN = """
CACHE.with_suffix(".same").write_text("same")
CACHE.with_suffix(".other").write_text(str(random.random()))
CACHE.with_name(f"{random.random()}.json").write_text("")
CACHE.with_suffix(".new").write_text(str(random.random()))
os.replace(CACHE.with_suffix(".new"), CACHE)
file = open(CACHE.with_suffix(".open"), "w"); file.write(str(random.random()))
os.makedirs(CACHE.with_name(str(random.random())) / "x")
"""
WRITES = {
    "itself": KNOWN,
    "by a process": "subprocess.run(['sh', '-c', f'echo $$ > {CACHE}'])",
    "new names by a process": "subprocess.run(['sh', '-c', f'echo > {CACHE}$$'])",
    "a source by a process": (
        "CACHE.exists() and CACHE.read_text();subprocess.run(['sh', '-c', f'echo > {CACHE}'])"
    ),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_story_that_writes_into_its_package_causes_no_endless_builds(
    catalog: Catalog, how: str
) -> None:
    def subject(word: str) -> str:
        node = f"Subject(target=lambda: '[{word}]', items=[Story()])"
        return gives(node, CACHE.format(WRITES[how]))

    is_known = "process" not in how
    catalog.write({**SMALL, STORIES: subject("one")})
    with serving(catalog.base, "kit", catalog.base / "site", RING) as server:
        server.until_served(PAGE, "[one]")
        for word in ("two", "six"):
            builds = 0

            def save(attempt: int) -> float:
                nonlocal builds
                text = f"{word}-{attempt}"  # noqa: B023
                builds, began = server.count("INFO built "), time.monotonic()
                replace(catalog.folder / STORIES, subject(text))
                server.until_served(PAGE, f"[{text}]")
                return time.monotonic() - began

            within(1, save)
            until_idle = time.monotonic() + 3
            wait_until(lambda: time.monotonic() > until_idle, "3 s")  # noqa: B023
            since = server.count("INFO built ")
            echoes = 0 if is_known else 2 if "source" in how else 1
            assert since - builds <= 1 + echoes + (not is_known)  # and the whole catalog once
            time.sleep(1)  # nothing tells that no build begins
            assert server.count("INFO built ") == since
        # A person's own save of the very file counts at once.
        builds = server.count("INFO built ")
        replace(catalog.folder / "forms/button/cache.json", "mine")
        wait_until(lambda: server.count("INFO built ") > builds, "it was built", 1)
        lines = [line for line in server.lines if re.search("ERROR|Traceback", line)]
        assert not lines
        assert server.count("WARNING") == 0 if is_known else 1
        assert os.path.exists(catalog.folder / "forms/button/cache.json")


def test_quick_saves_beside_a_story_that_starts_processes_are_served(catalog: Catalog) -> None:
    node = "Subject(target=lambda: f'[{theme.WORD}]', items=[Story()])"
    code = "import subprocess\nfrom kit import theme\nsubprocess.run(['true'])"
    catalog.write({**SMALL, "theme.py": "WORD = 'first'", STORIES: gives(node, code)})
    with serving(catalog.base, "kit", catalog.base / "site", RING) as server:
        server.until_served(PAGE, "[first]")
        for burst in range(4):
            for number in range(12):
                (catalog.folder / "theme.py").write_text(f"WORD = '{burst}-{number}'")
                time.sleep(0.03)
            server.until_served(PAGE, f"[{burst}-11]", 3)
        assert not server.said("WARNING")
