"""What a job runs in: a Slot, for one job."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, ClassVar

from .errors import JobRaised, NeedsProcess, StandbyFailed
from .progress import Progress
from .wire import STOPPED, Setup, read_answer

STOPPING = 0.2
"""Seconds that a job which is told to stop has for it: it takes 10 ms where Python code runs."""
CLEARING = 0.5
"""Seconds for what a job left (exit handlers) to end, before it is told to."""
CLOSING = 1.0
"""Seconds for an interpreter to close (it takes some 8 ms) before it is given up."""


class Slot(ABC):
    """Something of its own for one job, which begins to warm up when it is made.

    Made, used and closed by one caller: `wait_until_warm`, `run` once, then `close`; `interrupt`
    may come from any thread. `collected` is what its job left for later ones, when it has run.
    `given_up` says that its job, or a thread that the job left, goes on unattended.
    """

    kind: ClassVar[str]

    def __init__(self, name: str, setup: Setup, label: str = "") -> None:
        self.name = name
        self.collected: list[Any] = []
        self.given_up = False
        self._setup = setup
        self._label = label or name
        self._used = False
        self._interrupted: Future[str] = Future()
        self._warming: list[Future[Any]] = []

    def wait_until_warm(self) -> None:
        """Raise StandbyFailed, with the cause, if it can't be made or warmed."""
        try:
            for future in self._warming:
                self._read(future)
        except (NeedsProcess, StandbyFailed):
            raise
        except Exception as error:
            cause = error.traceback if isinstance(error, JobRaised) else error
            raise StandbyFailed(f"{self.kind} can't be warmed: {cause}") from None

    @abstractmethod
    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Has a module's function called before the job, unless that was given already."""

    def run(self, target: str, arguments: str, timeout: float | None = None) -> Any:
        """What the function ("module:name", with encoded arguments) returns, as plain data.

        Raises JobRaised or a registered error where it raises; NeedsProcess; JobStopped where it
        does not end within the seconds, is interrupted, or its process dies; StandbyFailed where
        that died before the job began.
        """
        self._used = True
        with self._surroundings():
            job = self._start(target, arguments)
            why = self._wait(job, timeout)
            if why is not None and not self._stop(job):
                stopped = self._progress().stopped(why)
                self._give_up()
                raise stopped
        result = self._read(job)
        if result is STOPPED:
            raise self._progress().stopped(why or f"the {self._setup.noun} was stopped")
        return result

    def interrupt(self, why: str) -> None:
        """Ends the job that runs, or the next: its caller is told why, in a JobStopped."""
        with suppress(InvalidStateError):  # it was already
            self._interrupted.set_result(why)

    @abstractmethod
    def close(self, timeout: float = CLOSING) -> bool:
        """Ends it; False where it does not end in the seconds and lives on, given up."""

    @abstractmethod
    def is_alive(self) -> bool:
        """Whether its interpreter or process is still there."""

    def _surroundings(self) -> AbstractContextManager[None]:
        return nullcontext()

    @abstractmethod
    def _start(self, target: str, arguments: str) -> Future[Any]:
        """Starts the job; its future gives the answer."""

    def _wait(self, job: Future[Any], timeout: float | None) -> str | None:
        """Waits for a job; why it is to be stopped, where it does not end before."""
        wait((job, self._interrupted), timeout, return_when=FIRST_COMPLETED)
        if job.done():
            return None
        if self._interrupted.done():
            return self._interrupted.result()
        return f"the {self._setup.noun} took longer than {timeout:g} s and was stopped"

    @abstractmethod
    def _stop(self, job: Future[Any]) -> bool:
        """Tells a job to stop; whether it ended."""

    @abstractmethod
    def _give_up(self) -> None:
        """Leaves a job to itself that can't be stopped."""

    @abstractmethod
    def _progress(self) -> Progress:
        """What the job has reported."""

    def _read(self, answer: Future[Any]) -> Any:
        """Waits for an answer; returns its result or raises its error."""
        result, collected, error = read_answer(answer.result(), self._setup)
        self.collected += collected
        if error:
            raise error
        return result
