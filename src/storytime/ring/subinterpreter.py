"""InterpreterSlot: a Slot that is a subinterpreter."""

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError, wait
from contextlib import ExitStack, suppress
from typing import IO, Any

from ..build.warm_up import warm_up
from ..errors import JobStopped, RaisedInInterpreter, StorytimeError
from . import worker
from .cleanup import kept_surroundings
from .interpreter_executor import forget, is_running, keep, new_executor, shut_down
from .parent_state import logging_setup, search_path
from .progress import ROOM, read_trace
from .slot import CLEARING, CLOSING, STOPPING, interruption
from .watchdog import STOP
from .wire import STOPPED, encode, importable_name, read_answer


class InterpreterSlot:
    """A Slot that is an interpreter of its own.

    It must be made in a daemon thread: its worker inherits that, and one that was given up must not
    be waited for. `given_up` says that its job, or a thread that the job left, goes on unattended.
    """

    def __init__(self, name: str, label: str = "") -> None:
        self.name = name
        self.parsed: list[list[str]] = []
        self.given_up = False
        self._used = False
        self._interrupted: Future[str] = Future()
        self._closing = threading.Lock()
        self._is_broken = False
        self._executor = new_executor(name)
        self._inherited: Any = None
        self._preparing: list[Future[str | None]] = []
        # The interpreter works with copies of these files, its own: were one closed that it still
        # uses, it would write into whatever is opened next. They are copied by `attend`.
        self._trail = new_trail()
        self._room = os.fstat(self._trail.fileno()).st_size
        receiver, self._orders = os.pipe()
        with ExitStack() as files:
            files.callback(self._trail.close)
            files.callback(os.close, receiver)
            files.callback(os.close, self._orders)
            self._warming = self._inherit()
            attending = receiver, self._trail.fileno(), label or name
            self._attending = self._guarded(worker.attend, *attending)
            self._warming += [self._attending, self._guarded(warm_up)]
            self._files = files.pop_all()

    def wait_until_warm(self) -> None:
        try:
            for future in self._warming:
                self._read(future)
        except RaisedInInterpreter as error:
            raise StorytimeError(f"an interpreter can't be warmed: {error.traceback}") from None

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        if not self._used:
            with suppress(StorytimeError):  # it is closed, or was never made
                self._preparing.append(self._guarded(function, *arguments))

    def run(self, target: str, arguments: str, timeout: float | None = None) -> Any:
        self._used = True
        self._inherit()
        with kept_surroundings():
            job = self._call(target, arguments)
            why = interruption(job, self._interrupted, timeout)
            if why is not None and not self._stop(job):
                stopped = self._stopped(why)
                self._give_up()
                raise stopped
        answer = self._read(job, self.parsed)
        if answer is STOPPED:
            raise self._stopped(why or "the build was stopped")
        return answer

    def interrupt(self, why: str) -> None:
        with suppress(InvalidStateError):  # it was already
            self._interrupted.set_result(why)

    def close(self, timeout: float = CLOSING) -> bool:
        if not self._closing.acquire(timeout=timeout):
            return False  # another thread is at it, and no further
        try:
            if self._is_broken and not self.given_up:
                self._keep()
            elif not self.given_up:
                if self._cleared_up(timeout):
                    self._close_files()
                    self.given_up = not shut_down(self._executor, timeout)
                else:
                    self._give_up()
            return not self.given_up
        finally:
            self._closing.release()

    def is_alive(self) -> bool:
        """Whether its interpreter is still there."""
        return is_running(self._executor)

    def _stop(self, job: Future[Any]) -> bool:
        """Tells a job to stop; whether it ended."""
        with suppress(OSError):  # its interpreter never warmed up
            os.write(self._orders, STOP)
        return bool(wait([job], STOPPING).done)

    def _stopped(self, why: str) -> JobStopped:
        return read_trace(self._trail.fileno(), self._room).stopped(why)

    def _give_up(self) -> None:
        """Leaves the interpreter to itself: it is closed if all that runs in it ends some day."""
        self.given_up = True
        forget(self._executor)
        executor, outlasting = self._executor, self._submit(worker.outlast)
        outlasting.add_done_callback(lambda _: _close_or_keep(executor, outlasting))
        self._close_files()

    def _keep(self) -> None:
        """Never closes it: an interpreter that an exception has left may crash the process then."""
        self.given_up = True
        forget(self._executor)
        keep(self._executor)
        self._close_files()

    def _close_files(self) -> None:
        """Closes them, after they were copied; that ends the watchdog."""
        files = self._files
        self._attending.add_done_callback(lambda _: files.close())  # at once, if it is done

    def __del__(self) -> None:
        if hasattr(self, "_files"):  # its interpreter could be made
            self._close_files()

    def _cleared_up(self, timeout: float) -> bool:
        """Ends what the job left; whether nothing goes on that would keep it from closing."""
        # What it was told to do comes first, and has its own time.
        wait([*self._warming, *self._preparing], timeout)
        try:
            clearing = self._submit(worker.clear_up)
        except StorytimeError:  # it is closed already, or was never made
            return True
        if not wait([clearing], min(timeout, CLEARING)).done and not self._stop(clearing):
            return False
        return clearing.exception() is not None or not clearing.result()

    def _inherit(self) -> list[Future[str | None]]:
        """Gives the interpreter the path and the logging of this one, unless it has them."""
        path, logs = search_path(), logging_setup()
        if (path, logs) == self._inherited:
            return []
        self._inherited = (path, logs)
        # The worker module itself can be found only where the path is right, so this first job
        # must do without it.
        self._submit(exec, f"import sys; sys.path[:] = {path!r}", {})
        return [self._guarded(worker.configure_logging, *logs)]

    def _guarded(self, function: Callable[..., Any], *arguments: Any) -> Future[str | None]:
        return self._submit(worker.answer, importable_name(function), encode(arguments))

    def _call(self, target: str, arguments: str) -> Future[str | None]:
        return self._submit(worker.call, target, arguments)

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            return self._executor.submit(function, *arguments)
        except RuntimeError as error:  # its interpreter could not be made
            raise StorytimeError(f"{self.name} can't be used: {error}") from None

    def _read(self, future: Future[Any], parsed: list[list[str]] | None = None) -> Any:
        """Waits for a job and reads what the guard in the interpreter made of it."""
        try:
            text = future.result()
        except BaseException as error:  # not the job's, unless it broke the guard, too
            self._is_broken = True
            raise StorytimeError(f"{self.name} failed: {type(error).__name__}: {error}") from None
        return read_answer(text, parsed)


def new_trail() -> IO[bytes]:
    """A file without a name, which begins with room for the last "at" where it may be that long."""
    if sys.platform == "linux":  # in memory: a full disk would kill who writes to mapped room
        file: IO[bytes] = os.fdopen(os.memfd_create("storytime-trail"), "w+b", buffering=0)
    else:
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (the caller closes it)
    with suppress(OSError):  # it has reached a limit
        if file.write(bytes(ROOM)) == ROOM:
            return file
    file.truncate(0)
    file.seek(0)
    return file


def _close_or_keep(executor: Executor, outlasting: Future[int]) -> None:
    if outlasting.exception() or outlasting.result():
        keep(executor)
    else:
        executor.shutdown(wait=False)
