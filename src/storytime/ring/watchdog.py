"""Watchdog: a thread beside a job, in the same interpreter, that can stop it.

It waits for orders on a pipe or a socket, since nothing else reaches another interpreter. Told to
stop the job, it notes the job's stack and then raises Stop in the job's thread. That ends Python
code; on 3.15 and later also a sleep or a read. The other side gives up a job that this doesn't end
(it waits for a lock, or a call in C doesn't return).
"""

import sys
import threading
import tokenize  # noqa: F401 (which `traceback` imports when it first reads a source file)
from collections.abc import Callable
from contextlib import suppress
from os import write
from time import monotonic, sleep

from . import _cpython
from .errors import Stop
from .progress import ProgressWriter
from .tracebacks import FrameKind, described_stack
from .wire import decode

STOP = b"stop\n"
"""The order to stop the job. Other lines are passed on."""
ASK = b"ask\n"
"""The order to stop the job when it next calls `check_stopped`."""
TELL = b"tell "
"""The beginning of the order to keep a value, as JSON, until the job asks for it by `told`."""
RUNNING, IDLE, STOPPING_ITSELF = b"r", b"i", b"s"
"""What a socket is answered to STOP: that there is a job, whose stack was reported, or none. The
third says that a job is in a block of `stopping_itself`; another answer follows."""

SOON = 0.05
"""Seconds in which a job may end itself before Stop is raised in it."""

AGAIN = 0.02
"""Seconds until Stop is raised once more in a job that goes on, since it may catch anything."""
TURN = 0.0002
"""Seconds between two threads' turns."""
TIMES = 4
"""How often Stop is raised: about until the other side gives the job up. When the process ends,
none of our code may run in that interpreter (CPython would wait for it)."""


class Watchdog:
    """Watches one job at a time. `orders` is a pipe or a socket, which it closes at the end.

    The thread ends when the other end is closed, and then calls `on_end`. It calls `on_line` with
    each line that isn't an order.
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
        self._told = False
        self._job: tuple[int, _cpython.ThreadState] | None = None
        self._is_busy = False
        self._on_line, self._on_end = on_line, on_end
        # Subinterpreters allow no daemon threads.
        self.thread = threading.Thread(target=self._obey, args=[orders], name="ring-watchdog")
        self.thread.start()

    def watch[Result](self, job: Callable[[], Result], *, anew: bool = False) -> Result:
        """Call the job in this thread, where it may be ended by Stop; not so afterwards.

        An order that came earlier counts, unless it begins `anew`.
        """
        self._told = self._told and not anew
        try:
            self._job = threading.get_ident(), _cpython.current_state()
            if self._told:
                raise Stop
            return job()
        finally:
            self.let_be()

    def let_be(self) -> None:
        """Raise Stop no more in this thread.

        It takes no lock: a last Stop may come anywhere in here, and could leave a lock locked.
        """
        try:
            self._forget_job()
        except Stop:
            self._forget_job()

    def _forget_job(self) -> None:
        self._job = None
        while self._is_busy:  # about to raise Stop in this thread, for some microseconds
            sleep(TURN)
        _cpython.take_back(threading.get_ident())

    def _obey(self, orders: int) -> None:
        with open(orders, "rb") as lines:
            for line in lines:
                if line == STOP:
                    self._stop(orders)
                elif line == ASK:
                    self._progress.stopped = True
                elif line.startswith(TELL):
                    self._progress.told.append(decode(line.removeprefix(TELL).decode()))
                elif self._on_line:
                    self._on_line(line)
        if self._on_end:
            self._on_end()

    def _stop(self, orders: int) -> None:
        self._progress.stopped = self._told = True
        # A running job releases the GIL only every 5 ms, and describing its stack takes several
        # turns. This changes the interpreter's own GIL, in its last moments.
        sys.setswitchinterval(TURN)
        self._wait_for_job(orders)
        self._is_busy = True
        said = IDLE
        with suppress(Exception):  # a job may have patched whatever this needs
            if job := self._job:
                said = RUNNING
                frame = _cpython.frame_of(job[1])
                self._progress.write(".stack", described_stack(frame, self._frame_kind))
        _answer(orders, said)
        for _ in range(TIMES):
            self._is_busy = True
            if job := self._job:
                _cpython.raise_in(job[0], Stop)
            self._is_busy = False
            if not job:
                return
            sleep(AGAIN)

    def _wait_for_job(self, orders: int) -> None:
        """Wait while the job may end itself, because it calls `check_stopped`."""
        until = monotonic() + SOON
        while self._job and (monotonic() < until or self._progress.stops_itself):
            if monotonic() > until:
                until += SOON
                _answer(orders, STOPPING_ITSELF)
            sleep(10 * TURN)


def _answer(orders: int, said: bytes) -> None:
    with suppress(OSError):  # a pipe takes no answer
        write(orders, said)
