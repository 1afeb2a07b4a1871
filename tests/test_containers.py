"""Storytime as a container runs it: as PID 1 without a terminal, a home, a locale or root's rights.

The container is made of namespaces (`unshare`), in which the user is one without a name.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from .support import BUTTON, SMALL, SOURCE, Catalog, gives

PAGE = (Path(__file__).parents[1] / "docs/containers.md").read_text()
NEW_NAMESPACES = "--user --map-root-user --mount --pid --fork --mount-proc --kill-child"
NAMESPACES = ("unshare", *NEW_NAMESPACES.split())
DROP_ROOT = "exec unshare --user --map-user=12345 --map-group=12345"
READ_ONLY = "mount --bind {0} {0} && mount -o remount,bind,ro {0} && "
STORYTIME = (sys.executable, "-m", "storytime")

type Run = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module", autouse=True)
def _needs_namespaces() -> None:
    probe = [*NAMESPACES, "sh", "-c", f"{DROP_ROOT} true"]
    if not shutil.which("unshare") or subprocess.run(probe, check=False).returncode:
        pytest.skip("this system lets nobody make user namespaces")


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog in a folder that nobody may write to."""
    catalog = Catalog(tmp_path / "project").write(SMALL)
    folders = [catalog.base, *(path for path in catalog.base.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield catalog
    for folder in folders:
        folder.chmod(0o755)


@pytest.fixture
def run(kit: Catalog) -> Iterator[Run]:
    """Start a command as PID 1, in the project's folder."""
    started: list[subprocess.Popen[str]] = []

    def run(*command: str | Path, before: str = "", **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*NAMESPACES, "sh", "-c", f'{before}{DROP_ROOT} "$@"', "sh", *map(str, command)],
            cwd=kit.base,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def children(process_id: int) -> dict[int, str]:
    """Return a process's children and their names, also of those that have ended."""
    found = {}
    for place in Path(f"/proc/{process_id}/task").glob("*/children"):
        with suppress(OSError):  # one was reaped meanwhile
            for child in place.read_text().split():
                found[int(child)] = Path(f"/proc/{child}/comm").read_text().strip()
    return found


def first_process(process: subprocess.Popen[str]) -> int:
    """Return the id, out here, of a container's PID 1."""
    while not (found := children(process.pid)):
        time.sleep(0.01)
    return next(iter(found))


def test_a_build_needs_neither_home_nor_locale_nor_a_writable_project(
    run: Run, tmp_path: Path
) -> None:
    small = "" if tmp_path.is_relative_to("/dev/shm") else "mount -t tmpfs -o size=64k n /dev/shm; "
    report = tmp_path / "report.json"
    build = run(*STORYTIME, "build", "kit", tmp_path / "out", "--report", report, before=small)
    stdout, stderr = build.communicate(timeout=60)
    assert (build.returncode, stdout) == (0, ""), stderr
    assert re.fullmatch(r"\S+ INFO built kit: 2 stories.*\n", stderr)
    assert json.loads(report.read_text())["ok"]


def test_a_home_that_cannot_be_written_is_no_matter(run: Run, kit: Catalog, tmp_path: Path) -> None:
    command = (*STORYTIME, "-q", "build", "kit", tmp_path / "out")
    build = run(*command, HOME=str(kit.base), LC_ALL="C")
    assert build.communicate(timeout=60) == ("", "")
    assert build.returncode == 0


def test_sigterm_ends_a_build_that_is_pid_1(run: Run, kit: Catalog, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    slow = f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(60)\n"
    (kit.folder / "stories.py").write_text(slow)
    build = run(*STORYTIME, "build", "kit", tmp_path / "out")
    while not begun.exists():
        time.sleep(0.01)
    started = time.monotonic()
    os.kill(first_process(build), signal.SIGTERM)
    build.communicate(timeout=60)
    assert build.returncode == 128 + signal.SIGTERM
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_server_that_is_pid_1_reaps_orphans_and_ends_at_sigterm(
    run: Run, kit: Catalog, tmp_path: Path, isolation: str
) -> None:
    leaves_orphan = (
        "import subprocess",
        "subprocess.run(['sh', '-c', 'sleep 0.1 & exit 0'], check=True)",
    )
    stories = kit.folder / "forms/button/stories.py"
    stories.write_text(gives("Subject(target=button, items=[Story()])", *leaves_orphan, BUTTON))
    where = "--isolation", isolation, "--port", "0"
    server = run(*STORYTIME, "serve", "kit", tmp_path / "out", *where)
    assert server.stderr
    line = ""
    while not (found := re.search(r"http://\S+", line)):
        line = server.stderr.readline()
        assert line, "the server ended"
    with urlopen(f"{found[0]}forms/button/story-0/frame.html", timeout=60) as answer:
        assert b"<button>OK</button>" in answer.read()
    deadline = time.monotonic() + 10
    while "sleep" in children(first_process(server)).values():
        assert time.monotonic() < deadline, "the orphan was not reaped"
        time.sleep(0.05)
    started = time.monotonic()
    os.kill(first_process(server), signal.SIGTERM)
    server.communicate(timeout=60)
    assert server.returncode == 0
    assert time.monotonic() - started < 5


def test_a_server_without_a_temporary_folder_says_what_to_do(run: Run) -> None:
    before = READ_ONLY.format("/tmp") + READ_ONLY.format("/var/tmp")
    server = run(*STORYTIME, "serve", "kit", "--port", "0", before=before)
    stdout, stderr = server.communicate(timeout=60)
    assert (server.returncode, stdout) == (1, "")
    assert stderr.startswith("Error: No usable temporary directory found in [")
    assert stderr.endswith("name a folder to build into (OUTPUT), or set TMPDIR\n")


def test_the_commands_in_the_documented_dockerfiles_run(run: Run, tmp_path: Path) -> None:
    commands = re.findall(r"^(?:RUN|CMD) (\[?\"?storytime.*)$", PAGE, re.MULTILINE)
    assert len(commands) >= 2
    for command in commands:
        words = json.loads(command) if command.startswith("[") else shlex.split(command)
        places = {"shop": "kit", "8080": "0"}
        arguments = [places.get(word, word.replace("/srv", str(tmp_path))) for word in words[1:]]
        process = run(*STORYTIME, *arguments)
        if words[1] == "build":
            assert process.communicate(timeout=60)[0] == ""
            assert process.returncode == 0
        else:
            assert process.stderr
            assert "Serving kit at http://0.0.0.0:" in process.stderr.readline()
