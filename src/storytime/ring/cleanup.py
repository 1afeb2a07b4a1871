"""What a job changes in its process or leaves behind in its interpreter.

The current folder, the umask and the environment belong to the whole process, of which a
subinterpreter is a part. Threads and exit handlers keep an interpreter from ending.
"""

import os
import signal
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps

from . import _cpython

TIMERS = [getattr(signal, name) for name in dir(signal) if name.startswith("ITIMER_")]
"""The timers of this system. One that goes off ends a process that doesn't expect it."""
ENDING = 0.1
"""Seconds that the threads which a job left have to end."""

STREAMS = range(3)
"""The file descriptors of the process's standard streams."""


def keep_streams_open() -> None:
    """Make `os.close` and `os.closerange` ignore the standard streams in this interpreter.

    They are the whole process's. If a job closed one, what another thread opens next would get its
    number, and `kept_surroundings` would overwrite that file when it restores the stream
    (test_a_job_can_not_close_the_streams_of_the_process).
    """
    close, close_all = os.close, os.closerange
    os.close = wraps(close)(lambda fd: None if fd in STREAMS else close(fd))
    os.closerange = wraps(close_all)(lambda low, high: close_all(max(low, STREAMS.stop), high))


class _Surroundings:
    """The process's folder, umask and standard streams, as they are when this is made.

    The umask can be read only by setting it, so it is taken from `mask` if that is known.
    """

    def __init__(self, mask: int | None) -> None:
        self.is_over = False
        self._folder = current_folder()
        if mask is None:
            os.umask(mask := os.umask(0o077))
        self.mask = mask
        self._streams = {}
        for stream in STREAMS:
            with suppress(OSError):  # it was closed before
                self._streams[stream] = os.dup(stream)

    def restore(self) -> None:
        os.umask(self.mask)
        with suppress(OSError):  # it has been removed
            os.chdir(self._folder)
        for stream, copy in self._streams.items():
            os.dup2(copy, stream)

    def close(self) -> None:
        for copy in self._streams.values():
            os.close(copy)


_lock = threading.Lock()
_found: list[_Surroundings] = []
"""What running jobs found, the earliest first: that was changed by no job."""


@contextmanager
def kept_surroundings() -> Iterator[None]:
    """Restore what the block changes in the process: folder, umask, standard streams, timers.

    Of blocks that overlap each restores what it found, and the last to end what the first found.
    """
    with _lock:
        own = _Surroundings(_found[0].mask if _found else None)
        _found.append(own)
    try:
        yield
    finally:
        with _lock:
            own.is_over = True
            if all(each.is_over for each in _found):
                for timer in TIMERS:
                    signal.setitimer(timer, 0)
                _found[0].restore()
                for each in _found:
                    each.close()
                _found.clear()
            else:
                own.restore()
                if own is not _found[0]:
                    own.close()
                    _found.remove(own)


def current_folder() -> str:
    """Return the current folder, or "." if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return os.curdir


def restore_variables(names: Collection[str]) -> None:
    """Restore variables of the process that another interpreter has set or deleted.

    Each interpreter has an `os.environ` of its own, but setting it sets the process's variables.
    """
    for name in names:
        if (value := os.environ.get(name)) is None:
            os.unsetenv(name)
        else:
            os.putenv(name, value)
    if "TZ" in names:
        time.tzset()


def end_threads(mine: threading.Thread) -> int:
    """End the threads that a job left, all but `mine`; return how many go on."""
    _join(_cpython.stop_pools(), ENDING)
    left = other_threads(mine)
    for each in left:
        _cpython.raise_in(each.ident or 0, SystemExit)
    _join(left, ENDING)  # a pool or a library may wait for something that can't be interrupted
    # A thread that ends (`mine`, when the slot is given up) is counted a moment longer.
    until = time.monotonic() + ENDING
    while (number := _cpython.thread_count() - 1 - mine.is_alive()) and time.monotonic() < until:
        time.sleep(ENDING / 20)
    return number  # without the caller's


def other_threads(mine: threading.Thread) -> list[threading.Thread]:
    """Return the threads that `threading` knows, without the caller's and `mine`."""
    # A subinterpreter without a runner takes the process's main thread for its own.
    known = {threading.get_ident(), threading.main_thread().ident, mine.ident, None}
    return [each for each in threading.enumerate() if each.ident not in known]


def _join(ending: Iterable[threading.Thread], seconds: float) -> None:
    """Wait for the end of the threads, that long in all."""
    until = time.monotonic() + seconds
    for each in ending:
        each.join(max(0.0, until - time.monotonic()))
