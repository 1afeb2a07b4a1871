"""Builds are correct on a Python without the internals that Storytime uses."""

import json
from pathlib import Path
from typing import Any

import pytest

from storytime.build.manifest import OWN_FOLDER

from ..support import Catalog, contents, gives, run_python, write

pytestmark = pytest.mark.usefixtures("unmeasured")

BUILD = """
import dis, json, sys
from pathlib import Path
{deletion}
if {partial}:
    from storytime.build.job import rebuild
    print(json.dumps(rebuild("kit", Path({out!r}), {changed})["is_settled"]))
else:
    from storytime import build_site
    build_site("kit", Path({out!r}))
"""


def build(base: Path, deletion: str, out: str, changed: list[str] | None = None) -> None:
    """Run the deletion and a full build in a new process."""
    _run(base, deletion=deletion, partial=False, out=out, changed=changed)


def rebuild(base: Path, deletion: str, out: str, changed: list[str] | None) -> bool:
    """Run the deletion and a rebuild in a new process; return True if it was a full build."""
    whole = _run(base, deletion=deletion, partial=True, out=out, changed=changed)
    return bool(json.loads(whole))


def _run(base: Path, **values: Any) -> str:
    # coverage would measure the process by `sys.monitoring`, which is one of the names.
    unmeasured = dict.fromkeys(("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"), "")
    done = run_python("-c", BUILD.format(**values), cwd=base, env=unmeasured)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pages(folder: Path) -> dict[str, bytes]:
    return {
        path: data for path, data in contents(folder).items() if not path.startswith(OWN_FOLDER)
    }


def uses_shared(way: str) -> str:
    component = f"def part():\n    {way}\n    return f'<p>{{shared.word}}</p>'"
    return gives("Subject(target=part, items=[Story()])", component)


@pytest.fixture
def kit(catalog: Catalog) -> Catalog:
    """A catalog whose subjects import `shared` in several ways; `alone` doesn't."""
    write(catalog.base, {"shared.py": "word = 'old'"})
    return catalog.write(
        {
            "stories.py": gives("Site(title='Kit')"),
            "alone/stories.py": gives("Subject(target=str, items=[Story()])"),
            "first/stories.py": uses_shared("import shared"),
            "statement/stories.py": uses_shared("import shared"),
            "function/stories.py": uses_shared(
                "import importlib; shared = importlib.import_module('shared')"
            ),
        }
    )


@pytest.mark.parametrize(
    ("deletion", "whole"),
    [
        ("", False),
        ("del sys._getframe", False),
        ("del sys.monitoring", True),
        ("for tool in (3, 4): sys.monitoring.use_tool_id(tool, 'other')", True),
        ("del dis._find_imports", True),
        ("dis.opmap = {**dis.opmap}; del dis.opmap['IMPORT_NAME']", True),
    ],
)
def test_builds_are_correct_without_an_internal(kit: Catalog, deletion: str, whole: bool) -> None:
    build(kit.base, "", "expected")
    build(kit.base, deletion, "complete")
    assert pages(kit.base / "complete") == pages(kit.base / "expected")
    rebuild(kit.base, deletion, "out", None)
    write(kit.base, {"shared.py": "word = 'new'"})
    assert rebuild(kit.base, deletion, "out", ["shared.py"]) is whole
    build(kit.base, "", "expected")
    assert b"new" in pages(kit.base / "expected")["statement/story-0/frame.html"]
    assert pages(kit.base / "out") == pages(kit.base / "expected")
