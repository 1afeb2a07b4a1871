"""WriteLoops stops builds that cause the next build, without losing a save."""

import os
import re
import time
from pathlib import Path

import pytest

from storytime.live.write_loops import ENDLESS, LONGEST_WAIT, SAME, WriteLoops

from ..serving_support import replace, serving, wait_until
from ..support import SMALL, Catalog, gives

pytestmark = pytest.mark.usefixtures("unmeasured")

RING = "--subinterpreters"
PAGE = "/forms/button/story-0/"
STORIES = "forms/button/stories.py"


def wait_after_writing(loops: WriteLoops, file: Path, text: str) -> float | None:
    """Write the file during a build; return how long the next build has to wait."""
    began = time.time() - 1
    file.write_text(text)
    loops.built(began, time.time() + 1)
    return loops.wait({str(file)})


def test_a_build_that_always_writes_the_same_is_not_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loops, file = WriteLoops(), tmp_path / "cache.json"
    waits = [wait_after_writing(loops, file, "same") for _ in range(SAME + 2)]
    assert waits == [0.0] * SAME + [None] * 2
    loops.built(0, 0)
    assert loops.wait({str(file)}) == 0.0  # a save between builds
    assert wait_after_writing(loops, file, "same") is None  # it is known
    assert wait_after_writing(loops, file, "other") == 0.0
    assert len(caplog.messages) == 1


def test_builds_that_always_write_other_bytes_are_delayed_longer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loops, file = WriteLoops(), tmp_path / "cache.json"
    waits = [wait_after_writing(loops, file, str(number)) for number in range(ENDLESS + 8)]
    assert waits == [0.0] * (ENDLESS - 1) + [0.5, 1, 2, 4, 8] + [LONGEST_WAIT] * 4
    loops.built(0, 0)
    assert loops.wait({str(file)}) == 0.0
    assert wait_after_writing(loops, file, "new") == 0.5
    for _ in range(4):
        assert loops.wait(None) == 0.0
    assert wait_after_writing(loops, file, "newer") == 0.0
    assert len(caplog.messages) == 1


def test_other_changes_are_not_delayed(tmp_path: Path) -> None:
    loops = WriteLoops()
    written, saved = tmp_path / "written", tmp_path / "saved"
    saved.touch()
    wait_until(lambda: time.time() > saved.stat().st_ctime + 0.05, "the clock advanced")
    for _ in range(3 * ENDLESS):
        began = time.time()
        wait_until(lambda: time.time() > began + 0.02, "the clock advanced")  # noqa: B023
        written.write_text("same")
        loops.built(began, time.time() + 1)
        assert loops.wait({str(written), str(saved)}) == 0.0
        assert loops.wait(None) == 0.0
        assert loops.wait({f"{tmp_path}/{number}" for number in range(200)}) == 0.0


def test_removed_files_are_distinguished_by_name(tmp_path: Path) -> None:
    loops = WriteLoops()
    for number in range(SAME + 2):
        loops.built(time.time() - 1, time.time() + 1)
        assert loops.wait({f"{tmp_path}/{number}"}) == 0.0
    waits: list[float | None] = []
    for _ in range(SAME + 2):
        loops.built(time.time() - 1, time.time() + 1)
        waits.append(loops.wait({f"{tmp_path}/same"}))
    assert waits[-1] is None


WRITES = """
import pathlib, random
pathlib.Path(__file__).with_name("cache.json").write_text({})
"""


@pytest.mark.parametrize(
    ("text", "said"), [("'same'", "which is not built again"), ("str(random.random())", "rarely")]
)
def test_a_story_that_writes_into_its_package_does_not_build_for_ever(
    catalog: Catalog, text: str, said: str
) -> None:
    def subject(word: str) -> str:
        return gives(f"Subject(target=lambda: '[{word}]', items=[Story()])", WRITES.format(text))

    catalog.write({**SMALL, STORIES: subject("one")})
    with serving(catalog.base, "kit", catalog.base / "site", RING) as server:
        server.until_said(f"WARNING each build changes .*cache.json, .*{said}")
        for word in ("two", "six"):
            builds = server.count("built kit")
            replace(catalog.folder / STORIES, subject(word))
            server.until_served(PAGE, f"[{word}]", 2)
            time.sleep(1)
            assert server.count("built kit") - builds < ENDLESS
        assert server.count("WARNING each build changes") == 1
        builds = server.count("built kit")
        time.sleep(1)
        assert server.count("built kit") - builds <= 3
        # A save of that file by the author is built at once.
        replace(catalog.folder / "forms/button/cache.json", "mine")
        wait_until(lambda: server.count("built kit") > builds, "it was built")
        lines = [line for line in server.lines if re.search("ERROR|Traceback", line)]
        assert not lines
        assert os.path.exists(catalog.folder / "forms/button/cache.json")
