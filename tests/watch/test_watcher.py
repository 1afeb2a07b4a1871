"""Watch reports the changes that are relevant to a catalog, with real files."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from storytime.build.whole import build_site
from storytime.errors import BuildFailed, BuildFailure
from storytime.project.files import is_below
from storytime.project.package import locate
from storytime.watch import events, watcher
from storytime.watch.events import ChangeEvents
from storytime.watch.file_state import StartTime, newer_than
from storytime.watch.watcher import Watch, watching

from ..serving_support import LONG, replace, wait_until
from ..support import SMALL, Catalog, gives, write

QUIET = 0.3
"""Seconds to wait for an unexpected change; reports take some 20 ms."""


@pytest.fixture(autouse=True, params=["inotify", "watchfiles"])
def source_of_changes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with inotify and with watchfiles, which other systems use."""
    monkeypatch.setattr(events, "USE_INOTIFY", events.USE_INOTIFY and request.param == "inotify")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


async def until_changed(watch: Watch) -> None:
    """Wait for a change and those that follow it."""
    async with asyncio.timeout(LONG):
        await watch.changed.wait()
    await settled(watch)


async def settled(watch: Watch) -> None:
    """Wait until no more changes come."""
    while True:
        watch.take()
        try:
            async with asyncio.timeout(0.06):
                await watch.changed.wait()
        except TimeoutError:
            return


async def assert_no_change(watch: Watch) -> None:
    await asyncio.sleep(QUIET)
    assert not watch.changed.is_set()


@asynccontextmanager
async def watched(site: Path, package: str = "kit") -> AsyncIterator[Watch]:
    async with watching(locate(package), site) as watch:
        await settled(watch)
        yield watch


# Relevant changes.


@pytest.mark.parametrize(
    ("path", "relevant"),
    [
        ("kit/stories.py", True),
        ("kit/data/colours.json", True),
        ("kit", True),
        ("kit/forms", True),
        ("kit/forms/tmp", True),
        ("kit/swimming.switch", True),
        ("kit/.hidden.py", False),
        ("kit/.git/index", False),
        ("kit/__pycache__/stories.cpython-314.pyc", False),
        ("kit/__pycache__", False),
        ("kit/node_modules/x.py", False),
        ("kit/venv/lib/x.py", False),
        ("kit/stories.py~", False),
        ("kit/#stories.py#", False),
        ("kit/.#stories.py", False),
        ("kit/stories.pyc", False),
        ("kit/stories.py.swp", False),
        ("kit/stories.py.swx", False),
        ("kit/stories.py.tmp", False),
        ("kit/stories.py.tmp.123.456", False),
        ("kit/stories.py.bak", False),
        ("kit/stories.py.orig", False),
        ("kit/stories.pyAbC123.bck", False),
        ("kit/stories.py.vsctmp", False),
        ("kit/stories.py___jb_tmp___", False),
        ("kit/stories.py___jb_old___", False),
        ("kit/flycheck_stories.py", False),
        ("kit/4913", False),
        ("kit/site/index.html", False),
        ("kit/site", False),
        ("sibling.py", True),
        ("sibling.txt", False),
        (".#sibling.py", False),
        ("kitchen", False),
    ],
)
def test_a_change_is_relevant_depending_on_its_path(
    catalog: Catalog, path: str, relevant: bool
) -> None:
    catalog.write({"venv/pyvenv.cfg": ""})
    watch = Watch(locate("kit"), catalog.folder / "site")
    assert watch.is_relevant(Change.modified, str(catalog.base / path)) is relevant


async def test_files_that_the_last_build_opened_are_relevant_by_any_name(
    catalog: Catalog, site: Path
) -> None:
    opened = ["kit/.tokens.json", "kit/copy.bak", "outside.tmp", "kit/node_modules/theme.css"]
    lines = [f"open({str(catalog.base / path)!r}).close()" for path in opened]
    write(catalog.base, {**dict.fromkeys(opened, ""), "unread.tmp": ""})
    catalog.write({"stories.py": gives("Site()", *lines)})
    build_site("kit", site)
    watch = Watch(locate("kit"), site)
    await watch.follow_sources()
    paths = [*opened, "unread.tmp"]
    relevant = [watch.is_relevant(Change.modified, str(catalog.base / path)) for path in paths]
    assert relevant == [True] * len(opened) + [False]


