"""InterpreterSlot: one interpreter, for one job."""

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from . import worker
from .errors import RaisedInInterpreter, StorytimeError
from .executors import forget, new_executor, shut_down
from .worker import decode, encode

CLOSING = 1.0
"""Seconds for an interpreter to close (it takes some 8 ms) before it is given up."""


class SlotAbandoned(StorytimeError):
    """The job was given up while it ran; its interpreter lives on, unattended."""


class InterpreterSlot:
    """An interpreter of its own, which begins to warm up when the slot is made.

    Made, used and closed by one caller: `wait_until_warm`, `run` once, then `close`. It must be
    made in a daemon thread: its worker inherits that, and an abandoned one must not be waited for.
    """

    def __init__(self, name: str) -> None:
        self._executor = new_executor(name)
        self._abandoned: Future[str | None] = Future()
        # The worker module itself can be found only where the path is right, so this first job
        # must do without it.
        path = [os.fspath(entry) for entry in sys.path]
        self._executor.submit(exec, f"import sys; sys.path[:] = {path!r}", {})
        self._logging = self._executor.submit(
            worker.call, importable_name(worker.configure_logging), encode(logging_setup())
        )
        self._warm = self._executor.submit(
            worker.call, importable_name(worker.warm_up), encode(())
        )

    def wait_until_warm(self) -> None:
        """Raises StorytimeError with the cause where the interpreter can't be made or warmed."""
        try:
            self._answer(self._logging)
            self._answer(self._warm)
        except RaisedInInterpreter as error:
            raise StorytimeError(f"an interpreter can't be warmed: {error.traceback}") from None

    def run(self, target: str, arguments: str) -> Any:
        """What the function ("module:name", with encoded arguments) returns, as plain data.

        Raises what it raises as a StorytimeError, and SlotAbandoned once `abandon` was called.
        """
        return self._answer(self._executor.submit(worker.call, target, arguments))

    def abandon(self) -> None:
        """Gives up the job that runs: its caller goes on at once, the interpreter for itself."""
        self._abandoned.set_result(None)
        forget(self._executor)

    def close(self) -> bool:
        """Ends the interpreter; False where it does not end and lives on unattended."""
        return not self._abandoned.done() and shut_down(self._executor, CLOSING)

    def _answer(self, future: Future[str | None]) -> Any:
        """Waits for a job and reads what the guard in the interpreter made of it."""
        wait([future, self._abandoned], return_when=FIRST_COMPLETED)
        if not future.done():
            raise SlotAbandoned("given up: it was still running when the ring closed")
        # An escaped MemoryError arrives as None.
        answer = decode(future.result() or worker.UNSPEAKABLE)
        if "error" in answer:
            raise StorytimeError.from_data(answer["error"])
        return answer["result"]


def importable_name(function: Callable[..., Any]) -> str:
    """The name "module:qualified.name" by which another interpreter can import the function.

    Raises TypeError where it can't: a lambda, a local function, one of the main script.
    """
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", "<nameless>")
    if module in (None, "__main__") or "<" in name:
        raise TypeError(
            f"{module}.{name} can't be imported in another interpreter: expected a function of a"
            " module"
        )
    return f"{module}:{name}"


def logging_setup() -> tuple[dict[str, int], list[str | None] | None]:
    """This interpreter's log levels and format, as `worker.configure_logging` takes them."""
    names = ["", "storytime"]
    levels = {name: logging.getLogger(name).getEffectiveLevel() for name in names}
    for handler in (*logging.getLogger("storytime").handlers, *logging.getLogger().handlers):
        if handler.formatter is not None:
            return levels, [handler.formatter._fmt, handler.formatter.datefmt]
    return levels, None
