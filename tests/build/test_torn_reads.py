"""Files that change while a build reads them: it publishes no failure and removes no page."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storytime import BuildFailed, InterpreterRing, build_site
from storytime.errors import SourcesChanged

from ..support import SMALL, Catalog, gives, run_python, write

NODE = "Subject(target=lambda: colour(), items=[Story()])"
BROKEN = "def color(): return 'red'"
GOOD = "def colour(): return 'red'"
MENDS = "import subprocess; subprocess.run(['cp', 'good.py', 'helper.py'], check=True)"
"""What a person does meanwhile: audit events tell nothing of another process."""


@pytest.fixture
def torn(catalog: Catalog) -> Catalog:
    """A catalog whose helper is broken until the second subject is imported, with its good build
    in the folder `out`."""
    write(catalog.base, {"helper.py": GOOD, "good.py": GOOD})
    a, b = gives(NODE, "from helper import colour"), gives("Subject(items=[])")
    catalog.write({**SMALL, "a/__init__.py": "", "a/stories.py": a})
    catalog.write({"b/__init__.py": "", "b/stories.py": b})
    assert run_python("-m", "storytime", "build", "kit", "out", cwd=catalog.base).returncode == 0
    write(catalog.base, {"helper.py": BROKEN})
    return catalog.write({"b/stories.py": gives("Subject(items=[])", MENDS)})


def files(folder: Path) -> dict[str, float]:
    return {str(each): each.stat().st_mtime_ns for each in folder.rglob("*") if each.is_file()}


def test_a_plain_build_raises_and_writes_nothing(torn: Catalog) -> None:
    before = files(torn.base / "out")
    with pytest.raises(SourcesChanged, match=r"helper\.py changed while it was read"):
        build_site("kit", torn.base / "out")
    assert files(torn.base / "out") == before


def by_command_line(catalog: Catalog) -> None:
    ended = run_python("-m", "storytime", "build", "kit", "out", cwd=catalog.base)
    assert (ended.returncode, ended.stderr.count("ERROR")) == (0, 0), ended.stderr


def by_ring(catalog: Catalog) -> None:
    with InterpreterRing() as ring:
        ring.build("kit", catalog.base / "out")


@pytest.mark.parametrize("build", [by_command_line, by_ring])
def test_a_build_begins_anew_with_what_is_there_now(
    torn: Catalog, build: Callable[[Catalog], None]
) -> None:
    build(torn)
    assert "red" in (torn.base / "out/a/story-0/frame.html").read_text()


def test_a_file_that_never_rests_is_published_without_removals(torn: Catalog) -> None:
    grows = 'import subprocess; subprocess.run(["sh", "-c", "echo >> helper.py"])'
    torn.write({"b/stories.py": gives("Subject(items=[])", grows)})
    started = time.monotonic()
    with InterpreterRing() as ring, pytest.raises(BuildFailed) as raised:
        ring.build("kit", torn.base / "out")
    assert raised.value.written
    assert 2 < time.monotonic() - started < 10
    assert "colour" in (torn.base / "out/a/index.html").read_text()
    assert (torn.base / "out/a/story-0/frame.html").is_file()
    write(torn.base, {"helper.py": GOOD})
    torn.write({"a/stories.py": gives("Subject()"), "b/stories.py": gives("Subject()")})
    by_command_line(torn)
    assert not os.path.exists(torn.base / "out/a/story-0/frame.html")


def test_a_subject_that_comes_back_while_it_is_built_keeps_its_pages(torn: Catalog) -> None:
    moves = "import os\nif os.path.exists('away.py'): os.rename('away.py', 'kit/b/stories.py')"
    torn.write({"b/stories.py": gives("Subject(items=[])")})
    write(torn.base, {"helper.py": GOOD})
    by_command_line(torn)
    torn.write({"stories.py": gives("Site()", moves)})
    (torn.folder / "b/stories.py").rename(torn.base / "away.py")
    by_command_line(torn)
    assert (torn.base / "out/b/index.html").is_file()
