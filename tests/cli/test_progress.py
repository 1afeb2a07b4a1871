"""The progress bar of a long build, on a pseudo-terminal."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from storytime.ring.progress import counted_steps

from ..serving_support import waiting
from ..support import SMALL, Catalog, environment, gives

BAR = re.compile(r"(?:Reading|Rendering)  \[[#-]+\] +\d+%")


class Terminal:
    """What a program wrote on a terminal."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.text = ""

    def read_until(self, pattern: re.Pattern[str]) -> None:
        while not pattern.search(self.text) and self.read():
            pass
        assert pattern.search(self.text), self.text

    def read(self) -> bool:
        data = b""
        with suppress(OSError):  # EIO: the program has ended
            data = os.read(self._number, 65536)
        self.text += data.decode()
        return bool(data)

    def lines(self) -> list[str]:
        """Return what is left on the screen."""
        lines = self.text.replace("\x1b[?25h", "").replace("\r\n", "\n").split("\n")
        return [line.rpartition("\x1b[K")[2] for line in lines]


@contextmanager
def running(cwd: Path, *arguments: str, columns: int = 80) -> Iterator[tuple[Terminal, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "storytime", *arguments],
        cwd=cwd,
        env=environment(TERM="xterm"),
        stderr=theirs,
        stdout=theirs,
    )
    os.close(theirs)
    try:
        yield Terminal(ours), process.pid
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def kit(tmp_path: Path) -> Catalog:
    """A catalog with a story that is rendered once there is a file `go`."""
    stories = gives(
        "Subject(target=button, items=[Story()])", f"def button():\n{waits(tmp_path)}    return 'x'"
    )
    return Catalog(tmp_path).write({**SMALL, "slow/__init__.py": "", "slow/stories.py": stories})


def waits(folder: Path) -> str:
    return "".join(f"    {line}\n" for line in waiting(folder).splitlines() if line)


@pytest.mark.parametrize("command", [["build", "kit", "out"], ["serve", "kit", "--port=0"]])
def test_a_long_build_has_a_bar_that_is_gone_at_its_end(kit: Catalog, command: list[str]) -> None:
    if is_server := command[0] == "serve":
        command.append("--subinterpreters")
    with running(kit.base, *command) as (terminal, process):
        terminal.read_until(BAR)
        (kit.base / "go").touch()
        terminal.read_until(re.compile("built kit.*\n"))
        if is_server:
            os.kill(process, signal.SIGINT)
        while terminal.read():
            pass
    lines = [line for line in terminal.lines() if line]
    assert len(lines) == 1 + is_server, terminal.text
    for line in lines:
        assert re.match(r"\d\d:\d\d:\d\d INFO (Serving|built) kit", line)
    assert terminal.text.count("\x1b[?25l") <= terminal.text.count("\x1b[?25h")


@pytest.mark.parametrize(("arguments", "columns"), [([], 60), (["-q"], 80)])
def test_there_is_no_bar_where_it_does_not_belong(
    kit: Catalog, arguments: list[str], columns: int
) -> None:
    slow = "import time\ndef button():\n    time.sleep(1.5)\n    return 'x'"
    kit.write({"slow/stories.py": gives("Subject(target=button, items=[Story()])", slow)})
    with running(kit.base, "build", "kit", "out", *arguments, columns=columns) as (terminal, _):
        while terminal.read():
            pass
    assert "\x1b[?25" not in terminal.text


def test_counting_reports_only_now_and_then_and_yields_all() -> None:
    assert [*counted_steps("Reading", range(1000))] == [*range(1000)]
