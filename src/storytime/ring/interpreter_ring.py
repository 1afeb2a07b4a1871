"""InterpreterRing: runs each job in a fresh interpreter that was warmed before it was needed.

What a caller may rely on:

- No interpreter runs two jobs. Module state, caches and patches of one job don't reach the next.
- While one interpreter works, another stands by, so a job starts at once. There are never more
  than two of them, and one before the first job.
- Jobs run one at a time, in the order in which they were submitted. They never block the event
  loop. A short one may run beside them, in the interpreter that stands by (`run_beside`).
- What a job raises arrives as a RingError, or as an error of a type that the ring's owner
  registered. No exception object crosses.
- A job that takes too long, or whose awaiting task is cancelled, is stopped. If that can't be, it
  is given up, and `check_stopped` raises in it before it writes. The next job starts at once.
- Jobs run in processes where subinterpreters don't work (see `isolation`).
- `close` is idempotent and doesn't hang. It leaves no interpreter behind, except one whose code
  still runs a moment later; that one is given up, and can't keep the process from exiting.
- A process that leaves one behind exits as others do: exit handlers run, the standard streams are
  flushed, and the exit status is kept. (Left out are finalizers of objects that are still alive and
  exit functions of libraries in C. The status of `sys.exit` is 0 if the interpreter was given up
  after the main script had ended, so leave the ring's `with` block before that.)

It can't prevent crashes of CPython itself: a child made by `os.fork` while a subinterpreter lives
crashes at its exit, and with `tracemalloc` subinterpreters crash or hang on 3.13 and 3.14. With
`isolation` "process" neither happens.

How: slots take turns. A job takes the next standby from a queue. When it has ended, the keeper
thread (see `standbys`) closes its slot and makes a new one, which begins to warm up at once. Jobs
run in other threads (see `job_thread`), so making and closing slots delays neither job nor caller.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, Self

from ._cpython import before_exit, let_signals_wake
from .errors import JobStopped, RingError
from .isolation import MEMORY_BOUND, Isolation, Kind
from .job_thread import JobThread
from .slot import CLOSING, stop
from .standbys import CLOSED, Standbys
from .tracebacks import FrameKind, show_all
from .wire import Function, Setup, encode, importable_name

GRACE = 0.3
"""Seconds that `close` waits for a running job."""
CLOSE_TIMEOUT = 0.6
"""Seconds that `close` takes in all if jobs left code running; otherwise it takes about 20 ms."""

NOT_NEEDED = "it was stopped, since it was no longer needed"
"""Message of a `Task.cancel` that is not worth a warning."""

logger = logging.getLogger(__name__)


class InterpreterRing:
    """Two interpreters that take turns, each used once; a context manager, sync and async.

    `warm_up` is called in each interpreter before its job comes. `timeout` is the maximum duration
    of a job in seconds (None: no limit). With `isolation` "process" all jobs run in processes; with
    "auto" only where subinterpreters don't work. `on_notice` is then called once with a sentence
    that says why; without it the sentence is logged. `memory_bound` is how many MB closed
    interpreters may leave behind before jobs run in processes (Python 3.13 leaks).

    The other parameters adapt a ring to an application. Exceptions of the `error_types` are raised
    again in the caller, made by `from_data` of what their `to_data` returned (plain data).
    `frame_kind` says, by file name, how a traceback treats a frame. `carry_over` is a pair of
    functions: the first is called after a job, in its interpreter, and returns a list of plain
    data; the second is called in each standby with the latest 256 items of these lists. `loggers`
    names loggers whose levels, and whose handler's format, also apply in jobs. `name` is the prefix
    of thread names, and `noun` what messages call a job. Functions may be Named, too.

    Raises ValueError or TypeError for a wrong `timeout` or `isolation`, and TypeError for a
    function or type that other interpreters can't import by name.
    """

    _closed = True  # until it is complete: `__del__` must not warn of half a ring

    def __init__(
        self,
        *,
        warm_up: Function | None = None,
        timeout: float | None = None,
        isolation: Kind = "auto",
        memory_bound: float = MEMORY_BOUND,
        on_notice: Callable[[str], None] | None = None,
        error_types: Sequence[type[Exception]] = (),
        frame_kind: Callable[[str], FrameKind] | None = None,
        carry_over: tuple[Function, Function] | None = None,
        loggers: Sequence[str] = (),
        name: str = "ring",
        noun: str = "job",
    ) -> None:
        _check(timeout, isolation)
        collect, hand_on = carry_over or (None, None)
        errors = tuple(map(importable_name, error_types))
        hooks: list[Function] = [warm_up or list, frame_kind or show_all, collect or list]
        setup = Setup(name, noun, tuple(loggers), errors, *map(importable_name, hooks))
        let_signals_wake()
        self._noun = noun
        self._isolation = Isolation(setup, isolation, memory_bound, on_notice or logger.warning)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._standbys = Standbys(name, self._isolation, hand_on)
        parts = self._standbys, self._isolation, timeout
        self._jobs = JobThread(f"{name}-jobs", *parts)
        self._beside = JobThread(f"{name}-jobs-beside", *parts, yields=True)
        closing = weakref.WeakMethod(self.close)
        before_exit(lambda: (close := closing()) and close())
        self._closed = False

    def run(self, function: Function, *arguments: Any) -> Any:
        """Run a module's function in the standby and return its result.

        It may be given as `Named("module:name")`, so that this interpreter needn't import it.
        Arguments and result are plain data: what JSON knows, and paths. Raises JobRaised, or a
        registered error, if the function raises; JobStopped if it took too long or its process
        died; TypeError if the function can't be imported by name or the arguments aren't plain
        data; RingError if the ring is closed, or no interpreter can be warmed (with the cause).
        """
        stopped: Future[str] = Future()
        future = self._submit(self._jobs, stopped, function, arguments)
        try:
            return future.result()
        finally:
            # Unless it has ended, something was raised here (by Ctrl-C), and nobody waits for it.
            future.cancel()
            stop(stopped, f"the {self._noun} was given up by its caller")

    async def run_async(self, function: Function, *arguments: Any) -> Any:
        """`run` without blocking the event loop.

        If the task is cancelled, the job is stopped, and the task ends when that is done (usually
        within 0.2 s). The message of `Task.cancel`, if there is one, is logged as the reason
        (NOT_NEEDED at level DEBUG, as that of a job that ended itself by `check_stopped`). If the
        job came to its end all the same, the CancelledError has what it returned as its `result`.
        """
        return await self._awaited(self._jobs, function, arguments)

    async def run_beside(self, function: Function, *arguments: Any) -> Any:
        """`run_async` for a short job that doesn't wait for the others.

        It takes the next standby although a job is running, or waits for the next one if there is
        none. These jobs run one at a time, too, and other jobs that wait for a standby go first.
        `ask_to_stop`, `tell` and `reports` don't concern them.
        """
        return await self._awaited(self._beside, function, arguments)

    async def ready(self) -> None:
        """Wait until a job could begin at once. Until then its caller can collect what it is for.

        Returns as well if no interpreter can be warmed, or the ring is closed: the job will tell.
        """
        with self._lock:
            if self._closed or self._standbys.has_next:
                return
            waiting = self._beside.submit(self._standbys.wait_for_next)
        with suppress(RingError):
            await asyncio.wrap_future(waiting)

    async def _awaited(
        self, thread: JobThread, function: Function, arguments: tuple[Any, ...]
    ) -> Any:
        stopped: Future[str] = Future()
        future = self._submit(thread, stopped, function, arguments)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as error:
            why = str(error) or f"the {self._noun} was given up by its caller"
            stop(stopped, why)
            ended = asyncio.wrap_future(future)
            level = logging.DEBUG if why == NOT_NEEDED else logging.WARNING
            ended.add_done_callback(partial(_log_stop, level))
            await asyncio.wait([ended])
            if not ended.cancelled() and not ended.exception():
                error.result = ended.result()  # type: ignore[attr-defined]
            raise

    def prepare(self, function: Function, *arguments: Any) -> None:
        """Call a function in each standby, now and in future, before its job comes.

        It prepares what a job can use, from plain data. If it fails, the job does without. A second
        call with the same function replaces the arguments. Raises RingError if the ring is closed.
        """
        if self._closed:
            raise RingError(CLOSED)
        self._standbys.prepare(function, arguments)

    def forget(self, function: Function) -> None:
        """Undo `prepare` for the function: standbys that called it are closed and replaced.

        This may wait until the slot that is just being made has been made.
        """
        self._standbys.forget(function)

    def ask_to_stop(self) -> None:
        """Ask the running job to end when it next calls `check_stopped`. It raises JobStopped then,
        or comes to its end."""
        if slot := self._jobs.slot:
            slot.ask_to_stop()

    def tell(self, value: Any) -> None:
        """Give plain data to the running job, which gets it by `storytime.ring.told`.

        Nothing happens if no job is running. A job that moves to another interpreter, since it
        can't run in this one, has to be told again. Don't tell more than a few KB that the job
        hasn't asked for: this waits until its interpreter has received it.
        """
        if slot := self._jobs.slot:
            slot.tell(value)

    def reports(self) -> list[tuple[str, Any]]:
        """Return the kinds and values that the running job has reported so far."""
        slot = self._jobs.slot
        return slot.reports() if slot else []

    def close(self) -> None:
        """End both interpreters. Who still waits for a job gets a RingError."""
        with self._lock:
            first, self._closed = not self._closed, True
        if not first:
            self._ended.wait(CLOSING)  # for the thread that is closing it
            return
        until = time.monotonic() + CLOSE_TIMEOUT
        try:
            self._standbys.stop()
            threads = self._jobs, self._beside
            why = f"the {self._noun} was still running when the ring closed; it was stopped"
            grace = time.monotonic() + GRACE
            running = [each for each in threads if not each.close(_left(grace))]
            stopped = [each for each in running if each.stop(why)]
            if stopped:
                logger.warning("%s", why)
            for each in stopped:
                each.close(_left(until))
            self._standbys.close(until)
        finally:
            self._ended.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.close)

    def __del__(self) -> None:
        if not self._closed:
            warnings.warn("an InterpreterRing was not closed", ResourceWarning, stacklevel=1)

    def _submit(
        self,
        thread: JobThread,
        stopped: Future[str],
        function: Function,
        arguments: tuple[Any, ...],
    ) -> Future[Any]:
        call = importable_name(function), encode(arguments)
        with self._lock:
            if self._closed:
                raise RingError(CLOSED)
            return thread.submit_job(stopped, *call)


def _left(until: float) -> float:
    return max(0.0, until - time.monotonic())


def _check(timeout: object, isolation: object) -> None:
    if timeout is not None:
        message = f"timeout must be a positive number of seconds or None, not {timeout!r}"
        if isinstance(timeout, bool) or not isinstance(timeout, int | float):
            raise TypeError(message)
        if not 0 < timeout <= threading.TIMEOUT_MAX:  # nor NaN
            raise ValueError(message)
    if isolation not in ("auto", "process"):
        raise ValueError(f"isolation must be 'auto' or 'process', not {isolation!r}")


def _log_stop(level: int, job: asyncio.Future[Any]) -> None:
    if not job.cancelled() and isinstance(error := job.exception(), JobStopped):
        logger.log(logging.DEBUG if error.by_itself else level, "%s", error)
