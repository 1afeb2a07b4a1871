"""The threads of this interpreter, by CPython's C API: their stacks, and exceptions raised in them.

`sys._current_frames` would do for the stacks, but it walks the threads of *all* interpreters, also
of those that run at this moment with a GIL of their own; what is asked for here are this one's.
The functions are documented at https://docs.python.org/3/c-api/init.html#thread-state-and-the-global-interpreter-lock
(`pythonapi` holds the GIL during a call, so no thread comes or goes meanwhile).
"""

import ctypes
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType

type ThreadState = int
"""The address of a thread's state."""

WAKE_UP = getattr(signal, "SIGURG", None)
"""Sent to a thread that waits in the system; ignored where nobody handles it."""

_api = ctypes.pythonapi
_get = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyThreadState_Get", _api))
_interpreter = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyInterpreterState_Get", _api))
_head = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(("PyInterpreterState_ThreadHead", _api))
_next = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(("PyThreadState_Next", _api))
_frame = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p)(("PyThreadState_GetFrame", _api))
_raise = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", _api)
)
_forget = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)(
    ("PyThreadState_SetAsyncExc", _api)
)


def current_state() -> ThreadState:
    """The state of the thread that calls."""
    return int(_get())


def count() -> int:
    """How many threads this interpreter has, those included that `threading` knows nothing of."""
    number, state = 0, _head(_interpreter())
    while state:
        number, state = number + 1, _next(state)
    return number


def frame_of(state: ThreadState) -> FrameType | None:
    """The innermost Python frame of a thread that exists; None where it runs no Python code."""
    with suppress(ValueError):  # ctypes' word for a null pointer
        frame: FrameType = _frame(state)
        return frame
    return None


def raise_in(thread: int, error: type[BaseException]) -> None:
    """Raises in the thread (by its ident) as soon as that runs Python code.

    Where the Python looks for such errors when a signal comes (3.15), also in a sleep or a read.
    """
    _raise(thread, error)
    if WAKE_UP is not None and hasattr(signal, "pthread_kill"):
        with suppress(ProcessLookupError):
            signal.pthread_kill(thread, WAKE_UP)


def let_signals_wake() -> None:
    """Prepares the process for `raise_in`: WAKE_UP has to be handled for it to interrupt anything.

    Only the main thread can do so; called in another, or where the program handles the signal
    itself, this does nothing.
    """
    with suppress(ValueError):
        if WAKE_UP is not None and signal.getsignal(WAKE_UP) is signal.SIG_DFL:
            signal.signal(WAKE_UP, lambda *_: None)


def take_back(thread: int) -> None:
    """Lets a thread be in which an error was to be raised and was not yet."""
    _forget(thread, None)


def others(mine: threading.Thread) -> list[threading.Thread]:
    """The threads that `threading` knows, but for the caller's and `mine`."""
    # In a subinterpreter the main thread is the one that made it, which doesn't run in it.
    known = {threading.get_ident(), threading.main_thread().ident, mine.ident, None}
    return [each for each in threading.enumerate() if each.ident not in known]


def end_others(mine: threading.Thread, seconds: float) -> None:
    """Ends the `others`, if they let it.

    What a thread pool or a library waits with can't be interrupted; `seconds` are for all of them.
    """
    ending = others(mine)
    for each in ending:
        raise_in(each.ident or 0, SystemExit)
    join(ending, seconds)


def join(ending: Iterable[threading.Thread], seconds: float) -> None:
    """Waits for the end of the threads, for so long in all."""
    until = time.monotonic() + seconds
    for each in ending:
        each.join(max(0.0, until - time.monotonic()))


def join_others(mine: threading.Thread) -> None:
    """Waits for the end of the `others`, for ever where one does not end."""
    for each in others(mine):
        each.join()
