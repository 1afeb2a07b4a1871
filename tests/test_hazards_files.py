"""File system trouble: a running server reports it in one line and recovers without a restart.

Disks and limits are real, in namespaces of the server's own. Cases that need namespaces are left
out where the system doesn't allow them.
"""

import json
import os
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection

from .serving_support import (
    LONG,
    Server,
    message_of,
    replace,
    serving,
    until_clean_build,
    wait_until,
    within,
)
from .support import SMALL, UNMEASURED, Catalog, gives, write

pytestmark = pytest.mark.usefixtures("unmeasured")

RING = "--subinterpreters"
PAGE = "/forms/button/story-0/"
STORIES = "forms/button/stories.py"
SUBJECT = "Subject(target=lambda: '[{}]' + 'x' * {}, items=[Story()])"

OTHER_WARNING = "WARNING (?!the build was overtaken by a newer save)"
"""On a busy machine a build can still be running when the test saves again."""

UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


def namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = [*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


NAMESPACES = namespaces_work()


def after(preparation: str) -> list[str]:
    """Return the start of a command that runs in new namespaces, after the preparation."""
    return [*UNSHARE, "sh", "-ec", f'{preparation}; exec "$@"', "sh"]


def inside(server: Server, command: str) -> None:
    """Run a shell command in the server's namespaces."""
    enter = ["nsenter", f"--target={server.process.pid}", "--user", "--mount"]
    subprocess.run([*enter, "--preserve-credentials", "sh", "-ec", command], check=True)


def save(catalog: Catalog, word: object, size: int = 0) -> None:
    replace(catalog.folder / STORIES, gives(SUBJECT.format(word, size)))


def until_quiet(server: Server) -> None:
    """Wait until the server logs nothing more."""

    def quiet() -> bool:
        lines = len(server.lines)
        time.sleep(0.4)
        return len(server.lines) == lines

    wait_until(quiet, "the server was quiet")


def told_of_failure(browser: ClientConnection) -> str:
    (failure,) = message_of(browser, "failed")["failures"]
    return str(failure["message"])


# Output folders that can't be written.

type Disk = tuple[Server, Callable[[], object], Callable[[], object]]
"""A server, a function that makes its output folder unwritable, and one that undoes it."""


@contextmanager
def small_disk(catalog: Catalog) -> Iterator[Disk]:
    out = catalog.base / "out"
    out.mkdir()
    disk = after(f"mount -t tmpfs -o size=2m none '{out}'")
    with serving(catalog.base, "kit", out / "site", RING, within=disk) as server:
        filler = f"dd if=/dev/zero of='{out}/filler' bs=1k count=9999 2>&- || true"
        yield server, lambda: inside(server, filler), lambda: inside(server, f"rm '{out}/filler'")


@contextmanager
def small_files(catalog: Catalog) -> Iterator[Disk]:
    """Limit the size of files (RLIMIT_FSIZE), which can be changed for a running process."""
    # Coverage's own file would hit the limit, too.
    with serving(catalog.base, "kit", catalog.base / "out/site", RING, **UNMEASURED) as server:

        def limit(size: int) -> None:
            _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))

        yield server, lambda: limit(100), lambda: limit(resource.RLIM_INFINITY)


FULL = {
    "files that can't grow": (small_files, "File too large"),
    **({"a full disk": (small_disk, "No space left on device")} if NAMESPACES else {}),
}


@pytest.mark.parametrize("how", FULL)
def test_a_full_disk_is_reported_and_the_next_save_is_served(catalog: Catalog, how: str) -> None:
    disk, words = FULL[how]
    catalog.write(SMALL)
    with disk(catalog) as (server, fill, free), server.browser() as browser:
        server.until_served(PAGE, "OK")
        fill()
        save(catalog, "too much", 100_000)
        assert words in told_of_failure(browser)
        server.until_said(f"ERROR can't write the catalog to .*{words}")
        until_quiet(server)
        assert "OK" in server.get(PAGE)[1]
        assert words in server.get("/no/such/page")[1]
        save(catalog, "still too much", 100_000)
        assert words in told_of_failure(browser)
        free()
        save(catalog, "enough", 100_000)
        server.until_served(PAGE, "[enough]")
        until_clean_build(server, catalog, catalog.base / "out/site")
        assert server.count("ERROR") == 2
        assert not server.said("Traceback")


