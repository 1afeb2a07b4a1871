"""InterpreterSlot: a Slot that is a subinterpreter."""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import asdict
from typing import IO, Any, override

from . import compile_cache, slot, worker
from ._cpython import workers
from .cleanup import kept_surroundings
from .errors import NeedsProcess, RingError
from .interpreter_executor import keep, new_executor, shut_down
from .parent_state import parent_state, search_path
from .process_exit import leave_behind
from .progress import ROOM, Progress, ProgressReader
from .slot import CLOSING, Slot
from .unnamed_file import unnamed_file
from .wire import Setup, encode, importable_name

logger = logging.getLogger(__name__)


class InterpreterSlot(Slot):
    """A Slot that is an interpreter of its own.

    It must be made in a daemon thread: its worker thread then is one, too, and the process doesn't
    wait for one that was given up.
    """

    kind = "an interpreter"

    def __init__(self, name: str, setup: Setup, label: str = "") -> None:
        super().__init__(name, setup, label)
        self._closing = threading.Lock()
        self._is_broken = False
        self._executor = new_executor(name)
        self._encoded_setup = encode(asdict(setup))
        # The interpreter copies these files (in `make_runner`). If it used ours after they were
        # closed, it would write into whatever is opened next.
        self._progress_file = new_progress_file()
        room = os.fstat(self._progress_file.fileno()).st_size
        self._reader = ProgressReader(self._progress_file, room)
        kept = compile_cache.kept.file()
        with ExitStack() as files:
            for file in (self._progress_file, self._orders, self._receiver, kept):
                files.callback(file.close)
            # This must do without our modules, which can be imported only with the right path.
            self._submit(exec, f"import sys; sys.path[:] = {search_path()!r}", {})
            caching = self._submit(compile_cache.use, kept.fileno())
            caching.add_done_callback(lambda _: kept.close())
            descriptors = self._receiver.fileno(), self._progress_file.fileno()
            runner = self._encoded_setup, parent_state(setup.loggers), *descriptors, self._label
            self._attending = self._answer(importable_name(worker.make_runner), encode(runner))
            self._warming = [caching, self._attending, self._answer(setup.warm_up, "[]")]
            self._compiled = self._submit(compile_cache.compiled)
            self._files = files.pop_all()

    @override
    def wait_until_warm(self) -> None:
        super().wait_until_warm()
        compile_cache.kept.add_answer(self._compiled)  # before the next one is made

    @override
    def _prepare(self, target: str, arguments: str) -> None:
        with suppress(RingError):  # it is closed, or was never made
            state = encode(parent_state(self._setup.loggers))
            self._preparing.append(self._submit(worker.prepare, state, target, arguments))
            # Not waited for: a job can be stopped while this is still prepared.
            self._submit(compile_cache.compiled).add_done_callback(compile_cache.kept.add_answer)

    @override
    def close(self, timeout: float = CLOSING) -> bool:
        if not self._closing.acquire(timeout=timeout):  # another thread is closing it
            leave_behind(self._executor)  # the process may end before that thread is done
            return False
        try:
            if not self.given_up:
                self._close(timeout)
            return not self.given_up
        finally:
            self._closing.release()

    def _close(self, timeout: float) -> None:
        if self._is_broken:
            self._abandon()
            keep(self._executor)
        elif not self._clear_up(timeout):
            self._give_up()
        else:
            self._close_files()
            if not shut_down(self._executor, CLOSING):
                self._abandon()

    @override
    def is_alive(self) -> bool:
        return any(thread.is_alive() for thread in workers(self._executor))

    @override
    def _surroundings(self) -> AbstractContextManager[None]:
        return kept_surroundings()

    @override
    def _start(self, target: str, arguments: str) -> Future[str | None]:
        state = encode(parent_state(self._setup.loggers))
        return self._submit(worker.call, state, target, arguments)

    @override
    def _progress(self) -> Progress:
        return self._reader.read()

    @override
    def _give_up(self) -> None:
        """Close the interpreter only if all that runs in it ends some day."""
        executor, outlasting = self._executor, self._submit(worker.outlast)
        outlasting.add_done_callback(lambda _: _close_or_keep(executor, outlasting))
        self._abandon()

    def _abandon(self) -> None:
        self.given_up = True
        leave_behind(self._executor)
        self._close_files()
        logger.warning(
            "%s can't be closed, since code of its %s is still running; it was given up",
            *(self.name, self._setup.noun),
        )

    def _close_files(self) -> None:
        """Close them after they were copied; that ends the watchdog."""
        files = self._files
        self._attending.add_done_callback(lambda _: files.close())  # at once, if it is done

    def __del__(self) -> None:
        if hasattr(self, "_files"):  # its interpreter could be made
            self._close_files()

    def _clear_up(self, timeout: float) -> bool:
        """End what the job left; return True if nothing keeps the interpreter from closing."""
        # What it was told to do before has its own time.
        wait([*self._warming, *self._preparing], timeout)
        try:
            clearing = self._submit(worker.clear_up)
        except RingError:  # it is closed already, or was never made
            return True
        # Only handlers of the job are stopped. The second time there may be none any more, but slow
        # ones from before the job.
        in_time = wait([clearing], min(timeout, slot.CLEARING)).done
        if in_time or self._stop(clearing) or self._stop(clearing):
            return clearing.exception() is not None or not clearing.result()
        return False

    def _answer(self, target: str, arguments: str) -> Future[str | None]:
        """Call the function now, under the guard."""
        return self._submit(worker.answer, self._encoded_setup, target, arguments)

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
    """Return an unnamed file that begins with room for the latest report, if it may be so long."""
    file = unnamed_file("job-progress")  # on a full disk, writing to mapped room would kill
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
