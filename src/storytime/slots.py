"""InterpreterSlot: one interpreter, for one job."""

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from operator import attrgetter
from typing import Any

from . import worker
from .errors import RaisedInInterpreter, StorytimeError
from .executors import forget, new_executor, shut_down
from .worker import LogForm, LogStyle, decode, encode

CLOSING = 1.0
"""Seconds for an interpreter to close (it takes some 8 ms) before it is given up."""

STYLES: dict[type[logging.PercentStyle], LogStyle] = {
    logging.PercentStyle: "%",
    logging.StrFormatStyle: "{",
    logging.StringTemplateStyle: "$",
}


class SlotAbandoned(StorytimeError):
    """The job was given up while it ran; its interpreter lives on, unattended."""


class InterpreterSlot:
    """An interpreter of its own, which begins to warm up when the slot is made.

    Made, used and closed by one caller: `wait_until_warm`, `run` once, then `close`. It must be
    made in a daemon thread: its worker inherits that, and an abandoned one must not be waited for.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._executor = new_executor(name)
        self._abandoned: Future[Any] = Future()
        self._setup: Any = None
        self._used = False
        self._warming = [*self._set_up(), self._call(importable_name(worker.warm_up), encode(()))]

    def prepare(self, target: str, arguments: str) -> None:
        """Has the interpreter call a function before its job, unless that has begun."""
        if not self._used:
            with suppress(StorytimeError):  # it is being closed
                self._call(target, arguments)

    def wait_until_warm(self) -> None:
        """Raises StorytimeError with the cause where the interpreter can't be made or warmed."""
        try:
            for future in self._warming:
                self._answer(future)
        except RaisedInInterpreter as error:
            raise StorytimeError(f"an interpreter can't be warmed: {error.traceback}") from None

    def run(self, target: str, arguments: str) -> Any:
        """What the function ("module:name", with encoded arguments) returns, as plain data.

        Raises what it raises as a StorytimeError, and SlotAbandoned once `abandon` was called.
        """
        self._used = True
        self._set_up()
        return self._answer(self._call(target, arguments))

    def abandon(self) -> None:
        """Gives up the job that runs: its caller goes on at once, the interpreter for itself."""
        self._abandoned.set_result(None)
        forget(self._executor)

    def close(self, timeout: float = CLOSING) -> bool:
        """Ends the interpreter; False where it does not end in time and lives on unattended."""
        return not self._abandoned.done() and shut_down(self._executor, timeout)

    def _set_up(self) -> list[Future[str | None]]:
        """Gives the interpreter the path and the logging of this one, unless it has them."""
        path = [os.fspath(entry) for entry in sys.path]
        logs = logging_setup()
        if (path, logs) == self._setup:
            return []
        self._setup = (path, logs)
        # The worker module itself can be found only where the path is right, so this first job
        # must do without it.
        self._submit(exec, f"import sys; sys.path[:] = {path!r}", {})
        return [self._call(importable_name(worker.configure_logging), encode(logs))]

    def _call(self, target: str, arguments: str) -> Future[str | None]:
        return self._submit(worker.call, target, arguments)

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            return self._executor.submit(function, *arguments)
        except RuntimeError as error:  # its interpreter could not be made
            raise StorytimeError(f"{self.name} can't be used: {error}") from None

    def _answer(self, future: Future[Any]) -> Any:
        """Waits for a job and reads what the guard in the interpreter made of it."""
        wait((future, self._abandoned), return_when=FIRST_COMPLETED)
        if not future.done():
            raise SlotAbandoned("given up: it was still running when the ring closed")
        try:
            text = future.result()
        except Exception as error:  # not the job's, which never leaves the guard
            raise StorytimeError(f"{self.name} failed: {type(error).__name__}: {error}") from None
        # An escaped MemoryError arrives as None.
        answer = decode(text or worker.UNSPEAKABLE)
        if "error" in answer:
            raise StorytimeError.from_data(answer["error"])
        return answer["result"]


def importable_name(function: Callable[..., Any]) -> str:
    """The name "module:qualified.name" by which another interpreter can import the function.

    Raises TypeError where it can't: a lambda, a local function, a bound method, one of the main
    script.
    """
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", "<nameless>")
    if module in (None, "__main__") or _found(module, name) != function:
        raise TypeError(
            f"{module}.{name} can't be imported in another interpreter: expected a function of a"
            " module"
        )
    return f"{module}:{name}"


def _found(module: str, name: str) -> object:
    try:
        return attrgetter(name)(sys.modules[module])
    except (AttributeError, KeyError):
        return None


def logging_setup() -> tuple[dict[str, int], LogForm | None]:
    """This interpreter's log levels and format, as `worker.configure_logging` takes them."""
    names = ["", "storytime"]
    levels = {name: logging.getLogger(name).getEffectiveLevel() for name in names}
    for handler in (*logging.getLogger("storytime").handlers, *logging.getLogger().handlers):
        if not isinstance(handler, logging.NullHandler):
            return levels, _form(handler.formatter or logging.Formatter())
    return levels, None


def _form(formatter: logging.Formatter) -> LogForm:
    """What makes such a formatter; of one with fields of its own, the ordinary one's."""
    form = formatter._fmt or "", formatter.datefmt, STYLES.get(type(formatter._style), "%")
    try:
        logging.Formatter(*form).format(logging.makeLogRecord({}))
    except (ValueError, KeyError, TypeError):
        return logging.BASIC_FORMAT, None, "%"
    return form
