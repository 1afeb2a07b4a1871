"""Which links are followed, and that what is behind them is watched, whatever gives the events."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storytime import InterpreterRing
from storytime.build.whole import build_site
from storytime.project.package import locate
from storytime.project.package_folders import PackageFolders
from storytime.watch import events, polling
from storytime.watch.events import ChangeEvents
from storytime.watch.watcher import Watch

from ..serving_support import watched
from ..support import SMALL, Catalog, gives, write
from . import test_watcher
from .test_watcher import assert_no_change, until_changed

MOST = 40
"""Watches that the small catalog may need, with the folders above it."""
BUTTON_STORIES = "Subject(target=lambda: {!r}, items=[Story()])"


@pytest.fixture(autouse=True, params=["inotify", "watchfiles", "polling"])
def source_of_changes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    source = str(request.param)
    monkeypatch.setattr(events, "USE_INOTIFY", events.USE_INOTIFY and source == "inotify")
    monkeypatch.setattr(polling, "INTERVAL", 0.02)
    if source == "polling":
        polls = property(lambda _: True, lambda _, _value: None)
        monkeypatch.setattr(ChangeEvents, "polls", polls, raising=False)
    return source


@pytest.fixture
def linked(catalog: Catalog) -> Catalog:
    """A catalog whose `shared` and `static` are links to other folders of the project."""
    (catalog.base / ".git").mkdir()
    files = {"shared/card/stories.py": gives(BUTTON_STORIES.format("[one]")), "art/a.txt": "one"}
    write(catalog.base / "libs", files)
    catalog.write(SMALL)
    (catalog.folder / "shared").symlink_to("../libs/shared")
    (catalog.folder / "static").symlink_to("../libs/art")
    return catalog


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def watches() -> int:
    """Return the number of folders that this process watches by inotify."""
    infos = Path("/proc/self/fdinfo").iterdir()
    return sum(line.startswith("inotify ") for info in infos for line in lines_of(info))


def lines_of(info: Path) -> Iterator[str]:
    try:
        yield from info.read_text().splitlines()
    except FileNotFoundError:  # the folder's own descriptor
        return


async def test_a_tree_outside_of_the_project_is_not_watched(
    catalog: Catalog, site: Path, tmp_path_factory: pytest.TempPathFactory, source_of_changes: str
) -> None:
    big = tmp_path_factory.mktemp("big")
    for number in range(2000):
        (big / f"{number // 50}/{number}").mkdir(parents=True)
    catalog.write({**SMALL, "static/logo.svg": "<svg/>"})
    (catalog.base / ".git").mkdir()
    (catalog.folder / "static/big").symlink_to(big)
    before = watches()
    async with test_watcher.watched(site) as watch:
        assert watches() - before < MOST
        catalog.write({"static/logo.svg": "<svg></svg>"})
        await until_changed(watch)
        catalog.write({"new/stories.py": ""})
        await until_changed(watch)
        catalog.write({"new/stories.py": "# edited"})
        await until_changed(watch)
        write(big, {"0/0/new.txt": ""})
        await assert_no_change(watch)
    if source_of_changes == "polling":
        folders = PackageFolders(locate("kit"))
        assert len(polling.scan(folders.roots, folders.enters)) < MOST


async def test_links_in_a_loop_are_not_followed(
    catalog: Catalog, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write(SMALL)
    links = {"itself": "itself", "one": "two", "two": "one", "forms/up": ".", "forms/top": ".."}
    for link, target in links.items():
        (catalog.folder / link).symlink_to(target)
    before = watches()
    async with test_watcher.watched(site) as watch:
        assert watches() - before < MOST
        for path in ("stories.py", "forms/button/stories.py"):
            watch.take()
            catalog.write({path: "# edited"})
            await watch.changed.wait()
            assert watch.take() == {str(catalog.folder / path)}
        await test_watcher.settled(watch)
        (catalog.folder / "forms/late").symlink_to("late")
        await test_watcher.settled(watch)
        catalog.write({"stories.py": "# edited again"})
        await until_changed(watch)
    assert not caplog.messages


async def test_an_edit_behind_a_link_is_reported(linked: Catalog, site: Path) -> None:
    libs, link = linked.base / "libs", linked.folder / "shared"
    async with test_watcher.watched(site) as watch:
        write(libs, {"shared/card/stories.py": "# edited"})
        await until_changed(watch)
        write(libs, {"shared/new/stories.py": ""})
        await until_changed(watch)
        write(libs, {"shared/new/stories.py": "# edited"})
        await until_changed(watch)
        link.unlink()
        await until_changed(watch)
        write(libs, {"shared/card/stories.py": "# edited again"})
        await assert_no_change(watch)


@pytest.mark.parametrize("how", ["in one step", "removed before"])
async def test_a_new_target_of_a_link_is_a_change_and_watched(
    linked: Catalog, site: Path, how: str
) -> None:
    write(linked.base / "libs/other", {"card/stories.py": "# other"})
    link, new = linked.folder / "shared", linked.folder / "shared.tmp"
    async with test_watcher.watched(site) as watch:
        if how == "removed before":
            link.unlink()
            link.symlink_to("../libs/other")
        else:
            new.symlink_to("../libs/other")
            new.replace(link)
        await until_changed(watch)
        write(linked.base / "libs/shared", {"card/stories.py": "# nobody's"})
        await assert_no_change(watch)
        write(linked.base / "libs/other", {"card/stories.py": "# edited"})
        await until_changed(watch)


async def test_files_read_through_a_link_that_is_not_followed_are_watched(
    catalog: Catalog, site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = write(tmp_path_factory.mktemp("away"), {"data/read.txt": "", "data/unread.txt": ""})
    lines = "import os", "open('kit/away/data/read.txt').close()", "os.listdir('kit/away/listed')"
    (away / "listed").mkdir()
    (catalog.base / ".git").mkdir()
    catalog.write({**SMALL, "stories.py": gives("Site()", *lines)})
    (catalog.folder / "away").symlink_to(away)
    async with test_watcher.watched(site) as watch:
        await test_watcher.built_and_watched(catalog, site, watch)
        write(away, {"data/read.txt": "edited"})
        await until_changed(watch)
        write(away, {"listed/new.txt": ""})
        await until_changed(watch)


async def test_edits_behind_links_are_built_and_copied(linked: Catalog, site: Path) -> None:
    libs, page = linked.base / "libs", site / "shared/card/story-0/index.html"
    async with InterpreterRing() as ring, watched("kit", site, ring.build_async) as builds:
        write(libs, {"shared/card/stories.py": gives(BUTTON_STORIES.format("[two]"))})
        await builds.until(lambda: "[two]" in page.read_text())
        write(libs, {"art/a.txt": "two"})
        await builds.until(lambda: (site / "static/a.txt").read_text() == "two")


async def test_a_file_in_a_folder_that_no_build_searches_is_watched_if_read(
    catalog: Catalog, site: Path
) -> None:
    path = "node_modules/theme/theme.css"
    reads = gives("Site()", f"open('kit/{path}').close()")
    catalog.write({**SMALL, path: "", "stories.py": reads})
    async with test_watcher.watched(site) as watch:
        await test_watcher.built_and_watched(catalog, site, watch)
        catalog.write({path: "a {}"})
        await until_changed(watch)


def test_a_watch_and_a_build_have_the_same_folders(linked: Catalog, site: Path) -> None:
    (linked.folder / "loop").symlink_to(".")
    build_site("kit", site)
    watch, folders = Watch(locate("kit"), site), PackageFolders(locate("kit"), site)
    walked = {os.path.join(folder, "x") for _, folder, _ in folders.walk()}
    assert not watch._elsewhere(walked)
    assert watch._elsewhere([str(linked.folder / "loop/x")])
    assert {os.path.dirname(each) for each in walked} >= {str(linked.folder / "shared/card")}
