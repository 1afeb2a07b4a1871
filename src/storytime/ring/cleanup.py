"""What a job leaves behind in its interpreter or its process, and what becomes of it.

The current folder, the umask and the environment belong to the whole process, of which a
subinterpreter is a part; threads and exit handlers keep an interpreter from ending.
"""

import builtins
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

from . import _cpython

TIMERS = [getattr(signal, name) for name in dir(signal) if name.startswith("ITIMER_")]
"""Those that there are on this system; they end the process whose code does not expect it."""
ENDING = 0.1
"""Seconds that the threads which a job left have to end."""


class Environment:
    """Restores the process's environment variables to what they were when this was made.

    `os.environ` is another object in each interpreter, but what it sets is set for all.
    """

    def __init__(self) -> None:
        self._before = dict(os.environb)
        self._touched: set[bytes] = set()
        sys.addaudithook(self._audit)

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("os.putenv", "os.unsetenv"):
            self._touched.add(os.fsencode(args[0]))

    def restore(self) -> None:
        for name in self._touched.copy():
            if name in self._before:
                os.putenv(name, self._before[name])
            else:
                os.unsetenv(name)
        self._touched.clear()


STREAMS = range(3)
"""The descriptors of the process's standard streams."""


def keep_streams_open() -> None:
    """Has `os.close` and `os.closerange` leave the standard streams be in this interpreter.

    They are the whole process's. What another thread opens just then would get the number of one
    that is closed, and lose its file when the stream comes back (`kept_surroundings`).
    """
    close, closerange = os.close, os.closerange

    def close_other(fd: int) -> None:
        if fd not in STREAMS:
            close(fd)

    def close_others(fd_low: int, fd_high: int) -> None:
        closerange(max(fd_low, STREAMS.stop), fd_high)

    os.close, os.closerange = wraps(close)(close_other), wraps(closerange)(close_others)


class Builtins:
    """Restores Python's built-in names, without which not even an answer can be given."""

    def __init__(self) -> None:
        self._before = vars(builtins).copy()
        self._update = vars(builtins).update

    def restore(self) -> None:
        self._update(self._before)


@contextmanager
def kept_surroundings() -> Iterator[None]:
    """Restores what the block did to the process: folder, umask, standard streams, timers."""
    folder = current_folder()
    mask = os.umask(0o077)
    os.umask(mask)
    with _kept_streams():
        try:
            yield
        finally:
            for timer in TIMERS:
                signal.setitimer(timer, 0)
            os.umask(mask)
            with suppress(OSError):  # it has gone meanwhile
                os.chdir(folder)


@contextmanager
def _kept_streams() -> Iterator[None]:
    """Has the process's standard streams lead where they led, closed or not by the block."""
    kept = {}
    for stream in STREAMS:
        with suppress(OSError):  # it was closed before
            kept[stream] = os.dup(stream)
    try:
        yield
    finally:
        for stream, copy in kept.items():
            if not _is_same_file(stream, copy):
                os.dup2(copy, stream)
            os.close(copy)


def _is_same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:  # it was closed
        return False


def current_folder() -> str:
    """The current folder; "." where it has none any more."""
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return os.curdir


def end_threads(mine: threading.Thread) -> int:
    """Ends the threads that a job left, but for `mine`; gives how many go on nevertheless."""
    _join(_cpython.stop_pools(), ENDING)
    left = others(mine)
    for each in left:
        _cpython.raise_in(each.ident or 0, SystemExit)
    _join(left, ENDING)  # what a pool or a library waits with can't be interrupted
    return _cpython.thread_count() - 1 - mine.is_alive()  # the caller is one


def others(mine: threading.Thread) -> list[threading.Thread]:
    """The threads that `threading` knows, except for the caller's and `mine`."""
    # In a subinterpreter the main thread is the one that made it, which doesn't run in it.
    known = {threading.get_ident(), threading.main_thread().ident, mine.ident, None}
    return [each for each in threading.enumerate() if each.ident not in known]


def _join(ending: Iterable[threading.Thread], seconds: float) -> None:
    """Waits for the end of the threads, for so long in all."""
    until = time.monotonic() + seconds
    for each in ending:
        each.join(max(0.0, until - time.monotonic()))
