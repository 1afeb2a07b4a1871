"""InterpreterSlot: a Slot that is a subinterpreter."""

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import asdict
from typing import IO, Any, override

from . import slot, worker
from ._cpython import forget, workers
from .cleanup import kept_surroundings
from .errors import NeedsProcess, RingError
from .interpreter_executor import keep, new_executor, shut_down
from .parent_state import logging_setup, search_path
from .progress import ROOM, Progress, read_progress
from .slot import CLOSING, Slot
from .watchdog import STOP
from .wire import Setup, encode, importable_name


class InterpreterSlot(Slot):
    """A Slot that is an interpreter of its own.

    It must be made in a daemon thread: its worker inherits that, and one that was given up must not
    be waited for.
    """

    kind = "an interpreter"

    def __init__(self, name: str, setup: Setup, label: str = "") -> None:
        super().__init__(name, setup, label)
        self._closing = threading.Lock()
        self._is_broken = False
        self._executor = new_executor(name)
        self._inherited: Any = None
        self._preparing: list[Future[str | None]] = []
        self._encoded_setup = encode(asdict(setup))
        # The interpreter works with copies of these files, its own: were one closed that it still
        # uses, it would write into whatever is opened next. They are copied by `make_runner`.
        self._progress_file = new_progress_file()
        self._room = os.fstat(self._progress_file.fileno()).st_size
        receiver, self._orders = os.pipe()
        with ExitStack() as files:
            files.callback(self._progress_file.close)
            files.callback(os.close, receiver)
            files.callback(os.close, self._orders)
            self._warming = self._inherit()
            runner = self._encoded_setup, receiver, self._progress_file.fileno(), self._label
            self._attending = self._answer(importable_name(worker.make_runner), *runner)
            self._warming.append(self._attending)
            if setup.warm_up:
                self._warming.append(self._answer(setup.warm_up))
            self._files = files.pop_all()

    @override
    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        if not self._used:
            with suppress(RingError):  # it is closed, or was never made
                self._preparing.append(self._answer(importable_name(function), *arguments))

    @override
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

    @override
    def is_alive(self) -> bool:
        return any(thread.is_alive() for thread in workers(self._executor))

    @override
    def _surroundings(self) -> AbstractContextManager[None]:
        return kept_surroundings()

    @override
    def _start(self, target: str, arguments: str) -> Future[str | None]:
        self._inherit()
        return self._submit(worker.call, target, arguments)

    @override
    def _stop(self, job: Future[Any]) -> bool:
        with suppress(OSError):  # its interpreter never warmed up
            os.write(self._orders, STOP)
        return bool(wait([job], slot.STOPPING).done)

    @override
    def _progress(self) -> Progress:
        return read_progress(self._progress_file.fileno(), self._room)

    @override
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
        except RingError:  # it is closed already, or was never made
            return True
        if not wait([clearing], min(timeout, slot.CLEARING)).done and not self._stop(clearing):
            return False
        return clearing.exception() is not None or not clearing.result()

    def _inherit(self) -> list[Future[str | None]]:
        """Gives the interpreter the path and the logging of this one, unless it has them."""
        path, logs = search_path(), logging_setup(self._setup.loggers)
        if (path, logs) == self._inherited:
            return []
        self._inherited = (path, logs)
        # The worker module itself can be found only where the path is right, so this first job
        # must do without it.
        self._submit(exec, f"import sys; sys.path[:] = {path!r}", {})
        return [self._answer(importable_name(worker.configure_logging), *logs)]

    def _answer(self, target: str, *arguments: Any) -> Future[str | None]:
        """Has the function called now, under the guard."""
        return self._submit(worker.answer, self._encoded_setup, target, encode(arguments))

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            return self._executor.submit(function, *arguments)
        except RuntimeError as error:  # its interpreter could not be made
            raise RingError(f"{self.name} can't be used: {error}") from None

    @override
    def _read(self, answer: Future[Any]) -> Any:
        try:
            answer.result()
        except BaseException as error:  # not the job's, unless it broke the guard, too
            self._is_broken = True
            said = f"{type(error).__name__}: {error}"
            if not self._used:  # the ring's own code can't be run here
                raise NeedsProcess(f"the ring itself ({said})") from None
            raise RingError(f"{self.name} failed: {said}") from None
        return super()._read(answer)


def new_progress_file() -> IO[bytes]:
    """An unnamed file, which begins with room for the latest report if it may be that long."""
    if sys.platform == "linux":  # in memory: a full disk would kill who writes to mapped room
        file: IO[bytes] = os.fdopen(os.memfd_create("job-progress"), "w+b", buffering=0)
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
