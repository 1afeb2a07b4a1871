"""Standbys import ahead the libraries that builds use, where that changes nothing."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest

from storytime import InterpreterRing
from storytime.build.changes import BuildChanges
from storytime.build.job import rebuild
from storytime.build.manifest import OWN_FOLDER
from storytime.build.part_index import PARTS
from storytime.build.preload import digests_of_pages, preload
from storytime.errors import StalePreload

from ..serving_support import wait_until
from ..support import Catalog, gives, write

pytestmark = pytest.mark.usefixtures("unmeasured")

SUBJECT = "Subject(target=part, items=[Story()])"
AHEAD = (
    "import sys",
    "ahead = 'lib' in sys.modules",
    "import lib",
    "def part():\n    return f'{ahead} {lib.value}'",
)
PAGE = "button/story-0/frame.html"


class Session:
    """Builds the catalog `kit`, which imports libraries from `installed`, by a ring."""

    def __init__(self, ring: InterpreterRing, catalog: Catalog, installed: Path) -> None:
        self.ring, self.catalog, self.installed = ring, catalog, installed
        self.output = catalog.base / "site"
        self.libraries: Any = None

    def build(self, changed: list[str] | None = None) -> str:
        """Build, and return the story's document."""
        result = BuildChanges.from_json(self.ring.run(rebuild, "kit", self.output, changed))
        assert not result.failures
        self.libraries = result.libraries or self.libraries
        return (self.output / PAGE).read_text()

    def preload(self) -> None:
        self.ring.prepare(preload, "kit", self.libraries)

    def wait_until_preloaded(self) -> None:
        with TemporaryDirectory() as noted:
            self.ring.prepare(mkdtemp, "", "", noted)  # one folder by each
            wait_until(lambda: len(os.listdir(noted)) == 2, "both standbys are prepared")


@pytest.fixture(params=["auto", "process"])
def session(
    request: pytest.FixtureRequest, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    installed = catalog.base / "site-packages"
    write(installed, {"lib/__init__.py": "from lib import more\nvalue = 'one'", "lib/more.py": ""})
    monkeypatch.syspath_prepend(installed)
    catalog.write({"__init__.py": "", "stories.py": gives("Site()"), "button/__init__.py": ""})
    catalog.write({"button/stories.py": gives(SUBJECT, *AHEAD)})
    with InterpreterRing(isolation=request.param) as ring:
        yield Session(ring, catalog, installed)


def test_the_next_standby_has_imported_what_a_build_used(session: Session) -> None:
    assert "False one" in session.build()
    assert [name for name in session.libraries["modules"] if "lib" in name] == ["lib", "lib.more"]
    assert "kit" not in session.libraries["modules"]
    session.preload()
    assert "True one" in session.build()
    assert "True one" in session.build(["kit/button/stories.py"])


UNFIT = {
    "raises": "import sys\nif 'kit' not in sys.modules: raise SystemExit",
    "imports the project": "import kit",
    "reads the project": "text = open('data.txt').read()",
    "looks for a file": "import os\nos.path.exists('missing.txt')",
    "sets a variable": "import os\nos.environ['LIB'] = '1'",
    "leaves the folder": "import os\nos.chdir('kit')",
    "starts a thread": "import threading, time\n"
    "threading.Thread(target=time.sleep, args=[0.3]).start()",
}


@pytest.mark.parametrize("how", UNFIT)
def test_a_library_that_does_more_when_imported_is_not_imported_ahead(
    session: Session, how: str
) -> None:
    write(session.catalog.base, {"data.txt": "x"})
    write(session.installed, {"lib/__init__.py": f"value = 'one'\n{UNFIT[how]}", "fit.py": ""})
    stories = gives(SUBJECT, *AHEAD, "import fit")
    session.catalog.write({"button/stories.py": stories})
    assert "False one" in session.build()
    session.preload()
    with pytest.raises(StalePreload) as raised:
        session.build()
    assert raised.value.failed == ("lib",)
    session.libraries["modules"].remove("lib")
    session.ring.forget(preload)
    session.preload()
    assert "False one" in session.build()
    assert "fit" in session.libraries["modules"]


def set_variable(_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATEVER", "1")


def enter_folder(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(session.installed)


def extend_path(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(session.catalog.base / "more")


def upgrade(session: Session, _monkeypatch: pytest.MonkeyPatch) -> None:
    write(session.installed, {"lib/more.py": "new = True"})


def install(session: Session, _monkeypatch: pytest.MonkeyPatch) -> None:
    write(session.installed, {"other-1.0.dist-info/METADATA": ""})


def shadow(session: Session, _monkeypatch: pytest.MonkeyPatch) -> None:
    write(session.catalog.base, {"lib.py": "value = 'shadow'"})


def import_no_more(session: Session, _monkeypatch: pytest.MonkeyPatch) -> None:
    session.catalog.write({"button/stories.py": gives(SUBJECT, "part = str")})


@pytest.mark.parametrize(
    "change",
    [set_variable, enter_folder, extend_path, upgrade, install, shadow, import_no_more],
)
def test_after_a_change_of_what_libraries_are_none_is_ahead(
    session: Session, monkeypatch: pytest.MonkeyPatch, change: Callable[..., None]
) -> None:
    session.build()
    session.preload()
    session.wait_until_preloaded()
    change(session, monkeypatch)
    with pytest.raises(StalePreload) as raised:
        session.build()
    assert not raised.value.failed


def test_a_module_of_python_may_stay_ahead_when_nothing_imports_it(session: Session) -> None:
    stories = gives(SUBJECT, *AHEAD, "import colorsys")
    session.catalog.write({"button/stories.py": stories})
    session.build()
    session.preload()
    session.wait_until_preloaded()
    session.catalog.write({"button/stories.py": gives(SUBJECT, *AHEAD)})
    assert "True one" in session.build()


def test_who_uses_which_file_is_known_the_same(session: Session) -> None:
    """The template that `inner` caches is the other subject's, too, which doesn't open it."""
    inner = "from functools import cache\n@cache\ndef read():\n    return open('data.txt').read()"
    write(session.catalog.base, {"data.txt": "text"})
    write(session.installed, {"lib/__init__.py": "import inner\nvalue = inner", "inner.py": inner})
    for name in ("button", "other"):
        part = "import lib\ndef part():\n    return lib.value.read()"
        session.catalog.write({f"{name}/__init__.py": ""})
        session.catalog.write({f"{name}/stories.py": gives(SUBJECT, part)})
    session.build()
    libraries, parts = session.libraries, known(session)
    assert parts["data.txt"] == ["button", "other"]
    session.preload()
    session.build()
    assert known(session) == parts
    assert session.libraries["named"] == libraries["named"]
    assert session.libraries["users"] == libraries["users"]
    assert {*session.libraries["modules"]} == {*libraries["modules"]}


def known(session: Session) -> Any:
    files: dict[str, Any] = json.loads((session.output / PARTS).read_text())["files"]
    return files


def test_digests_are_those_that_a_build_would_write(session: Session) -> None:
    session.build()
    manifest = json.loads((session.output / OWN_FOLDER / "manifest.json").read_text())
    assert session.ring.run(digests_of_pages, "kit", session.output) == manifest["pages"]
    session.preload()
    ahead = session.ring.run(digests_of_pages, "kit", session.output)
    different = {path for path, digest in ahead.items() if digest != manifest["pages"][path]}
    assert PAGE in different
