"""Watchdog: a thread beside a job, in the same interpreter, that can end it.

It waits for orders on a pipe, since nothing else reaches another interpreter. Told to stop the
job, it first notes where the job is, then raises Stop in the job's thread. That ends whatever runs
Python code; on 3.15 and later also a sleep or a read. What it can't end (a lock, an endless call in
C) is given up by the other side.
"""

import sys
import threading
import tokenize  # noqa: F401 (which `traceback` imports at its first line of source)
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from . import _cpython
from .errors import Stop
from .progress import ProgressWriter
from .tracebacks import FrameKind, described_stack

STOP = b"stop\n"
"""The order to end the job that runs; any other line is given to the job's own side."""

AGAIN = 0.02
"""Seconds until Stop is raised once more in a job that goes on, as it may catch anything."""
TURN = 0.0002
"""Seconds between two threads' turns."""
TIMES = 4
"""How often: the other side gives the job up about then, and nothing of ours is to be left running
in its interpreter when the process ends (CPython would wait for it)."""


class Watchdog:
    """Watches one job at a time; `orders` is a pipe's end to read from, and closed here.

    The thread ends when the other end is closed; `on_end` is called then, and `on_line` with each
    line that is no order to stop.
    """

    def __init__(
        self,
        orders: int,
        progress: ProgressWriter,
        frame_kind: Callable[[str], FrameKind],
        *,
        on_line: Callable[[bytes], object] | None = None,
        on_end: Callable[[], object] | None = None,
    ) -> None:
        self._progress = progress
        self._frame_kind = frame_kind
        self._lock = threading.Lock()
        self._told = False
        self._job: tuple[int, _cpython.ThreadState] | None = None
        self._ended = threading.Event()
        self._on_line, self._on_end = on_line, on_end
        # No daemon: a subinterpreter allows none.
        self.thread = threading.Thread(target=self._obey, args=[orders], name="ring-watchdog")
        self.thread.start()

    @contextmanager
    def watching(self, *, anew: bool = False) -> Iterator[None]:
        """Within it the caller's thread may be ended by Stop; after it no more.

        An order that came before counts, unless it begins `anew`.
        """
        thread = threading.get_ident()
        with self._lock:
            self._told = self._told and not anew
            if self._told:
                raise Stop
            self._ended.clear()
            self._job = thread, _cpython.current_state()
        try:
            yield
        finally:
            try:
                self._let_be(thread)
            except Stop:  # raised at the last moment; the next one is AGAIN away
                self._let_be(thread)

    def _let_be(self, thread: int) -> None:
        with self._lock:
            self._job = None
            _cpython.take_back(thread)
        self._ended.set()

    def _obey(self, orders: int) -> None:
        with open(orders, "rb") as lines:
            for line in lines:
                if line == STOP:
                    self._stop()
                elif self._on_line:
                    self._on_line(line)
        if self._on_end:
            self._on_end()

    def _stop(self) -> None:
        self._progress.stopped = self._told = True
        # A job that runs on lets go of the GIL every 5 ms only, and finding out where it is takes
        # several turns. It is this interpreter's own GIL, and its last moments.
        sys.setswitchinterval(TURN)
        with self._lock, suppress(Exception):  # a job may have patched whatever this needs
            if self._job:
                frame = _cpython.frame_of(self._job[1])
                self._progress.write(".stack", described_stack(frame, self._frame_kind))
        for _ in range(TIMES):
            with self._lock:
                if self._job is None:
                    return
                _cpython.raise_in(self._job[0], Stop)
            self._ended.wait(AGAIN)