def remove(folder: Path) -> None:
    """Remove a folder even if a build writes into it meanwhile."""
    for _ in range(100):
        try:
            shutil.rmtree(folder)
            return
        except OSError:
            continue
    raise AssertionError(f"{folder} could not be removed")


def removed(site: Path) -> None:
    remove(site)


def removed_with_all_above(site: Path) -> None:
    remove(site.parent)


def renamed_away(site: Path) -> None:
    site.rename(site.parent.parent / "away")


def renamed_far_above(site: Path) -> None:
    site.parents[1].rename(site.parents[2] / "away")


@pytest.mark.parametrize("take", [removed, removed_with_all_above, renamed_away, renamed_far_above])
def test_a_removed_output_folder_is_written_again_at_once(
    catalog: Catalog, take: Callable[[Path], None]
) -> None:
    catalog.write(SMALL)
    site = catalog.base / "some/where/site"
    with serving(catalog.base, "kit", site, RING) as server:
        server.until_served(PAGE, "OK")
        take(site)
        wait_until((site / "index.html").exists, "the folder was written")
        until_clean_build(server, catalog, site)
        save(catalog, "after")
        server.until_served(PAGE, "[after]")
        until_clean_build(server, catalog, site)
        remove(site)
        save(catalog, "again")
        server.until_served(PAGE, "[again]")
        until_clean_build(server, catalog, site)
        wait_until(lambda: server.count("built kit") >= 4, "it was built")
        until_quiet(server)
        assert server.count("built kit") <= 8
        assert not server.said("Traceback"), server.lines


def test_an_output_folder_is_written_again_each_time_it_is_removed(catalog: Catalog) -> None:
    catalog.write(SMALL)
    site = catalog.base / "some/where/site"
    with serving(catalog.base, "kit", site, RING) as server:
        for _ in range(8):
            server.until_served(PAGE, "OK")
            remove(site)
            wait_until((site / "index.html").exists, "the folder was written")
        save(catalog, "after")
        server.until_served(PAGE, "[after]")
        until_clean_build(server, catalog, site)
        assert not server.said("Traceback"), server.lines


@contextmanager
def read_only_disk(
    catalog: Catalog,
) -> Iterator[Disk]:
    out = catalog.base / "out"
    out.mkdir()
    disk = after(f"mount -t tmpfs none '{out}'")
    with serving(catalog.base, "kit", out / "site", RING, within=disk) as server:
        remount = f"mount -o remount,{{}} '{out}'"
        yield (
            server,
            lambda: inside(server, remount.format("ro")),
            lambda: inside(server, remount.format("rw")),
        )


@contextmanager
def read_only_folder(
    catalog: Catalog,
) -> Iterator[Disk]:
    out = catalog.base / "out/site"
    with serving(catalog.base, "kit", out, RING) as server:

        def allow(mode: int) -> None:
            for folder in (out, *(each for each in out.rglob("*") if each.is_dir())):
                folder.chmod(mode)

        yield server, lambda: allow(0o555), lambda: allow(0o755)


@contextmanager
def in_the_way(
    catalog: Catalog,
) -> Iterator[Disk]:
    """Put a link in a page's place, which not even root can write through, on any disk."""
    out = catalog.base / "out/site"
    with serving(catalog.base, "kit", out, RING) as server:
        folder = out / "forms/button/story-0"

        def block() -> None:
            folder.rename(out / "forms/button/away")
            folder.symlink_to("away")

        def unblock() -> None:
            folder.unlink()
            (folder.parent / "away").rename(folder)

        yield server, block, unblock


READ_ONLY = {
    "a link in the way": (in_the_way, "is in the way"),
    **({"a read-only disk": (read_only_disk, "Read-only file system")} if NAMESPACES else {}),
    **({} if os.geteuid() == 0 else {"a closed folder": (read_only_folder, "Permission denied")}),
}


