"""InterpreterRing: every job in a fresh interpreter that was warmed before it was needed.

What a caller may rely on:

- No interpreter ever runs two jobs: module state, caches and patches of one are not in the next.
- While one interpreter works, another stands by, warm; so a job starts at once. There are never
  more than two of them.
- Jobs run one at a time, in the order in which they were given; on the event loop nothing waits.
- Whatever a job raises arrives as a RingError, or as an error of a type that the ring's owner
  registered; no exception object ever crosses.
- A job that takes too long, or whose awaiting task is cancelled, is stopped. One that can't be
  stopped is given up, and has to ask `check_stopped` before it writes anything. The next job starts
  at once.
- Where a subinterpreter won't do, the same is done in a process (`isolation` says when).
- `close` is idempotent, does not hang, and leaves no interpreter behind, but for one whose code is
  still running a moment later: that one is given up (it can't keep the process from ending).

How: two slots take turns. A job takes the next from the queue of standbys; when it has ended, the
keeper closes its slot and only then makes the next one, whose warm-up begins at once. The jobs run
in one thread, the keeper is another, so the two never wait for each other, and no caller for them.
What a job can find ready is prepared in the standby: what `prepare` is told to, and what earlier
jobs left for it (`carry_over`).
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
from itertools import count
from queue import SimpleQueue
from typing import Any, Self

from ._cpython import before_exit, let_signals_wake
from .daemon_executor import Lane
from .errors import JobStopped, NeedsProcess, RingError, StandbyFailed
from .isolation import MEMORY_BOUND, Isolation, Kind
from .slot import Slot
from .tracebacks import FrameKind
from .wire import Setup, decode, encode, importable_name

SIZE = 2
"""Interpreters: one that works, one that stands by."""
GRACE = 0.3
"""Seconds that `close` waits for a job that is running."""
ENDING = 0.6
"""Seconds that `close` gives all in which user code ran; it takes some 20 ms where none does."""
LEAST = 0.3
"""Seconds that it gives each interpreter at least, so that a busy machine does not cost one."""
PATIENCE = 5.0
"""Seconds that it gives a standby, in which nothing can keep it from ending."""

NOT_NEEDED = "it was stopped, since it was no longer needed"
"""The message of a cancellation that is nobody's concern."""
CLOSED = "the interpreter ring is closed; make a new one"
LEFT_RUNNING = "%s can't be closed, since code of its %s is still running; it was given up"
MOST_CARRIED = 256
"""Things that jobs left for later ones and that are handed on, the latest ones."""

logger = logging.getLogger(__name__)


