"""The compared tools: how each is started, and where it shows the story that the edits change."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..browser import FRAMES, LONG, TOP
from ..catalogs import CATALOG, Edit, generate, subject_path
from ..processes import environment
from .catalogs import generate_ladle, generate_storybook

HERE = Path(__file__).parent
POLL = 0.002
"""Seconds between two attempts to connect to a server that starts."""


class Project(Protocol):
    @property
    def base(self) -> Path: ...
    @property
    def stories(self) -> int: ...
    def edit(self, mark: str) -> Edit: ...


@dataclass(frozen=True)
class Tool:
    """A component workshop with a server.

    `home` is the folder in which its projects are generated, `command` gives the arguments that
    serve one of them on a port, `page` is the address of the first story below the server's, and
    `where` says in which windows of that page the story is.
    """

    name: str
    home: Path
    generate: Callable[[Path, int], Project]
    command: Callable[[Path, int], list[str]]
    page: str
    where: str

    @property
    def packages(self) -> str:
        """The installed packages and their versions."""
        named = json.loads((self.home / "package.json").read_text())["devDependencies"]
        return ", ".join(f"{package} {version}" for package, version in named.items())


def _serve_storytime(base: Path, port: int) -> list[str]:
    serve = [sys.executable, "-m", "storytime", "serve", "--subinterpreters", f"--port={port}"]
    return [*serve, CATALOG, "site"]


def _serve_storybook(base: Path, port: int) -> list[str]:
    quiet = ["--ci", "--quiet", "--no-open", "--no-version-updates", "--disable-telemetry"]
    place = [f"--config-dir={base}/.storybook", "--host=127.0.0.1", f"--port={port}"]
    return ["node_modules/.bin/storybook", "dev", *place, "--exact-port", *quiet]


def _serve_ladle(base: Path, port: int) -> list[str]:
    place = [f"--config={base.name}/.ladle", "--host=127.0.0.1", f"--port={port}"]
    return ["node_modules/.bin/ladle", "serve", *place]


STORYTIME = Tool(
    "Storytime", HERE, generate, _serve_storytime, f"{subject_path(0)}/look-0/", FRAMES
)
STORYBOOK = Tool(
    "Storybook",
    HERE / "storybook",
    generate_storybook,
    _serve_storybook,
    "?path=/story/section-00-shelf-0-part0000-title-0000--look-0",
    FRAMES,
)
LADLE = Tool(
    "Ladle",
    HERE / "ladle",
    generate_ladle,
    _serve_ladle,
    "?story=section-00--shelf-0--part0000-title-0000--look-0",
    TOP,
)
PEERS = (STORYBOOK, LADLE)
TOOLS = (STORYTIME, *PEERS)


@contextmanager
def started(tool: Tool, base: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server and wait until it accepts connections; kill its processes at the end.

    Its output is in the file `log` of the project.
    """
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            tool.command(base, port),
            cwd=base if tool is STORYTIME else tool.home,
            env=environment(HOME=str(base), STORYBOOK_DISABLE_TELEMETRY="1", NO_COLOR="1"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(process, port)
        yield process
    except Exception as error:
        error.add_note(f"{tool.name} said: {(base / 'log').read_text()[-2000:]}")
        raise
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + LONG
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=LONG).close()
        except ConnectionError:  # refused, or reset while it is about to listen
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start on port {port}") from None
            time.sleep(POLL)
        else:
            return