@pytest.mark.parametrize("how", READ_ONLY)
def test_an_unwritable_output_folder_is_reported_and_recovers(catalog: Catalog, how: str) -> None:
    disk, words = READ_ONLY[how]
    catalog.write(SMALL)
    with disk(catalog) as (server, close, open_again), server.browser() as browser:
        server.until_served(PAGE, "OK")
        close()
        save(catalog, "unwritten")
        assert words in told_of_failure(browser)
        server.until_said(f"ERROR .*{words}")
        until_quiet(server)
        assert "OK" in server.get(PAGE)[1]
        open_again()
        save(catalog, "written")
        server.until_served(PAGE, "[written]")
        until_clean_build(server, catalog, catalog.base / "out/site")
        assert server.count("ERROR") == 1


def test_pipes_in_the_package_that_nobody_writes_to_are_skipped(catalog: Catalog) -> None:
    catalog.write({**SMALL, "static/one.txt": ""})
    with serving(catalog.base, "kit", RING) as server:
        server.until_served(PAGE, "OK")
        for place in ("pipe", "forms/notes.md", "forms/button/data.json", "static/pipe.png"):
            os.mkfifo(catalog.folder / place)
        save(catalog, 1)
        server.until_served(PAGE, "[1]")
        (catalog.folder / "forms/notes.md").touch()
        save(catalog, 2)
        server.until_served(PAGE, "[2]")
        assert server.end() < LONG
    assert server.process.returncode == 0


def test_a_file_in_the_output_folders_place_is_reported_until_removed(
    catalog: Catalog,
) -> None:
    catalog.write(SMALL)
    site = catalog.base / "site"
    with serving(catalog.base, "kit", site, RING) as server, server.browser() as browser:
        server.until_served(PAGE, "OK")
        site.rename(catalog.base / "away")
        site.touch()
        save(catalog, "unwritten")
        assert "is a file; expected a folder" in told_of_failure(browser)
        site.unlink()
        server.until_served(PAGE, "[unwritten]")
        until_clean_build(server, catalog, site)


def cut_off(manifest: Path) -> None:
    manifest.write_bytes(manifest.read_bytes()[:100])


def emptied_of_pages(manifest: Path) -> None:
    manifest.write_text(json.dumps({**json.loads(manifest.read_bytes()), "pages": {}}))


def replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def damage(manifest: Path) -> None:
        manifest.unlink()
        make(manifest)

    return damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut off": cut_off,
    "without pages": emptied_of_pages,
    "no JSON": lambda manifest: manifest.write_bytes(b"\xff\x00"),
    "removed": Path.unlink,
    "a pipe": replaced(os.mkfifo),
    "a folder": replaced(Path.mkdir),
    "a link": replaced(lambda manifest: manifest.symlink_to("/etc/passwd")),
    "removed with its folder": lambda manifest: remove(manifest.parent),
}


@pytest.mark.parametrize("options", [(RING,), ()], ids=["ring", "direct"])
def test_server_goes_on_writing_a_folder_whose_manifest_is_damaged(
    catalog: Catalog, options: Sequence[str]
) -> None:
    catalog.write(SMALL)
    site = catalog.base / "site"
    with serving(catalog.base, "kit", site, *options) as server:
        server.until_served(PAGE, "OK")
        write(site, {"CNAME": "theirs"})
        for number, damage in enumerate(DAMAGES.values(), 1):
            until_quiet(server)
            damage(site / ".storytime/manifest.json")
            catalog.write({f"late{number}/stories.py": gives(SUBJECT.format(number, 0))})
            server.until_served(f"/late{number}/story-0/", f"[{number}]")
        # A build between the damage "without pages" and the save finds the bytes of its own pages.
        said = server.count("WARNING .*manifest.json was damaged or removed")
        assert said in (len(DAMAGES) - 1, len(DAMAGES))
        (site / "CNAME").unlink()
        until_clean_build(server, catalog, site)
        assert not server.said("ERROR|Traceback"), server.lines


