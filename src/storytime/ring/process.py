"""ProcessSlot: a Slot that is a process. It survives whatever a story does, crashes included.

The process is made beforehand, warm, and waits for one job on its standard input; `child` is what
runs in it, and says what the two tell each other. It leads a process group, which ends with it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import asdict
from typing import Any, override

from . import slot
from ._cpython import interpreter_flags
from .cleanup import current_folder
from .errors import StandbyFailed
from .labelled_output import Labelled
from .parent_state import logging_setup, search_path
from .progress import Progress, read_lines
from .slot import CLOSING, Slot
from .watchdog import STOP
from .wire import Setup, encode, importable_name
from .worker import TERMINAL

CHUNK = 65_536
"""Bytes that are read of what jobs print at once."""


class ProcessSlot(Slot):
    """A Slot that is a process of its own; `given_up` is never set: a process can be killed."""

    kind = "a process"

    def __init__(self, name: str, setup: Setup, label: str = "") -> None:
        super().__init__(name, setup, label)
        self._warm: Future[str] = Future()
        self._warming = [self._warm]
        self._answer: Future[str] = Future()
        self._reported = Progress()
        self._begun = False
        self._killed = False
        start = (
            f"import sys; sys.path[:] = {search_path()!r};"
            f" from {__package__}.process_main import main; main()"
        )
        self._process = subprocess.Popen(
            [sys.executable, *interpreter_flags(), "-c", start, encode(asdict(setup))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,  # Ctrl-C at the terminal is for the server
        )
        self._printed = Labelled(2, self._label)
        self._readers = [
            threading.Thread(target=read, name=name, daemon=True)
            for read in (self._read_lines, self._read_prints)
        ]
        for reader in self._readers:
            reader.start()

    @override
    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        if not self._used:
            self._tell_line("prepare", (importable_name(function), encode(arguments)))

    @override
    def close(self, timeout: float = CLOSING) -> bool:
        """Ends the process, and whatever it started."""
        if self._answer.done():
            self._readers[0].join(timeout)  # it ends by itself, after what its job left for that
        self._give_up()
        self._process.wait()
        for reader in self._readers:
            reader.join(timeout)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):  # what it was told last has nobody to read it
                if pipe:
                    pipe.close()
        return True

    @override
    def _start(self, target: str, arguments: str) -> Future[str]:
        logs = encode(logging_setup(self._setup.loggers))
        self._tell_line("call", (current_folder(), search_path(), logs, target, arguments))
        return self._answer

    @override
    def _stop(self, job: Future[Any]) -> bool:
        self._tell(STOP)
        return bool(wait([job], slot.STOPPING).done)

    @override
    def _progress(self) -> Progress:
        return self._reported

    @override
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _tell_line(self, kind: str, value: Any) -> None:
        self._tell(json.dumps([kind, value]).encode() + b"\n")

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it is dead, which the reader notices
            self._process.stdin.write(line)
            self._process.stdin.flush()

    @override
    def _give_up(self) -> None:
        """Kills the group; until its leader is waited for, no other can have its number."""
        if not self._killed:
            self._killed = True
            with suppress(ProcessLookupError, PermissionError):  # macOS's word for a zombie
                os.killpg(self._process.pid, signal.SIGKILL)

    # In the readers' threads.

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for entry in read_lines(self._process.stdout):
            match entry:
                case [".warm", value]:
                    self._warm.set_result(value)
                case [".begun", _]:
                    self._begun = True
                case [".answer", value]:
                    self._answer.set_result(value)
                case [".log", value]:
                    TERMINAL.write(value)
                    TERMINAL.flush()
                case _:
                    self._reported.take(entry)
        self._died()

    def _died(self) -> None:
        """Tells who waits that there will be no answer; of a process that did its job, nothing."""
        if self._answer.done():
            return
        how, noun = ending(self._process.wait()), self._setup.noun
        if self._begun:
            self._answer.set_exception(
                self._reported.stopped(f"the {noun}'s process was ended {how}")
            )
            return
        error = StandbyFailed(f"{self.name} was ended {how} before its {noun} began")
        for future in (self._warm, self._answer):
            if not future.done():
                future.set_exception(error)

    def _read_prints(self) -> None:
        assert self._process.stderr is not None
        while data := os.read(self._process.stderr.fileno(), CHUNK):
            self._printed.write(data)
        self._printed.close()


def ending(code: int) -> str:
    """How a process ended, by its return code: "by SIGSEGV", "with exit code 3"."""
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
