"""inotify_changes: what it does beyond watchfiles."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from watchfiles import Change

from ..serving_support import LONG, replace
from ..support import write

if sys.platform != "linux":
    pytest.skip("there is no inotify", allow_module_level=True)

from storytime.project.package import Package
from storytime.project.package_folders import PackageFolders
from storytime.watch import inotify
from storytime.watch.changes import QUIET

type Next = Callable[[], Awaitable[set[tuple[Change, str]]]]


@asynccontextmanager
async def changes_in(
    folder: Path, enters: Callable[[str], bool] = os.path.exists
) -> AsyncIterator[Next]:
    """Watch a folder recursively; yield a function that awaits the next changes."""

    def is_relevant(_change: Change, _path: str) -> bool:
        return True

    events = inotify.inotify_changes([str(folder)], is_relevant, enters, asyncio.Event())

    async def following() -> set[tuple[Change, str]]:
        async with asyncio.timeout(LONG):
            return await anext(events)

    async with aclosing(events):
        first = asyncio.create_task(following())
        await asyncio.sleep(0)  # now it is watched
        waiting = [first]

        async def upcoming() -> set[tuple[Change, str]]:
            return await (waiting.pop() if waiting else following())

        yield upcoming
        first.cancel()
        await asyncio.wait([first])


async def until_reported(upcoming: Next, change: Change, path: Path) -> None:
    while (change, str(path)) not in await upcoming():
        pass


async def test_a_file_is_reported_only_once_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "UNFINISHED", LONG)
    monkeypatch.setattr(inotify, "LONGEST_GROUP", LONG)
    async with changes_in(tmp_path) as upcoming:
        told = asyncio.ensure_future(upcoming())
        with (tmp_path / "stories.py").open("w", buffering=1) as file:
            file.write("half\n")
            await asyncio.sleep(10 * QUIET)
            assert not told.done()
            file.write("the rest\n")
        assert (Change.modified, file.name) in await told


async def test_a_file_that_stays_open_is_reported_too(tmp_path: Path) -> None:
    async with changes_in(tmp_path) as upcoming:
        with (tmp_path / "stories.py").open("w", buffering=1) as file:
            for _ in range(2):
                file.write("a line\n")
                await until_reported(upcoming, Change.modified, tmp_path / "stories.py")


@pytest.mark.parametrize("how", ["in place", "by rename"])
async def test_a_save_is_reported_as_soon_as_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    for name in ("UNFINISHED", "QUIET", "LONGEST_GROUP"):
        monkeypatch.setattr(inotify, name, LONG)
    file = tmp_path / "stories.py"
    async with changes_in(tmp_path) as upcoming:
        if how == "in place":
            file.write_text("x")
        else:
            replace(file, "x")
        async with asyncio.timeout(LONG / 2):
            assert str(file) in {path for _, path in await upcoming()}


async def test_a_removed_file_may_come_back_within_one_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "QUIET", LONG)
    monkeypatch.setattr(inotify, "LONGEST_GROUP", LONG)
    file = tmp_path / "stories.py"
    file.write_text("x")
    async with changes_in(tmp_path) as upcoming:
        told = asyncio.ensure_future(upcoming())
        file.unlink()
        await asyncio.sleep(10 * inotify.SAVED)
        assert not told.done()
        file.write_text("y")
        assert (Change.modified, str(file)) in await told


async def test_opening_a_file_is_not_a_change(tmp_path: Path) -> None:
    write(tmp_path, {"read.txt": "x", "other.txt": "x"})
    async with changes_in(tmp_path) as upcoming:
        for mode in ("r", "r+", "a"):
            (tmp_path / "read.txt").open(mode).close()
        (tmp_path / "other.txt").unlink()
        assert await upcoming() == {(Change.deleted, str(tmp_path / "other.txt"))}


async def test_linked_folders_are_watched_unless_they_are_above(tmp_path: Path) -> None:
    here, there = tmp_path / "here", write(tmp_path / "there", {"deep/a.txt": "x"})
    write(here, {"b.txt": "x"})
    (here / "up").symlink_to(here)
    (here / "linked").symlink_to(there)
    enters = PackageFolders(Package("here", (here,), tmp_path)).enters
    async with changes_in(here, enters) as upcoming:
        write(there, {"deep/a.txt": "y"})
        await until_reported(upcoming, Change.modified, here / "linked/deep/a.txt")
        write(here, {"b.txt": "y"})
        changes = await upcoming()
    assert {path for _, path in changes} == {str(here / "b.txt")}


async def test_a_folder_that_is_linked_twice_is_reported_under_both_names(tmp_path: Path) -> None:
    here, there = tmp_path / "here", write(tmp_path / "there", {"deep/a.txt": "x"})
    here.mkdir()
    for name in ("one", "two"):
        (here / name).symlink_to(there)
    async with changes_in(here) as upcoming:
        write(there, {"deep/a.txt": "y"})
        changes = await upcoming()
    names = {str(here / name / "deep/a.txt") for name in ("one", "two")}
    assert {path for _, path in changes} == names


async def test_a_link_to_a_folder_is_followed_until_it_is_removed(tmp_path: Path) -> None:
    here, there = tmp_path / "here", write(tmp_path / "there", {"deep/a.txt": "x"})
    write(here, {"b.txt": "x"})
    async with changes_in(here) as upcoming:
        (here / "linked").symlink_to(there)
        await until_reported(upcoming, Change.added, here / "linked/deep/a.txt")
        write(there, {"deep/a.txt": "y"})
        await until_reported(upcoming, Change.modified, here / "linked/deep/a.txt")
        (here / "linked").unlink()
        await until_reported(upcoming, Change.deleted, here / "linked")
        write(there, {"deep/a.txt": "z"})
        write(here, {"b.txt": "y"})
        assert {path for _, path in await upcoming()} == {str(here / "b.txt")}


async def test_a_removed_folder_is_no_longer_watched(tmp_path: Path) -> None:
    here, away = tmp_path / "here", tmp_path / "away"
    write(here, {"folder/deep/a.txt": "x"})
    async with changes_in(here) as upcoming:
        (here / "folder").rename(away)
        await until_reported(upcoming, Change.deleted, here / "folder")
        write(away, {"deep/a.txt": "y"})
        write(here, {"last.txt": "x"})
        assert {path for _, path in await upcoming()} == {str(here / "last.txt")}


async def test_files_in_a_new_folder_are_reported(tmp_path: Path) -> None:
    here, away = tmp_path / "here", write(tmp_path / "away", {"deep/a.txt": "x"})
    write(here, {"b.txt": "x"})
    async with changes_in(here) as upcoming:
        away.rename(here / "folder")
        changes = await upcoming()
        assert (Change.added, str(here / "folder/deep/a.txt")) in changes
        write(here, {"folder/deep/a.txt": "y"})
        await until_reported(upcoming, Change.modified, here / "folder/deep/a.txt")


async def test_the_excluded_folder_is_not_watched(tmp_path: Path) -> None:
    write(tmp_path, {"site/deep/a.txt": "x"})
    async with changes_in(tmp_path, str(tmp_path / "site").__ne__) as upcoming:
        write(tmp_path, {"site/deep/a.txt": "y", "site/new/a.txt": "x", "other.txt": "x"})
        assert {path for _, path in await upcoming()} == {str(tmp_path / "other.txt")}


async def test_lost_events_end_the_watch(tmp_path: Path) -> None:
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    async with changes_in(tmp_path) as upcoming:
        for number in range(kept):
            (tmp_path / f"{number}.txt").touch()
        with pytest.raises(StopAsyncIteration):
            while True:
                await upcoming()


@pytest.mark.parametrize(("value", "tells"), [("", True), ("1", False)])
def test_force_polling_turns_inotify_off(value: str, tells: bool) -> None:
    asked = "from storytime.watch.events import USE_INOTIFY; print(USE_INOTIFY)"
    environment = {**os.environ, "WATCHFILES_FORCE_POLLING": value}
    said = subprocess.check_output([sys.executable, "-c", asked], env=environment, text=True)
    assert said.strip() == str(tells)