def test_other_peoples_files_are_kept_although_the_manifest_is_damaged(catalog: Catalog) -> None:
    catalog.write(SMALL)
    site = catalog.base / "site"
    with serving(catalog.base, "kit", site, RING) as server, server.browser() as browser:
        server.until_served(PAGE, "OK")
        until_quiet(server)
        (site / ".storytime/manifest.json").unlink()
        (site / "index.html").write_text("theirs")
        save(catalog, "unwritten")
        assert "site/index.html is in the way" in told_of_failure(browser)
        assert (site / "index.html").read_text() == "theirs"
        assert "OK" in server.get(PAGE)[1]
        (site / "index.html").unlink()
        save(catalog, "written")
        server.until_served(PAGE, "[written]")
        until_clean_build(server, catalog, site)


# Watching.


def test_a_package_below_a_renamed_folder_is_served_when_it_returns(
    catalog: Catalog,
) -> None:
    base = catalog.base / "a/b/c/d"
    kit = Catalog(base).write(SMALL)
    site = catalog.base / "site"
    with serving(catalog.base, base / "kit", site, RING) as server:
        server.until_served(PAGE, "OK")
        for round_, renamed in enumerate(("a", "a/b", "a/b/c")):
            (catalog.base / renamed).rename(catalog.base / "away")
            wait_until(lambda: server.count("no package 'kit'") > round_, "the server noticed")  # noqa: B023
            assert "[" in server.get(PAGE)[1] or round_ == 0
            (catalog.base / "away").rename(catalog.base / renamed)
            save(kit, round_)
            server.until_served(PAGE, f"[{round_}]")
        until_quiet(server)
        # A build that is running when the folder vanishes may report it, too.
        assert 3 <= server.count("ERROR") <= 6, server.lines
        assert server.count("built kit") <= 8


def test_a_save_is_served_whatever_time_its_file_has(catalog: Catalog) -> None:
    """For example after the clock was set back, or from an archive. The size stays the same."""
    component = "def button(): return '[{}]'"
    subject = gives("Subject(target=button, items=[Story()])", "from sibling.card import button")
    catalog.write({**SMALL, STORIES: subject})
    card = catalog.base / "sibling/card.py"
    write(catalog.base, {"sibling/card.py": component.format("one")})
    with serving(catalog.base, "kit", catalog.base / "site", RING) as server:
        server.until_served(PAGE, "[one]")
        now = time.time()
        for word, moment in [("two", now - 86400), ("six", 0), ("ten", now + 86400), ("one", 1)]:
            beside = card.with_suffix(".new")
            beside.write_text(component.format(word))
            os.utime(beside, (moment, moment))
            os.replace(beside, card)
            server.until_served(PAGE, f"[{word}]")
        until_quiet(server)
        assert server.count("built kit") <= 10
        assert not server.said(OTHER_WARNING), server.lines


FILES = 10_000


def test_ten_thousand_changed_files_cause_a_build_or_two(
    catalog: Catalog,
) -> None:
    """For example when a branch is checked out. The server keeps answering meanwhile."""
    catalog.write(SMALL)
    files = [f"data/{number // 100}/{number}.txt" for number in range(FILES)]
    catalog.write(dict.fromkeys(files, ""))
    with serving(catalog.base, "kit", catalog.base / "site", RING) as server:
        server.until_served(PAGE, "OK")
        places = [str(catalog.folder / path) for path in files]

        def switch(attempt: int) -> float:
            builds, begun = server.count("built kit"), time.monotonic()
            worst, ending = [0.0], threading.Event()

            def ask() -> None:
                while not ending.is_set():
                    start = time.monotonic()
                    server.get("/storytime.css")
                    worst[0] = max(worst[0], time.monotonic() - start)
                    time.sleep(0.01)

            asking = threading.Thread(target=ask)
            asking.start()
            try:
                for place in places:
                    with open(place, "w") as file:
                        file.write(f"{attempt}")
                save(catalog, f"switched {attempt}")
                spent = time.monotonic() - begun
                server.until_served(PAGE, f"[switched {attempt}]")
            finally:
                ending.set()
                asking.join()
            until_quiet(server)
            builds = server.count("built kit") - builds
            print(f"{builds} builds in {spent:.1f} s; worst answer {worst[0] * 1000:.0f} ms")
            # One starts at the first file; the next waits for the last file, but at most 5 s.
            assert builds <= 3 + spent // 5, "\n".join(server.lines)
            return worst[0]

        within(0.5, switch)


