"""What a job runs in: a Slot, for one job. InterpreterSlot: a subinterpreter."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Protocol

STOPPING = 0.2
"""Seconds that a job which is told to stop has for it: it takes 10 ms where Python code runs."""
CLEARING = 0.5
"""Seconds for what a job left (exit handlers) to end, before it is told to."""
CLOSING = 1.0
"""Seconds for an interpreter to close (it takes some 8 ms) before it is given up."""


class Slot(Protocol):
    """Something of its own for one job, which begins to warm up when it is made.

    Made, used and closed by one caller: `wait_until_warm`, `run` once, then `close`; `interrupt`
    may come from any thread.
    """

    name: str
    parsed: list[list[str]]
    """The templates (see `templates`) that its job had parsed, when it has run."""

    def wait_until_warm(self) -> None:
        """Raises StorytimeError with the cause where it can't be made or warmed."""

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Has a module's function called before the job, unless that was given already."""

    def run(self, target: str, arguments: str, timeout: float | None = None) -> Any:
        """What the function ("module:name", with encoded arguments) returns, as plain data.

        Raises what it raises as a StorytimeError, and JobStopped where it does not end within
        the seconds, is interrupted, or its process dies.
        """

    def interrupt(self, why: str) -> None:
        """Ends the job that runs, or the next: its caller is told why, in a JobStopped."""

    def close(self, timeout: float = CLOSING) -> bool:
        """Ends it; False where it does not end in the seconds and lives on, given up."""


def interruption(job: Future[Any], interrupted: Future[str], timeout: float | None) -> str | None:
    """Waits for a job; why it is to be stopped, where it does not end before."""
    wait((job, interrupted), timeout, return_when=FIRST_COMPLETED)
    if job.done():
        return None
    if interrupted.done():
        return interrupted.result()
    return f"the build took longer than {timeout:g} s and was stopped"