class InterpreterRing:
    """Two interpreters, used in turn and each once; a context manager, sync and async.

    `warm_up` is called in each interpreter before its job comes. `timeout` is how many seconds a
    job may take (None: as long as it likes). With `isolation` "process" jobs run in processes
    always; with "auto" where subinterpreters won't do: `on_notice` is told so once, in a sentence,
    which is logged otherwise. `memory_bound` is what closed interpreters may leave behind before
    that, in MB (of interest on Python 3.13).

    The rest is for an owner who wants more than that. Exceptions of the `error_types` are raised
    anew in the caller, by their `to_data()` (plain data) and `from_data(data)`. `frame_kind` says
    of a file name what a traceback does with its frames. `carry_over` are two functions: the first
    is called after a job, in its interpreter, and returns a list of plain data; the second is
    called in each standby with the latest 256 things that such lists held. `loggers` are names of
    loggers whose levels hold in the job's interpreter, too, and the first one's format. `name`
    begins the names of threads; messages and the labels of printed lines call a job a `noun`.

    All functions and types must be importable by name: see `run`.
    """

    def __init__(
        self,
        *,
        warm_up: Callable[[], object] | None = None,
        timeout: float | None = None,
        isolation: Kind = "auto",
        memory_bound: float = MEMORY_BOUND,
        on_notice: Callable[[str], None] | None = None,
        error_types: Sequence[type[Exception]] = (),
        frame_kind: Callable[[str], FrameKind] | None = None,
        carry_over: tuple[Callable[[], Sequence[Any]], Callable[[Any], object]] | None = None,
        loggers: Sequence[str] = (),
        name: str = "ring",
        noun: str = "job",
    ) -> None:
        self._closed = True  # until it is complete: `__del__` says nothing of half a ring
        if timeout is not None and timeout <= 0:
            raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout}")
        if isolation not in ("auto", "process"):
            raise ValueError(f"isolation must be 'auto' or 'process', not {isolation!r}")
        self._hand_on: Callable[[Any], object] | None
        collect, self._hand_on = carry_over or (None, None)
        self._setup = Setup(
            name,
            noun,
            tuple(loggers),
            importable_name(warm_up) if warm_up else "",
            importable_name(frame_kind) if frame_kind else "",
            tuple(map(importable_name, error_types)),
            importable_name(collect) if collect else "",
        )
        let_signals_wake()
        self._timeout = timeout
        tell = on_notice or logger.warning
        self._isolation = Isolation(self._setup, isolation, memory_bound, tell)
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._slots: set[Slot] = set()
        self._standbys: SimpleQueue[Slot | RingError] = SimpleQueue()
        self._working: Slot | None = None
        self._preparations: dict[Callable[..., Any], tuple[Any, ...]] = {}
        self._carried: dict[str, None] = {}
        self._numbers = count(1)
        self._jobs = Lane(f"{name}-jobs")
        self._keeper = Lane(f"{name}-keeper")
        closing = weakref.WeakMethod(self.close)
        before_exit(lambda: (close := closing()) and close())
        self._closed = False
        for _ in range(SIZE):
            self._keeper.submit(self._add_standby)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Runs a module's function in the standby; returns its result.

        Arguments and result are plain data (what JSON knows, and paths). Raises JobRaised, or a
        registered error, where the function raises; JobStopped where it took too long or its
        process died; TypeError for a function that can't be imported or arguments that are no plain
        data; RingError where the ring is closed or an interpreter can't be warmed, with the cause.
        """
        return self._submit(Job(function, arguments)).result()

    async def run_async(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """`run` without blocking the event loop.

        A task that is cancelled meanwhile has its job stopped, and ends when that is over (within
        0.2 s); the message of `Task.cancel`, where there is one, says why in the log (of NOT_NEEDED
        there is no word).
        """
        job = Job(function, arguments)
        future = self._submit(job)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as error:
            why = str(error) or f"the {self._setup.noun} was given up by its caller"
            job.interrupt(why)
            level = logging.DEBUG if why == NOT_NEEDED else logging.WARNING
            with suppress(Exception, asyncio.CancelledError):
                await _logged(asyncio.wrap_future(future), level)
            raise

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Has each standby, this one and those to come, call a function before it is needed.

        It is for what a job can find ready in its interpreter, as plain data in arguments; where it
        fails, the job has to do without. Of calls of one function the last counts.
        """
        with self._lock:
            self._preparations[function] = arguments
            for slot in self._slots - {self._working}:
                slot.prepare(function, *arguments)

    def close(self) -> None:
        """Ends both interpreters; who still waits for a job gets a RingError."""
        with self._making, self._lock:
            first, self._closed = not self._closed, True
        if not first:
            self._ended.wait(PATIENCE)  # for the thread that closes already
            return
        try:
            self._end(time.monotonic() + ENDING)
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

    def _submit(self, job: Job) -> Future[Any]:
        with self._lock:
            self._check_open()
            return self._jobs.submit(partial(self._work, job))

    def _check_open(self) -> None:
        if self._closed:
            raise RingError(CLOSED)

    def _end(self, until: float) -> None:
        """Ends the jobs and both interpreters, as far as possible by that (monotonic) time."""
        self._standbys.put(RingError(CLOSED))  # for a job that waits for one
        if not self._jobs.close(GRACE) and (working := self._working):
            why = f"the {self._setup.noun} was still running when the ring closed; it was stopped"
            logger.warning("%s", why)
            working.interrupt(why)
            self._jobs.close(_seconds(until))
        while not self._standbys.empty():
            standby = self._standbys.get()
            if not isinstance(standby, RingError):
                standby.close(PATIENCE)
        with self._lock:
            slots = list(self._slots)
        for slot in slots:
            if not slot.close(max(LEAST, _seconds(until))):
                logger.warning(LEFT_RUNNING, slot.name, self._setup.noun)
        self._keeper.close(max(LEAST, _seconds(until)))

    # In the thread of the jobs.

    def _work(self, job: Job) -> Any:
        """Run the job in the first standby that can. Only a failure of more standbys than could
        have been killed while they stood by is raised; one of fewer is logged.
        """
        failed = 0
        while True:
            standby = self._take_standby()
            try:
                if isinstance(standby, RingError):
                    raise standby
                if self._isolation.suits(standby):
                    standby.wait_until_warm()
                    return job.run_in(standby, self._timeout)
            except NeedsProcess as error:
                self._isolation.refused(error.what)
            except StandbyFailed as error:
                failed += 1
                if failed > SIZE or self._closed:
                    raise
                logger.warning("%s", error)
            finally:
                self._retire(standby)

    def _retire(self, slot: Slot | RingError) -> None:
        self._working = None
        self._keeper.submit(partial(self._replace, slot))

    def _take_standby(self) -> Slot | RingError:
        """The next standby, as the one that `close` stops where it does not end."""
        with self._lock:
            self._check_open()
        standby = self._standbys.get()
        with self._lock:
            self._check_open()
            self._working = None if isinstance(standby, RingError) else standby
        return standby

    # In the keeper's thread.

    def _replace(self, used: Slot | RingError) -> None:
        if not isinstance(used, RingError):
            self._carry_over(used.collected)
            if used.close():
                self._isolation.note_memory()
            elif not self._closed:
                logger.warning(LEFT_RUNNING, used.name, self._setup.noun)
            with self._lock:
                self._slots.discard(used)
        self._add_standby()

    def _carry_over(self, collected: Sequence[Any]) -> None:
        new = [each for each in map(encode, collected) if each not in self._carried]
        if self._hand_on and new:
            self._carried.update(dict.fromkeys(new))
            self._carried = dict.fromkeys(list(self._carried)[-MOST_CARRIED:])
            self.prepare(self._hand_on, [decode(each) for each in self._carried])

    def _add_standby(self) -> None:
        with self._making:  # so that `close` comes before it or finds the slot
            if self._closed:
                return
            try:
                slot = self._isolation.new_slot(next(self._numbers))
            except Exception as error:
                self._standbys.put(StandbyFailed(f"no interpreter can be made: {error}"))
                return
            with self._lock:
                self._slots.add(slot)
                for function, arguments in self._preparations.items():
                    slot.prepare(function, *arguments)
            self._standbys.put(slot)


async def _logged(job: asyncio.Future[Any], level: int) -> None:
    try:
        await job
    except JobStopped as error:
        logger.log(level, "%s", error)


def _seconds(until: float) -> float:
    return max(0.0, until - time.monotonic())


class Job:
    """A function's call, which runs in a slot, and may be interrupted before and meanwhile."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._target, self._arguments = importable_name(function), encode(arguments)
        self._lock = threading.Lock()
        self._slot: Slot | None = None
        self._why = ""

    def run_in(self, slot: Slot, timeout: float | None) -> Any:
        with self._lock:
            self._slot = slot
            if self._why:
                slot.interrupt(self._why)
        return slot.run(self._target, self._arguments, timeout)

    def interrupt(self, why: str) -> None:
        """Ends it, wherever it runs: its caller gets a JobStopped."""
        with self._lock:
            self._why = why
            if self._slot:
                self._slot.interrupt(why)