@pytest.mark.parametrize(
    ("path", "below"), [("/a/b", True), ("/a", True), ("/ab", False), ("/", False), ("/b/a", False)]
)
def test_a_path_is_below_a_folder(path: str, below: bool) -> None:
    assert is_below(path, ["/c", "/a"]) is below


def test_a_file_is_newer_if_written_renamed_or_removed(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    wait_until(lambda: StartTime().seconds() > file.stat().st_ctime, "the clock advanced")
    moment = StartTime()
    assert not newer_than(moment, [str(file)])
    os.utime(file, (0, 0))  # an old time, as files from an archive have
    assert [*newer_than(moment, [str(file)])] == [str(file)]
    wait_until(lambda: StartTime().seconds() > file.stat().st_ctime, "the clock advanced")
    moment = StartTime()
    file.rename(tmp_path / "b")
    assert len(newer_than(moment, [str(file), str(tmp_path / "b")])) == 2


# Real changes.


@contextmanager
def open_for_writing(file: Path) -> Iterator[None]:
    with file.open("a") as opened:
        opened.write("\n")
        yield


def keep_a_backup(file: Path) -> None:
    """Save as Vim does with `backupcopy=no`."""
    (file.parent / "4913").touch()
    (file.parent / "4913").unlink()
    text = file.read_text()
    file.rename(f"{file}~")
    file.write_text(text)
    os.unlink(f"{file}~")


def remove_and_write(file: Path) -> None:
    file.unlink()
    file.write_text("# new")


SAVES: dict[str, Callable[[Path], object]] = {
    "written": lambda file: file.write_text("# new"),
    "renamed into place": lambda file: replace(file, "# new"),
    "with a backup": keep_a_backup,
    "removed and written": remove_and_write,
    "touched": lambda file: file.touch(),
    "removed": lambda file: file.unlink(),
    "renamed": lambda file: file.rename(file.with_name("other.py")),
    "linked": lambda file: file.with_name("link.py").symlink_to(file),
}


@pytest.mark.parametrize("how", SAVES)
async def test_a_save_is_reported(catalog: Catalog, site: Path, how: str) -> None:
    catalog.write(SMALL)
    async with watched(site) as watch:
        SAVES[how](catalog.folder / "forms/button/stories.py")
        await until_changed(watch)


async def test_new_moved_renamed_and_removed_folders_are_reported(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    outside = write(catalog.base / "elsewhere", {"deep/er/stories.py": ""})
    async with watched(site) as watch:
        catalog.write({"a/b/c/stories.py": ""})
        await until_changed(watch)
        catalog.write({"a/b/c/stories.py": "# edited"})
        await until_changed(watch)
        outside.rename(catalog.folder / "moved")
        await until_changed(watch)
        catalog.write({"moved/deep/er/stories.py": "# edited"})
        await until_changed(watch)
        (catalog.folder / "moved").rename(catalog.folder / "renamed")
        await until_changed(watch)
        catalog.write({"renamed/deep/er/stories.py": "# edited"})
        await until_changed(watch)
        shutil.rmtree(catalog.folder / "renamed")
        await until_changed(watch)


async def test_a_replaced_package_is_still_watched(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    away = catalog.base / "away"
    async with watched(site) as watch:
        for word in ("one", "two"):
            catalog.folder.rename(away)
            await until_changed(watch)
            away.rename(catalog.folder)
            await until_changed(watch)
            catalog.write({"forms/button/words.py": word})
            await until_changed(watch)
        shutil.rmtree(catalog.folder)
        await until_changed(watch)
        catalog.write(SMALL)
        await until_changed(watch)
        catalog.write({"forms/button/words.py": "three"})
        await until_changed(watch)


async def test_changes_while_the_watch_moves_to_a_new_folder_are_reported(
    catalog: Catalog, site: Path
) -> None:
    """Rename the package away and back and edit it while watches end and start."""
    rounds = int(os.environ.get("STORYTIME_ROUNDS", "6"))
    chance = random.Random(7)
    catalog.write(SMALL)
    away, file = catalog.base / "away", catalog.folder / "forms/button/stories.py"
    async with watched(site) as watch:
        for number in range(rounds):
            catalog.folder.rename(away)
            await asyncio.sleep(chance.uniform(0, 0.05))
            away.rename(catalog.folder)
            await asyncio.sleep(chance.uniform(0, 0.05))
            watch.changed.clear()
            file.write_text(f"# {number}")
            await until_changed(watch)
            file.write_text(f"# {number} again")
            await until_changed(watch)


async def test_a_file_name_that_is_not_utf8_does_not_end_the_watch(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    async with watched(site) as watch:
        with open(os.fsencode(catalog.folder) + b"/\xff.py", "w"):
            pass
        await until_changed(watch)
        catalog.write({"stories.py": "# edited"})
        await until_changed(watch)


async def test_a_package_that_does_not_exist_yet_is_awaited(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    package = locate("kit")
    catalog.folder.rename(catalog.base / "away")
    async with watching(package, site) as watch:
        await settled(watch)
        (catalog.base / "away").rename(catalog.folder)
        await until_changed(watch)
        catalog.write({"stories.py": "# edited"})
        await until_changed(watch)


async def test_writes_to_an_output_folder_in_the_package_are_ignored(catalog: Catalog) -> None:
    catalog.write(SMALL)
    site = catalog.folder / "site"
    async with watched(site) as watch:
        build_site("kit", site)
        await assert_no_change(watch)
        (catalog.folder / "stories.py").touch()
        await until_changed(watch)


# Files outside the package.

OUTSIDE = {
    "sibling/__init__.py": "",
    "sibling/cards/__init__.py": "",
    "sibling/cards/card.py": "WORD = 'one'",
    "data/colours.json": "1",
    "data/unread.json": "1",
}
READS = gives("Site()", "import sibling.cards.card", "open('data/colours.json').close()")


async def built_and_watched(catalog: Catalog, site: Path, watch: Watch) -> None:
    started = StartTime()
    build_site("kit", site)
    await watch.follow_sources(since=started)
    await settled(watch)


async def test_sources_of_the_last_build_are_watched_anywhere(catalog: Catalog, site: Path) -> None:
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        for save in (Path.write_text, replace):
            for path in ("sibling/cards/card.py", "data/colours.json", "sibling/__init__.py"):
                save(catalog.base / path, "2")
                await until_changed(watch)
        write(catalog.base, {"data/unread.json": "2", "sibling/cards/notes.txt": ""})
        await assert_no_change(watch)
        write(catalog.base, {"sibling/cards/new.py": ""})
        await until_changed(watch)


async def test_sources_of_an_earlier_build_are_watched_from_the_start(
    catalog: Catalog, site: Path
) -> None:
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    build_site("kit", site)
    async with watched(site) as watch:
        await watch.follow_sources()
        await settled(watch)
        write(catalog.base, {"data/colours.json": "2"})
        await until_changed(watch)


async def test_sources_of_a_build_that_wrote_nothing_are_watched(
    catalog: Catalog, site: Path
) -> None:
    write(catalog.base, {**OUTSIDE, "sibling/cards/card.py": "1 / 0"})
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        started = StartTime()
        with pytest.raises(BuildFailed) as raised:
            build_site("kit", site)
        assert not raised.value.written
        await watch.follow_sources(raised.value.sources, since=started)
        await settled(watch)
        write(catalog.base, {"sibling/cards/card.py": "WORD = 'mended'"})
        await until_changed(watch)


@pytest.mark.parametrize("folder", ["data", "sibling"])
async def test_a_change_before_its_file_is_watched_is_reported(
    catalog: Catalog, site: Path, folder: str
) -> None:
    """For example to a file that the running build was the first to import."""
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        started = StartTime()
        build_site("kit", site)
        path = "data/colours.json" if folder == "data" else "sibling/cards/card.py"
        write(catalog.base, {path: "2"})
        await settled(watch)
        await watch.follow_sources(since=started)
        await until_changed(watch)


@pytest.mark.parametrize("save", [Path.write_text, replace])
async def test_a_change_that_a_build_began_with_is_not_reported_again(
    catalog: Catalog, site: Path, save: Callable[[Path, str], object]
) -> None:
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        for number in range(3):
            save(catalog.base / "data/colours.json", f"{number}")
            async with asyncio.timeout(LONG):
                await watch.changed.wait()
            started = StartTime()
            while watch.changed.is_set():
                watch.take()
                started = StartTime()
                started._time -= 0.05  # a clock may be so coarse
                await asyncio.sleep(0.05)
            await watch.follow_sources(since=started)
            await assert_no_change(watch)


async def test_a_replaced_folder_of_sources_is_still_watched(catalog: Catalog, site: Path) -> None:
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        shutil.rmtree(catalog.base / "data")
        write(catalog.base, {"data/colours.json": "3"})
        await until_changed(watch)
        write(catalog.base, {"data/colours.json": "4"})
        await until_changed(watch)


async def test_removed_sources_are_reported_once_and_on_their_return(
    catalog: Catalog, site: Path
) -> None:
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        (catalog.base / "data").rename(catalog.base / "away")
        await until_changed(watch)
        catalog.write({"stories.py": SMALL["stories.py"]})  # which doesn't need it
        await built_and_watched(catalog, site, watch)
        await built_and_watched(catalog, site, watch)
        await assert_no_change(watch)
        (catalog.base / "away").rename(catalog.base / "data")
        await until_changed(watch)
        write(catalog.base, {"data/colours.json": "5"})
        await until_changed(watch)


async def test_a_loaded_module_without_its_file_is_reported_once(
    catalog: Catalog, site: Path
) -> None:
    """Direct builds keep finding it among the loaded modules."""
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        (catalog.base / "sibling/cards/card.py").unlink()
        await until_changed(watch)
        for _ in range(2):
            started = StartTime()
            build_site("kit", site)
            await watch.follow_sources(since=started)
            await settled(watch)
            await assert_no_change(watch)


async def test_a_project_renamed_away_and_back_is_still_watched(
    catalog: Catalog, site: Path
) -> None:
    write(catalog.base / "a/b", {**OUTSIDE, **{f"kit/{path}": SMALL[path] for path in SMALL}})
    package = locate(str(catalog.base / "a/b/kit"))
    async with watching(package, site) as watch:
        await settled(watch)
        for _ in range(2):
            (catalog.base / "a/b").rename(catalog.base / "away")
            await until_changed(watch)
            (catalog.base / "away").rename(catalog.base / "a/b")
            await until_changed(watch)
            write(catalog.base / "a/b/kit", {"forms/button/stories.py": "# edited"})
            await until_changed(watch)


@pytest.mark.parametrize("renamed", ["a", "a/b", "a/b/c"])
async def test_a_rename_far_above_the_package_is_reported(
    catalog: Catalog, site: Path, renamed: str
) -> None:
    write(catalog.base / "a/b/c", {**OUTSIDE, **{f"kit/{path}": SMALL[path] for path in SMALL}})
    package = locate(str(catalog.base / "a/b/c/kit"))
    async with watching(package, site) as watch:
        await settled(watch)
        for _ in range(2):
            (catalog.base / renamed).rename(catalog.base / "away")
            await until_changed(watch)
            (catalog.base / "away").rename(catalog.base / renamed)
            await until_changed(watch)
            write(catalog.base / "a/b/c/kit", {"forms/button/stories.py": "# edited"})
            await until_changed(watch)


async def test_folders_that_return_before_their_parent_is_watched_are_watched(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(catalog.base / "a/b/c", {f"kit/{path}": SMALL[path] for path in SMALL})
    folder, away = catalog.base / "a", catalog.base / "away"
    watches = ChangeEvents.watch

    def comes_back(self: ChangeEvents, *folders: Any, **options: Any) -> AsyncGenerator[set[str]]:
        if away.exists():
            away.rename(folder)
        return watches(self, *folders, **options)

    monkeypatch.setattr(ChangeEvents, "watch", comes_back)
    async with watching(locate(str(folder / "b/c/kit")), site) as watch:
        await settled(watch)
        folder.rename(away)
        await until_changed(watch)
        assert folder.exists()
        (folder / "b").rename(folder / "elsewhere")
        await until_changed(watch)


async def test_changes_beside_the_folders_above_are_ignored(catalog: Catalog, site: Path) -> None:
    write(catalog.base / "a/b", {f"kit/{path}": SMALL[path] for path in SMALL})
    package = locate(str(catalog.base / "a/b/kit"))
    (catalog.base / "sites/kit/site").mkdir(parents=True)
    async with watching(package, catalog.base / "sites/kit/site") as watch:
        await settled(watch)
        write(catalog.base, {"new.py": "", "a/new.py": "", "sites/new.py": "", "new/kit/x.py": ""})
        await assert_no_change(watch)
        write(catalog.base, {"a/b/new.py": ""})  # an import may look for it
        await until_changed(watch)


# Missing files.

APPEARS = {
    "a module": ("import sibling", {"sibling.py": ""}),
    "a package": ("import sibling.cards.card", {"sibling/cards/card.py": ""}),
    "a data file": ("open('data/colours/all.json').close()", {"data/colours/all.json": "1"}),
}


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("what", APPEARS)
async def test_a_missing_file_is_built_when_it_appears(
    catalog: Catalog, site: Path, what: str, at_once: bool
) -> None:
    statement, files = APPEARS[what]
    catalog.write({**SMALL, "card/stories.py": gives("Subject()", statement)})
    async with watched(site) as watch:

        async def failures() -> int:
            started = StartTime()
            try:
                build_site("kit", site)
            except BuildFailed as error:
                await watch.follow_sources(error.sources, error.failures, since=started)
                return len(error.failures)
            await watch.follow_sources(since=started)
            return 0

        assert await failures() == 1
        await settled(watch)
        await assert_no_change(watch)
        (path,) = files
        if at_once:
            write(catalog.base, files)
        else:
            for folder in reversed(Path(path).parents[:-1]):
                (catalog.base / folder).mkdir()
                await until_changed(watch)
                assert await failures() == 1
                await settled(watch)
            write(catalog.base, files)
        async with asyncio.timeout(LONG):
            while await failures():
                await watch.changed.wait()
                watch.take()
        await settled(watch)
        write(catalog.base, {path: "2"})
        await until_changed(watch)


@pytest.mark.parametrize("how", ["written", "moved there"])
async def test_a_missing_file_that_appears_as_the_build_ends_is_reported(
    catalog: Catalog, site: Path, how: str
) -> None:
    files = write(catalog.base / "elsewhere/data", {"colours/all.json": ""})
    catalog.write({**SMALL, "card/stories.py": "open('data/colours/all.json').close()"})
    written = (files / "colours/all.json").stat().st_ctime
    wait_until(lambda: StartTime().seconds() > written, "the clock advanced")
    async with watched(site) as watch:
        started = StartTime()
        with pytest.raises(BuildFailed) as raised:
            build_site("kit", site)
        if how == "written":
            write(catalog.base, {"data/colours/all.json": ""})
        else:
            files.rename(catalog.base / "data")
        await settled(watch)
        await watch.follow_sources(raised.value.sources, raised.value.failures, since=started)
        await until_changed(watch)


# What a build looked at.

LOOKS = {
    "listed": "os.listdir('data/colours')",
    "asked for": "os.path.exists('data/colours/new.json')",
    "asked for in a folder that does not exist": "os.path.exists('data/shades/new.json')",
    "reached through a link": "open('link.json').close()",
}


@pytest.mark.parametrize("how", LOOKS)
async def test_what_a_build_looked_at_outside_the_package_is_watched(
    catalog: Catalog, site: Path, how: str
) -> None:
    write(catalog.base, {"data/colours/all.json": "1", "linked/real.json": "1"})
    os.symlink(catalog.base / "linked/real.json", catalog.base / "link.json")
    catalog.write({**SMALL, "card/stories.py": gives("Subject()", f"import os\n{LOOKS[how]}")})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        await assert_no_change(watch)
        place = "data/shades" if "does not exist" in how else "data/colours"
        file = "linked/real.json" if "link" in how else f"{place}/new.json"
        write(catalog.base, {file: "2"})
        await until_changed(watch)


async def test_a_listed_folder_that_changed_before_it_was_watched_is_reported(
    catalog: Catalog, site: Path
) -> None:
    write(catalog.base, {"data/all.json": "1"})
    catalog.write({**SMALL, "card/stories.py": gives("Subject()", "import os; os.listdir('data')")})
    async with watched(site) as watch:
        started = StartTime()
        build_site("kit", site)
        write(catalog.base, {"data/new.json": "1"})
        await settled(watch)
        await watch.follow_sources(since=started)
        await until_changed(watch)


async def test_of_too_many_listed_folders_the_first_are_watched(
    catalog: Catalog, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    count = watcher.MOST_LISTED + 5
    write(catalog.base, {f"data/{number:04}/x": "" for number in range(count)})
    lists = "import os\nlist(os.walk('data'))"
    catalog.write({**SMALL, "card/stories.py": gives("Subject()", lists)})
    async with watched(site) as watch:
        await built_and_watched(catalog, site, watch)
        write(catalog.base, {"data/0001/new": ""})
        await until_changed(watch)
        (said,) = (text for text in caplog.messages if "folders outside" in text)
        assert said.startswith(f"the catalog lists {count + 1} folders outside of its package")


# The clock.


async def test_a_file_with_a_future_time_is_reported_once(catalog: Catalog, site: Path) -> None:
    """It has one if the clock was set back after the save."""
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    early = StartTime()
    early._time -= 3600  # so every file has a future time
    async with watched(site) as watch:
        build_site("kit", site)
        await watch.follow_sources(since=early)
        await until_changed(watch)
        for _ in range(3):
            await watch.follow_sources(since=early)
            await assert_no_change(watch)
        write(catalog.base, {"data/colours.json": "2"})
        await until_changed(watch)


async def test_a_change_is_reported_if_the_clock_is_set_back_in_a_build(
    catalog: Catalog, site: Path
) -> None:
    write(catalog.base, OUTSIDE)
    catalog.write({**SMALL, "stories.py": READS})
    late = StartTime()
    late._time += 3600  # what the clock showed then
    async with watched(site) as watch:
        build_site("kit", site)
        write(catalog.base, {"data/colours.json": "2"})
        await settled(watch)
        await watch.follow_sources(since=late)
        await until_changed(watch)


# Reported changes.


async def test_changes_can_be_taken_once(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    file = catalog.folder / "forms/button/stories.py"
    async with watched(site) as watch:
        assert watch.take() == set()
        replace(file, "# new")
        await watch.changed.wait()
        assert watch.take() == {str(file)}
        assert not watch.changed.is_set()
        watch.tell({"/a"})
        watch.tell(None)
        watch.tell({"/b"})
        assert watch.take() is None
        assert watch.take() == set()


async def test_removing_the_output_folder_is_reported(catalog: Catalog) -> None:
    catalog.write(SMALL)
    site = catalog.base / "some/where/site"
    build_site("kit", site)
    async with watched(site) as watch:
        build_site("kit", site)
        write(site, {"mine.txt": ""})
        shutil.rmtree(site / "forms")
        await assert_no_change(watch)
        for gone in (site, site.parent, site.parent.parent):
            shutil.rmtree(gone)
            await until_changed(watch)
            build_site("kit", site)
            (catalog.folder / "stories.py").touch()  # what happened before it is reported before it
            await until_changed(watch)
            await assert_no_change(watch)


async def test_a_failure_that_an_existing_file_does_not_fix_is_reported_once(
    catalog: Catalog, site: Path
) -> None:
    """The failure names a missing file that exists."""
    write(catalog.base, OUTSIDE)
    unread = str(catalog.base / "data/unread.json")
    failures = [BuildFailure("card", "FileNotFoundError", missing_files=(unread,))]
    catalog.write(SMALL)
    async with watched(site) as watch:
        await watch.follow_sources(failures=failures)
        await until_changed(watch)
        for _ in range(3):
            await watch.follow_sources(failures=failures)
            await assert_no_change(watch)
