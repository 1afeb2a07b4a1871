"""Preloading carries libraries to the standbys of a session; it is checked if nothing changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, override

import pytest

from storytime import InterpreterRing
from storytime.build.changes import BuildChanges
from storytime.build.job_names import DIGESTS_OF_PAGES
from storytime.errors import StalePreload
from storytime.live import preloading
from storytime.live.builders import PartialRebuild
from storytime.ring.wire import Function

from ..serving_support import LONG, Builds, replace, serving, until, watched
from ..support import SOURCE, Catalog, gives, write

pytestmark = pytest.mark.usefixtures("unmeasured")

SUBJECT = "Subject(target=part, items=[Story()])"
STORIES = "button/stories.py"
PAGE = "button/story-0/frame.html"
IS_AHEAD = "import sys\nahead = 'lib' in sys.modules\nimport lib"
"""Finds out how it is built, as a library's user might that changes what is imported after it."""


def shows(expression: str, *before: str) -> str:
    return gives(SUBJECT, *before, f"def part():\n    return f'[{{{expression}}}]'")


@pytest.fixture
def libraries(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of installed libraries: `lib`, which a catalog with one story uses."""
    installed = catalog.base / "site-packages"
    write(installed, {"lib.py": "import os\nvalue = os.environ.get('LIB', 'unset')"})
    monkeypatch.syspath_prepend(installed)
    catalog.write({"__init__.py": "", "stories.py": gives("Site()"), "button/__init__.py": ""})
    return installed


@asynccontextmanager
async def session(site: Path) -> AsyncIterator[Builds]:
    async with (
        InterpreterRing() as ring,
        watched("kit", site, PartialRebuild(ring, preload=True)) as builds,
    ):
        yield builds


def shown(site: Path, text: str) -> bool:
    return text in (site / PAGE).read_text()


@pytest.mark.usefixtures("libraries")
async def test_a_save_is_built_with_the_libraries_imported_before_it(
    catalog: Catalog, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    catalog.write({STORIES: shows("ahead", IS_AHEAD)})
    async with session(site) as builds:
        assert shown(site, "[False]")
        replace(catalog.folder / STORIES, shows("ahead, 2", IS_AHEAD))
        await builds.until(lambda: shown(site, "[(True, 2)]"))


async def test_a_changed_library_is_imported_anew_by_the_next_build(
    catalog: Catalog, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    catalog.write({STORIES: shows("lib.value", "import lib")})
    async with session(site) as builds:
        assert shown(site, "[unset]")
        monkeypatch.setenv("LIB", "set")
        replace(catalog.folder / STORIES, shows("lib.value, 2", "import lib"))
        await builds.until(lambda: shown(site, "[('set', 2)]"))
        replace(libraries / "lib.py", "value = 'upgraded'")
        replace(catalog.folder / STORIES, shows("lib.value, 3", "import lib"))
        await builds.until(lambda: shown(site, "[('upgraded', 3)]"))


@pytest.mark.usefixtures("libraries")
async def test_setup_configures_libraries_that_were_imported_ahead(
    catalog: Catalog, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    setup = "def prepare():\n    import lib\n    lib.value = open('settings.txt').read()"
    write(catalog.base, {"settings.txt": "one"})
    catalog.write({"stories.py": gives("Site(setup=prepare)", setup)})
    catalog.write({STORIES: shows("ahead, lib.value", IS_AHEAD)})
    async with session(site) as builds:
        replace(catalog.folder / STORIES, shows("ahead, lib.value, 2", IS_AHEAD))
        await builds.until(lambda: shown(site, "[(True, 'one', 2)]"))
        replace(catalog.base / "settings.txt", "two")
        await builds.until(lambda: shown(site, "[(True, 'two', 2)]"))


async def test_the_check_leaves_out_what_needs_the_setup_to_be_imported(
    catalog: Catalog, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preloading, "IDLE", 1)  # until the standby is prepared
    write(libraries, {"models.py": "import lib\nassert lib.value == 'ready'"})
    setup = "def prepare():\n    import lib\n    lib.value = 'ready'"
    catalog.write({"stories.py": gives("Site(setup=prepare)", setup)})
    catalog.write({STORIES: shows("models.lib.value", "import models")})
    stale = []
    with InterpreterRing() as ring:
        rebuilding = PartialRebuild(ring, preload=True)
        run_async = ring.run_async

        async def noting(function: Any, *arguments: Any) -> Any:
            try:
                return await run_async(function, *arguments)
            except StalePreload:
                stale.append(function)
                raise

        monkeypatch.setattr(ring, "run_async", noting)
        async with watched("kit", tmp_path / "site", rebuilding) as builds:
            await until(lambda: stale == [DIGESTS_OF_PAGES], "the check found it out")
            replace(catalog.folder / STORIES, shows("models.lib.value, 2", "import models"))
            await builds.until(lambda: shown(tmp_path / "site", "[('ready', 2)]"))
    assert stale == [DIGESTS_OF_PAGES]


@pytest.mark.usefixtures("libraries")
async def test_nothing_is_preloaded_for_a_catalog_that_writes_files(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preloading, "IDLE", 10 * LONG)  # the check would end it, too
    site = tmp_path / "site"
    writes = f"open({str(tmp_path / 'log')!r}, 'w').close()"
    catalog.write({STORIES: shows("ahead", IS_AHEAD, writes)})
    async with session(site) as builds:
        assert shown(site, "[False]")
        for number in (
            2,
            3,
            4,
        ):  # the first may find a standby from before the libraries were known
            replace(catalog.folder / STORIES, shows(f"ahead, {number}", IS_AHEAD, writes))
            await builds.until(lambda: shown(site, f"[(False, {number})]"))  # noqa: B023


@pytest.mark.usefixtures("libraries")
async def test_a_page_that_preloading_changes_ends_it_for_good(
    catalog: Catalog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = tmp_path / "site"
    catalog.write({STORIES: shows("ahead", IS_AHEAD)})
    async with session(site) as builds:
        replace(catalog.folder / STORIES, shows("ahead, 2", IS_AHEAD))
        await builds.until(lambda: shown(site, "[(True, 2)]"))
        monkeypatch.setattr(preloading, "IDLE", 0.05)
        replace(catalog.folder / STORIES, shows("ahead, 3", IS_AHEAD))
        await builds.until(lambda: shown(site, "[(False, 3)]"))
        replace(catalog.folder / STORIES, shows("ahead, 4", IS_AHEAD))
        await builds.until(lambda: shown(site, "[(False, 4)]"))
    assert [line for line in caplog.messages if "comes out differently" in line] == [
        f"{PAGE} comes out differently if libraries are imported before the build; from now on they"
        " are imported in it, as with --no-preload"
    ]


@pytest.mark.usefixtures("libraries")
async def test_a_check_during_which_the_ring_is_closed_ends_quietly(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ClosedEarly(InterpreterRing):
        @override
        def forget(self, function: Function) -> None:
            super().forget(function)
            self.close()

    monkeypatch.setattr(preloading, "IDLE", 0)
    catalog.write({STORIES: shows("lib.value", "import lib")})
    async with ClosedEarly() as ring:
        session = preloading.Preloading(ring, "kit", tmp_path / "site", enabled=True)
        libraries = {**preloading.NONE, "modules": ["lib"]}
        await session.learn(BuildChanges(libraries=libraries))
        assert await session.check()


@pytest.mark.parametrize(
    ("options", "expected"), [([], "(True, 2)"), (["--no-preload"], "(False, 2)")]
)
def test_the_server_preloads_unless_it_is_told_not_to(
    catalog: Catalog, libraries: Path, tmp_path: Path, options: list[str], expected: str
) -> None:
    catalog.write({STORIES: shows("ahead", IS_AHEAD)})
    path = f"{SOURCE}:{libraries}"
    with serving(tmp_path, "kit", "--subinterpreters", *options, PYTHONPATH=path) as server:
        server.until_served(f"/{PAGE}", "[False]")
        replace(catalog.folder / STORIES, shows("ahead, 2", IS_AHEAD))
        server.until_served(f"/{PAGE}", f"[{expected}]")
