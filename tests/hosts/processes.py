"""Servers of other people's making, each in a process group of its own."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from ..serving_support import LONG, Server, message, message_of, replace, wait_until
from ..support import environment

STORY = "form/first"
FILE = f"{STORY}/frame.html"


@dataclass
class Host(Server):
    """A running server, which shows a workshop below `prefix`."""

    prefix: str = ""

    def address(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}/{path}"

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.lines
        with suppress(OSError):
            return self.get(f"{self.prefix}/{STORY}/")[0] == 200
        return False

    @contextmanager
    def websocket(self) -> Iterator[ClientConnection]:
        """Connect as a page of the story does, and wait for the greeting."""
        key = json.loads(self.get(f"{self.prefix}/ws/key")[1])
        address = self.address(f"ws/reload?{key}").replace("http", "ws", 1)
        origin = Origin(f"http://127.0.0.1:{self.port}")
        with connect(address, origin=origin, close_timeout=0.2) as websocket:
            assert message(websocket)["type"] == "hello"
            websocket.send(f"{STORY}/index.html")
            yield websocket

    def members(self) -> set[int]:
        """Return the processes of the group that still run."""
        found = set()
        for entry in os.listdir("/proc"):
            with suppress(OSError, ValueError):
                fields = Path(f"/proc/{int(entry)}/stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == self.process.pid and fields[0] != "Z":
                    found.add(int(entry))
        return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def hosting(
    cwd: Path, *command: str | Path, prefix: str = "", port: int = 0, **env: str
) -> Iterator[Host]:
    """Start a program, with `{port}` in its arguments replaced, and wait for the story's page."""
    port = port or free_port()
    process = subprocess.Popen(
        [str(each).replace("{port}", str(port)) for each in command],
        cwd=cwd,
        env=environment(**{"PYTHONDONTWRITEBYTECODE": "", **env}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    host = Host(process, cwd, port=port, prefix=prefix)
    reader = threading.Thread(target=host.read)
    reader.start()
    try:
        wait_until(host.is_ready, "the server showed the story")
        yield host
    except BaseException as error:
        error.add_note("\n".join(["the server logged:", *host.lines]))
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)
        process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def edit(project: Path, old: str, new: str, file: str = "catalog/form/stories.py") -> None:
    """Save an edit as editors do."""
    text = (project / file).read_text()
    assert old in text
    replace(project / file, text.replace(old, new))


def reloaded(websocket: ClientConnection) -> dict[str, Any]:
    """Return the next message that names the story's document."""
    while FILE not in (found := message_of(websocket, "reload"))["pages"]:
        pass
    return found


def until_ended(host: Host) -> int:
    """Wait until no process of the group runs; return the exit code of the first."""
    code = host.process.wait(LONG)
    wait_until(lambda: not host.members(), "the server's processes ended")
    return code