def test_saves_are_built_after_the_system_dropped_events(catalog: Catalog) -> None:
    """Stop the server while more events happen than the system queues."""
    catalog.write(SMALL)
    with serving(catalog.base, "kit", catalog.base / "site", RING) as server:
        server.until_served(PAGE, "OK")
        kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        os.kill(server.process.pid, 19)
        for number in range(kept // 3):
            (catalog.folder / f"{number}.txt").write_text("x")
        catalog.write({"late/stories.py": gives(SUBJECT.format("unseen", 0))})
        save(catalog, "unseen")
        os.kill(server.process.pid, 18)
        server.until_served(PAGE, "[unseen]")
        catalog.write({"late/stories.py": gives(SUBJECT.format("seen", 0))})
        server.until_served("/late/story-0/", "[seen]")


# inotify's limits.

LIMITS = {
    "no watch": ("max_inotify_watches", 0, "max_user_watches"),
    "some watches": ("max_inotify_watches", 4, "max_user_watches"),
    "no instance": ("max_inotify_instances", 0, "max_user_instances"),
    "an instance": ("max_inotify_instances", 1, "max_user_instances"),
}


@pytest.mark.skipif(not NAMESPACES, reason="would need to change the limits of the whole system")
@pytest.mark.parametrize("how", LIMITS)
def test_changes_are_found_by_polling_if_there_are_no_watches(catalog: Catalog, how: str) -> None:
    name, limit, advice = LIMITS[how]
    catalog.write(SMALL)
    write(catalog.base, {"sibling/__init__.py": "WORD = 'one'"})
    limited = after(f"echo {limit} > /proc/sys/user/{name}")
    site = catalog.folder / "site"
    with serving(catalog.base, "kit", site, RING, within=limited) as server:
        server.until_served(PAGE, "OK")
        server.until_said(f"WARNING can't get file events .* raise fs.inotify.{advice}")
        for word in ("one", "two", "six"):
            save(catalog, word)
            server.until_served(PAGE, f"[{word}]")
        catalog.write({"late/deep/stories.py": gives(SUBJECT.format("new", 0))})
        server.until_served("/late/deep/story-0/", "[new]")
        uses = gives("Subject(target=lambda: WORD, items=[Story()])", "from sibling import WORD")
        catalog.write({STORIES: uses})
        server.until_served(PAGE, "one")
        write(catalog.base, {"sibling/__init__.py": "WORD = 'two'"})
        os.utime(catalog.base / "sibling/__init__.py", (0, 0))
        server.until_served(PAGE, "two")
        assert server.count(OTHER_WARNING) == 1
        assert not server.said("Traceback"), server.lines  # a half-written file is an ERROR


@pytest.mark.skipif(not NAMESPACES, reason="would need to change the limits of the whole system")
def test_new_folders_that_exceed_the_limit_of_watches_are_polled(catalog: Catalog) -> None:
    catalog.write(SMALL)
    above = len(catalog.folder.resolve().parents)
    limited = after(f"echo {above + 8} > /proc/sys/user/max_inotify_watches")
    with serving(catalog.base, "kit", catalog.base / "site", RING, within=limited) as server:
        server.until_served(PAGE, "OK")
        assert not server.said(OTHER_WARNING)
        for number in range(8):
            catalog.write({f"new_{number}/stories.py": gives(SUBJECT.format(number, 0))})
            server.until_served(f"/new_{number}/story-0/", f"[{number}]")
        for number in range(8):
            catalog.write({f"new_{number}/stories.py": gives(SUBJECT.format("edited", 0))})
            server.until_served(f"/new_{number}/story-0/", "[edited]")
        server.until_said("WARNING can't get file events")
        assert server.count("WARNING can't get file events") == 1
