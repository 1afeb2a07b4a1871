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
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
from typing import Any

from ..errors import RaisedInInterpreter, StorytimeError
from .cleanup import current_folder
from .labelled_output import Labelled
from .parent_state import logging_setup, search_path
from .progress import Trace, lines
from .slot import CLOSING, STOPPING, interruption
from .watchdog import STOP
from .wire import STOPPED, encode, importable_name, read_answer
from .worker import TERMINAL

CHUNK = 65_536
"""Bytes that are read of what stories print at once."""


class ProcessSlot:
    """A Slot that is a process of its own; `given_up` is never set: a process can be killed."""

    given_up = False

    def __init__(self, name: str, label: str = "") -> None:
        self.name = name
        self.parsed: list[list[str]] = []
        self._interrupted: Future[str] = Future()
        self._warm: Future[str] = Future()
        self._answer: Future[str] = Future()
        self._trace = Trace()
        self._killed = self._used = False
        start = (
            f"import sys; sys.path[:] = {search_path()!r};"
            " from storytime.ring.process_main import main; main()"
        )
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        self._process = subprocess.Popen(
            [sys.executable, *flags, "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,  # Ctrl-C at the terminal is for the server
        )
        self._printed = Labelled(2, label or name)
        self._readers = [
            threading.Thread(target=read, name=name, daemon=True)
            for read in (self._read_lines, self._read_prints)
        ]
        for reader in self._readers:
            reader.start()

    def wait_until_warm(self) -> None:
        try:
            read_answer(self._warm.result())
            if not self.is_alive():
                raise StorytimeError(f"{self.name} was ended {ending(self._process.returncode)}")
        except RaisedInInterpreter as error:
            raise StorytimeError(f"a process can't be warmed: {error.traceback}") from None

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        if not self._used:
            self._tell_line("prepare", (importable_name(function), encode(arguments)))

    def run(self, target: str, arguments: str, timeout: float | None = None) -> Any:
        self._used = True
        call = current_folder(), search_path(), encode(logging_setup()), target, arguments
        self._tell_line("call", call)
        why = interruption(self._answer, self._interrupted, timeout)
        if why is not None:
            self._tell(STOP)
            if not wait([self._answer], STOPPING).done:
                self._kill()
                raise self._trace.stopped(why)
        answer = read_answer(self._answer.result(), self.parsed)
        if answer is STOPPED:
            raise self._trace.stopped(why or "the build was stopped")
        return answer

    def interrupt(self, why: str) -> None:
        with suppress(InvalidStateError):  # it was already
            self._interrupted.set_result(why)

    def close(self, timeout: float = CLOSING) -> bool:
        """Ends the process, and whatever it started."""
        if self._answer.done():
            self._readers[0].join(timeout)  # it ends by itself, after what its job left for that
        self._kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(timeout)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):  # what it was told last has nobody to read it
                if pipe:
                    pipe.close()
        return True

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _tell_line(self, kind: str, value: Any) -> None:
        self._tell(json.dumps([kind, value]).encode() + b"\n")

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it is dead, which the reader notices
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _kill(self) -> None:
        """Kills the group; until its leader is waited for, no other can have its number."""
        if not self._killed:
            self._killed = True
            with suppress(ProcessLookupError, PermissionError):  # macOS's word for a zombie
                os.killpg(self._process.pid, signal.SIGKILL)

    # In the readers' threads.

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for kind, value in lines(self._process.stdout):
            match kind:
                case "warm":
                    self._warm.set_result(value)
                case "answer":
                    self._answer.set_result(value)
                case "log":
                    TERMINAL.write(value)
                    TERMINAL.flush()
                case _:
                    self._trace.take(kind, value)
        self._died()

    def _died(self) -> None:
        """Tells who waits that there will be no answer; of a process that did its job, nothing."""
        if self._answer.done():
            return
        how = ending(self._process.wait())
        if not self._warm.done():
            self._warm.set_exception(StorytimeError(f"{self.name} was ended {how}"))
        self._answer.set_exception(self._trace.stopped(f"the build's process was ended {how}"))

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
