"""ProcessSlot: a Slot that is a process. It survives whatever a job does, crashes included.

The process waits, warm, for one job on its standard input. `process_main` runs in it, and says what
the two tell each other. It leads a process group, which ends with it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict
from typing import IO, override

from . import slot
from ._cpython import interpreter_flags
from .cleanup import current_folder
from .compile_cache import kept
from .errors import StandbyFailed
from .labelled_output import Labelled
from .parent_state import parent_state, search_path
from .progress import Progress, read_lines
from .slot import CLOSING, Slot
from .wire import Setup, encode
from .worker import TERMINAL

CHUNK = 65_536
"""Bytes of what jobs print that are read at once."""


class ProcessSlot(Slot):
    """A Slot that is a process of its own. It is never `given_up`: a process can be killed."""

    kind = "a process"

    def __init__(self, name: str, setup: Setup, label: str = "") -> None:
        super().__init__(name, setup, label)
        self._warm: Future[str] = Future()
        self._warming = [self._warm]
        self._answer: Future[str] = Future()
        self._reported = Progress()
        self._begun = False
        self._killed = False
        with self._receiver, kept.file() as file:
            start = (
                f"import os, sys; sys.path[:] = {search_path()!r};"
                f" from {__package__}.compile_cache import use; use({file.fileno()});"
                f" os.close({file.fileno()}); from {__package__}.process_main import main; main()"
            )
            self._process = subprocess.Popen(
                [sys.executable, *interpreter_flags(), "-c", start, encode(asdict(setup))],
                stdin=self._receiver.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[file.fileno()],
                process_group=0,  # Ctrl-C at the terminal is for the server
            )
        self._readers = [
            threading.Thread(target=read, args=[pipe], name=name, daemon=True)
            for read, pipe in (
                (self._read_lines, self._process.stdout),
                (self._read_prints, self._process.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()

    @override
    def _prepare(self, target: str, arguments: str) -> None:
        self._order("prepare", self._state(), target, arguments)

    @override
    def close(self, timeout: float = CLOSING) -> bool:
        """End the process, and whatever it started."""
        if self._answer.done():
            # It ends by itself, after what its job left for that.
            self._readers[0].join(min(timeout, slot.CLEARING))
        self._give_up()
        self._process.wait()
        for reader in self._readers:
            reader.join(timeout)
        self._orders.close()
        return True

    @override
    def _start(self, target: str, arguments: str) -> Future[str]:
        self._order("call", current_folder(), self._state(), target, arguments)
        return self._answer

    def _state(self) -> str:
        return encode(parent_state(self._setup.loggers))

    @override
    def _progress(self) -> Progress:
        return self._reported

    @override
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _order(self, *order: str) -> None:
        self._send(json.dumps(order).encode() + b"\n")

    @override
    def _give_up(self) -> None:
        """Kill the group. No other can have its number before its leader was waited for."""
        if not self._killed:
            self._killed = True
            with suppress(ProcessLookupError, PermissionError):  # macOS raises this for a zombie
                os.killpg(self._process.pid, signal.SIGKILL)

    # In the readers' threads.

    def _read_lines(self, pipe: IO[bytes]) -> None:
        with pipe:
            for entry in read_lines(pipe):
                match entry:
                    case [".warm", value]:
                        self._warm.set_result(value)
                    case [".compiled", value] if not self._begun:  # nor by its job's code
                        kept.add(value)
                    case [".begun", _]:
                        self._begun = True
                    case [".answer", value]:
                        self._answer.set_result(value)
                    case [".log", value]:
                        TERMINAL.write(value)
                        TERMINAL.flush()
                    case _:
                        self._reported.take(entry)
        if not self._answer.done():
            self._fail(f"ended {ending(self._process.wait())}")

    def _fail(self, how: str) -> None:
        """Tell who waits that there will be no answer."""
        noun = self._setup.noun
        error: Exception = StandbyFailed(f"{self.name} was {how} before its {noun} began")
        if self._begun:
            error = self._reported.stopped(f"the {noun}'s process was {how}")
        for future in (self._warm, self._answer):
            if not future.done():
                future.set_exception(error)

    def _read_prints(self, pipe: IO[bytes]) -> None:
        with pipe, Labelled(2, self._label) as printed:
            while data := os.read(pipe.fileno(), CHUNK):
                printed.write(data)


def ending(code: int) -> str:
    """Describe how a process ended, by its return code: "by SIGSEGV", "with exit code 3"."""
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
