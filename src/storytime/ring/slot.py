"""Slot: what one job runs in."""

import os
import socket
import threading
from abc import ABC, abstractmethod
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, ClassVar

from .cleanup import current_folder, restore_variables
from .errors import JobRaised, NeedsProcess, StandbyFailed
from .progress import Progress
from .watchdog import ASK, RUNNING, STOP, STOPPING_ITSELF, TELL
from .wire import (
    STOPPED,
    UNSPEAKABLE,
    Function,
    Setup,
    decode,
    encode,
    importable_name,
    read_answer,
)

STOPPING = 0.2
"""Seconds that a job has to stop, once its watchdog was told; Python code needs 10 ms."""
HEARING = 0.5
"""Seconds that the watchdog has to report the job's stack: it needs 10 ms, but a busy machine may
let it wait, and a call in C that holds the GIL does so for ever."""
CLEARING = 0.5
"""Seconds that what a job left (exit handlers, threads) has to end before it is stopped."""
CLOSING = 5.0
"""Seconds that an interpreter in which no job's code runs any more has to close; it needs 8 ms."""


class Slot(ABC):
    """An interpreter or a process for one job, which begins to warm up when it is made.

    One thread at a time uses it: `wait_until_warm`, then `run` once, then `close`. `collected` is
    what the job left for later ones. `given_up` is True if the job, or a thread that it left, still
    runs and can't be stopped.
    """

    kind: ClassVar[str]

    def __init__(self, name: str, setup: Setup, label: str = "") -> None:
        self.name = name
        self.collected: list[Any] = []
        self.given_up = False
        self._setup = setup
        self._label = label or name
        self._used = False
        self._warming: list[Future[Any]] = []
        self._preparing: list[Future[Any]] = []  # as far as known: processes don't tell
        self._orders, self._receiver = socket.socketpair()
        self._sending = threading.Lock()

    def wait_until_warm(self) -> None:
        """Raise StandbyFailed, with the cause, if it can't be made or warmed."""
        try:
            for future in self._warming:
                self._read(future)
        except (NeedsProcess, StandbyFailed):
            raise
        except Exception as error:
            # If no user code ran there is no traceback.
            cause = (isinstance(error, JobRaised) and error.traceback) or error
            hint = " (the current folder was removed)" if current_folder() == os.curdir else ""
            raise StandbyFailed(f"{self.kind} can't be warmed: {cause}{hint}") from None

    @property
    def is_warming(self) -> bool:
        return not all(future.done() for future in (*self._warming, *self._preparing))

    def wait_while_warming(self, closed: Future[None]) -> None:
        """Wait until it is warm and prepared, has failed to be, or `closed` is done."""
        for future in (*self._warming, *self._preparing):
            wait([future, closed], return_when=FIRST_COMPLETED)

    def prepare(self, function: Function, *arguments: Any) -> None:
        """Call a module's function before the job, unless that has begun."""
        if not self._used:
            self._prepare(importable_name(function), encode(arguments))

    @abstractmethod
    def _prepare(self, target: str, arguments: str) -> None: ...

    def run(
        self,
        target: str,
        arguments: str,
        stopped: Future[str] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Call a function ("module:name") with encoded arguments and return its result.

        Raises JobRaised or a registered error if it raises; NeedsProcess if it can't run here;
        JobStopped if it takes longer than `timeout` seconds, if its process dies, or as soon as
        `stopped` has a result, which is the reason; StandbyFailed if the process died before the
        job began.
        """
        self._used = True
        stopped = stopped or Future()
        with self._surroundings():
            job = self._start(target, arguments)
            wait([job, stopped], timeout, return_when=FIRST_COMPLETED)
            why = f"the {self._setup.noun} was stopped"
            if not job.done():
                why = f"the {self._setup.noun} took longer than {timeout or 0:g} s and was stopped"
                if stopped.done():
                    why = stopped.result()
                if not self._stop(job):
                    error = self._progress().stopped(why)
                    self._give_up()
                    raise error
        result = self._read(job)
        if result is STOPPED:
            progress = self._progress()
            raise progress.stopped(why, by_itself=not progress.stack)
        return result

    def ask_to_stop(self) -> None:
        """Have the job end when it next calls `check_stopped`."""
        self._send(ASK)

    def tell(self, value: Any) -> None:
        """Give plain data to the job, which gets it by `told`."""
        self._send(TELL + encode(value).encode() + b"\n")

    def reports(self) -> list[tuple[str, Any]]:
        """Return what the job has reported so far."""
        with suppress(OSError, ValueError):  # it has just been closed
            return self._progress().reports.copy()
        return []

    @abstractmethod
    def close(self, timeout: float = CLOSING) -> bool:
        """End it; return False if it doesn't end within `timeout` seconds and is given up."""

    @abstractmethod
    def is_alive(self) -> bool:
        """Return True as long as its interpreter or process exists."""

    def _surroundings(self) -> AbstractContextManager[None]:
        return nullcontext()

    @abstractmethod
    def _start(self, target: str, arguments: str) -> Future[Any]:
        """Start the job; the future gives its answer."""

    def _stop(self, job: Future[Any]) -> bool:
        """Tell a job to stop; return True if it ended."""
        said = STOPPING_ITSELF
        with suppress(OSError):  # its process has died, or another thread has just closed it
            self._orders.settimeout(HEARING)
            self._send(STOP)
            while said == STOPPING_ITSELF:
                try:
                    said = self._orders.recv(1)
                except TimeoutError:
                    said = RUNNING
        return bool(wait([job], STOPPING if said == RUNNING else CLOSING).done)

    def _send(self, line: bytes) -> None:
        with suppress(OSError), self._sending:  # a process that has died takes no orders
            self._orders.sendall(line)

    @abstractmethod
    def _give_up(self) -> None:
        """Leave a job alone that can't be stopped."""

    @abstractmethod
    def _progress(self) -> Progress:
        """Return what the job has reported."""

    def _read(self, answer: Future[Any]) -> Any:
        """Wait for an answer; return its result or raise its error."""
        # An answer of None is a MemoryError that escaped.
        variables, _, text = (answer.result() or UNSPEAKABLE).rpartition("\n")
        if variables:
            restore_variables(decode(variables))
        result, collected, error = read_answer(text, self._setup)
        self.collected += collected
        if error:
            raise error
        return result


def stop(stopped: Future[str], why: str) -> None:
    """Set a job's `stopped` future, unless it is set already."""
    with suppress(InvalidStateError):
        stopped.set_result(why)
