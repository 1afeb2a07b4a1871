"""FolderLock: one output folder is for one package at a time."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storytime.build.folder_lock import FolderLock, check_not_in_use
from storytime.build.whole import build_site
from storytime.errors import StorytimeError
from storytime.project.package import Package, locate

from ..serving_support import serving, wait_until
from ..support import SMALL, Catalog, contents, run_storytime, stamps

LOCK = ".storytime/lock"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def kit(catalog: Catalog) -> Package:
    catalog.write(SMALL)
    return locate("kit")


@pytest.fixture
def other(catalog: Catalog) -> Package:
    Catalog(catalog.base, "other").write(SMALL)
    return locate("other")


def test_a_folder_in_use_for_one_package_is_refused_for_another(
    kit: Package, other: Package, site: Path
) -> None:
    build_site("kit", site)
    before = stamps(site)
    with FolderLock(site, kit) as lock:
        lock.take()
        with pytest.raises(StorytimeError) as raised:
            build_site("other", site)
        assert raised.value.message == (
            f"{site} is in use for kit ({kit.folders[0]}): choose another output folder for other"
            f" ({other.folders[0]})"
        )
        build_site("kit", site)  # as another worker of the same app does
        assert contents(site)[LOCK].startswith(b"kit (")
    assert stamps(site).keys() == before.keys()
    build_site("other", site)


def test_packages_of_one_name_in_two_projects_are_two(kit: Package, site: Path) -> None:
    build_site("kit", site)
    twin = Package("kit", (kit.folders[0].parent / "twin/kit",), kit.base)
    with FolderLock(site, kit) as lock:
        lock.take()
        with pytest.raises(StorytimeError, match=r"in use for kit \(.*for kit \(.*/twin/kit\)$"):
            check_not_in_use(site, twin)


def test_the_last_of_several_holders_removes_the_lock(kit: Package, site: Path) -> None:
    build_site("kit", site)
    with FolderLock(site, kit) as first:
        first.take()
        with FolderLock(site, kit) as second:
            second.take()
        assert (site / LOCK).exists()
    assert not (site / LOCK).exists()


def test_a_lock_of_a_removed_folder_is_taken_anew(kit: Package, site: Path) -> None:
    with FolderLock(site, kit) as lock:
        lock.take()  # there is no folder yet
        assert not site.exists()
        for _ in range(2):
            lock.take(make=True)
            os.rename(site, site.with_name("moved"))
            os.unlink(site.with_name("moved") / LOCK)
            os.rmdir(site.with_name("moved") / ".storytime")
            os.rmdir(site.with_name("moved"))
        lock.take(make=True)
        assert (site / LOCK).exists()
    assert list(site.iterdir()) == []


def test_no_link_is_followed_to_the_lock(kit: Package, site: Path, tmp_path: Path) -> None:
    build_site("kit", site)
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (site / LOCK).symlink_to(theirs)
    check_not_in_use(site, kit)
    assert theirs.read_text() == "theirs"
    theirs.unlink()
    check_not_in_use(site, kit)
    assert not theirs.exists()
    assert (site / LOCK).is_symlink()


def test_of_many_at_once_only_those_of_one_package_get_the_folder(
    kit: Package, other: Package, site: Path
) -> None:
    def take(package: Package) -> str:
        lock = FolderLock(site, package)
        locks.append(lock)
        try:
            lock.take(make=True)
        except StorytimeError:
            return ""
        return package.name

    for _ in range(50):
        locks: list[FolderLock] = []
        with ThreadPoolExecutor(8) as pool:
            got = set(pool.map(take, [kit, other] * 4))
        assert len(got - {""}) == 1
        for lock in locks:
            lock.__exit__()
        assert not (site / LOCK).exists()


@pytest.mark.usefixtures("unmeasured", "kit", "other")
def test_a_build_beside_a_server_of_another_package_is_refused(
    catalog: Catalog, site: Path
) -> None:
    with serving(catalog.base, "kit", site, "--no-subinterpreters") as server:
        server.until_said("built kit")
        wait_until(lambda: contents(site).get(LOCK), "the server wrote its name into the lock")
        before = contents(site)
        for command in ("build", "serve"):
            refused = run_storytime(command, "other", site, cwd=catalog.base)
            assert refused.returncode == 1
            (line,) = refused.stderr.splitlines()
            assert re.fullmatch(f"Error: {site} is in use for kit .* for other .*", line)
        assert contents(site) == before
        assert run_storytime("build", "kit", site, cwd=catalog.base).returncode == 0
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    assert (site / LOCK).exists()
    assert run_storytime("build", "other", site, cwd=catalog.base).returncode == 0
    assert not (site / LOCK).exists()
