"""All that this package uses of what CPython keeps private, or doesn't document.

A Python that lacks some of it must not stop the ring. Every name is therefore looked up here, with
a substitute that does for processes. `lacking` names what subinterpreters can't do without: where
there is such a name, the ring uses processes (see `isolation`).
"""

from __future__ import annotations

import atexit
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from concurrent.futures import Executor

try:
    # `concurrent.interpreters` has the same, but loads ten times as much. (On 3.13 the backport's
    # objects would also wait for their interpreters to end.)
    from _interpreters import get_current, list_all
except ImportError:
    IN_MAIN = True
else:
    IN_MAIN = get_current()[0] == 0
    """True in the main interpreter."""

# Threads, by CPython's C API (https://docs.python.org/3/c-api/threads.html): their stacks, and
# exceptions raised in them. `sys._current_frames` would do for the stacks, but it walks the threads
# of all interpreters, also of those that run at this moment with a GIL of their own, which crashes.
# `pythonapi` holds the GIL during a call, so no thread comes or goes meanwhile.

type ThreadState = int
"""The address of a thread's state."""

_lacks = ""
_get: Any = None
try:
    import ctypes

    _pointer, _object = ctypes.c_void_p, ctypes.py_object

    def _function(name: str, result: Any, *arguments: Any) -> Any:
        return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))

    _get = _function("PyThreadState_Get", _pointer)
    _interpreter = _function("PyInterpreterState_Get", _pointer)
    _head = _function("PyInterpreterState_ThreadHead", _pointer, _pointer)
    _next = _function("PyThreadState_Next", _pointer, _pointer)
    _frame = _function("PyThreadState_GetFrame", _object, _pointer)
    _raise = _function("PyThreadState_SetAsyncExc", ctypes.c_int, ctypes.c_ulong, _object)
    _take_back = _function("PyThreadState_SetAsyncExc", ctypes.c_int, ctypes.c_ulong, _pointer)
except (ImportError, AttributeError) as error:
    _lacks, _get = str(error), None

calling_module: Callable[[int], str | None] = getattr(
    sys, "_getframemodulename", lambda depth: None
)
"""Return the name of a caller's module; 0 is the function that calls this."""


def be_main_thread() -> None:
    """Make the calling thread the main one for `threading` in this interpreter.

    In a subinterpreter `threading` takes the process's main thread for it, which never runs there
    (gh-75698), so code that checks that it runs in the main thread would fail.
    """
    main: Any = threading.main_thread()
    threads: dict[int, Any] = getattr(threading, "_active", {})
    if threads.pop(main.ident, None) and hasattr(main, "_set_ident"):
        main._set_ident()
        threads[main.ident] = main


WAKE_UP = signal.SIGURG
"""Sent to a thread that waits in the system; ignored where nobody handles it."""


def current_state() -> ThreadState:
    """The state of the calling thread."""
    return int(_get()) if _get else 0


def thread_count() -> int:
    """How many threads this interpreter has, including those that `threading` doesn't know."""
    if not _get:
        return threading.active_count()
    number, state = 0, _head(_interpreter())
    while state:
        number, state = number + 1, _next(state)
    return number


def frame_of(state: ThreadState) -> FrameType | None:
    """The innermost Python frame of an existing thread; None if it runs no Python code."""
    with suppress(ValueError):  # ctypes raises it for a null pointer
        frame: FrameType | None = _frame(state) if _get else None
        return frame
    return None


def raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise the error in the thread (by its ident) as soon as that runs Python code.

    Python 3.15 and later also raise it in a sleep or a read, when a signal comes (gh-144748).
    """
    if _get:
        _raise(thread, error)
        with suppress(ProcessLookupError):
            signal.pthread_kill(thread, WAKE_UP)


def take_back(thread: int) -> None:
    """Don't raise in the thread what was to be raised and was not yet."""
    if _get:
        _take_back(thread, None)


def let_signals_wake() -> None:
    """Handle WAKE_UP in this process, without which it interrupts nothing.

    Only the main thread can do so; in another, or where the program handles the signal itself, this
    does nothing.
    """
    with suppress(ValueError):
        if signal.getsignal(WAKE_UP) is signal.SIG_DFL:
            signal.signal(WAKE_UP, lambda *_: None)


# The end of a process, or of an interpreter.


def before_exit(function: Callable[[], object]) -> bool:
    """Call the function when the process ends, before it waits for its executors.

    Returns False if the process is ending already.

    What `atexit` knows is called after that, which is too late to end anything they wait for. There
    is no public way (gh-86128).
    """
    register = getattr(threading, "_register_atexit", atexit.register)
    try:
        register(function)
    except RuntimeError:
        return False
    return True


def run_exit_handlers() -> None:
    """Run what was registered with `atexit`, as the end of an interpreter does."""
    atexit._run_exitfuncs()


def stop_pools() -> list[threading.Thread]:
    """Tell the threads of this interpreter's thread pools to end; return them.

    `concurrent.futures` does the same at the end of an interpreter, but waits for each thread then,
    and some may never end (gh-83993).
    """
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools is None:
        return []
    pools._shutdown = True
    queues = dict(getattr(pools, "_threads_queues", {}))
    for queue in queues.values():
        queue.put(None)
    return list(queues)


# Executors.


def workers(executor: Executor) -> list[threading.Thread]:
    """The executor's threads."""
    return list(getattr(executor, "_threads", ()))


def forget(executor: Executor) -> None:
    """Let the process end while the executor still works.

    `concurrent.futures` joins the worker threads of all executors when the process ends, and offers
    no way to exempt one (gh-80961); this removes them from its register. (The thread must be a
    daemon, too: it is, if a daemon thread submitted the executor's first job.)
    """
    module = sys.modules[type(executor).__mro__[1].__module__]
    for thread in workers(executor):
        getattr(module, "_threads_queues", {}).pop(thread, None)


# Regular expressions.

type Parts = tuple[int, list[int], int, dict[str, int], tuple[str | None, ...]]
"""What a pattern is made of, besides its text: flags, code, groups, and their names twice."""


def reuse_patterns(
    known: Callable[[tuple[str, int]], Parts | None],
    note: Callable[[tuple[str, int], Parts], object],
) -> None:
    """Have `re` make a pattern, given as text and flags, from `known` parts, and `note` new ones.

    `re` itself can't: it even pickles a pattern as its text. Without these names it compiles all.
    """
    compiler: Any = getattr(re, "_compiler", None)
    if not all(hasattr(compiler, name) for name in ("compile", "_code", "_sre")):
        return
    compile_new, make_code, sre = compiler.compile, compiler._code, compiler._sre
    made = threading.local()

    def code(parsed: Any, flags: int) -> Any:
        made.code = make_code(parsed, flags)
        return made.code

    def compile_or_reuse(text: Any, flags: int = 0) -> Any:
        if type(text) is not str or flags & re.DEBUG:
            return compile_new(text, flags)
        key = (text, int(flags))
        if parts := known(key):
            return sre.compile(text, *parts)
        new = compile_new(text, flags)
        names: list[str | None] = [None] * (new.groups + 1)
        for name, number in new.groupindex.items():
            names[number] = name
        codes = [*map(int, made.code)]  # plain data, not `re`'s named numbers
        note(key, (new.flags, codes, new.groups, dict(new.groupindex), tuple(names)))
        return new

    compiler.compile, compiler._code = compile_or_reuse, code


# The rest.


def interpreter_count() -> int:
    """Return how many interpreters this process has."""
    return len(list_all())


def environment_data() -> Any:
    """Return the mapping behind `os.environb`; setting it doesn't set the process's variables.

    Without it, `os.environb` does: it also sets what the process has already.
    """
    return getattr(os.environb, "_data", os.environb)


def interpreter_flags() -> list[str]:
    """The command line options of this Python, as `multiprocessing` passes them on."""
    import subprocess  # here, as a job's interpreter doesn't need it

    flags: list[str] = getattr(subprocess, "_args_from_interpreter_flags", list)()
    return flags


def format_of(formatter: logging.Formatter) -> tuple[str, type]:
    """Return a formatter's text and the class of its style."""
    style = getattr(formatter, "_style", None)
    return getattr(formatter, "_fmt", None) or "", type(style)


def lacking(executor: Executor) -> str:
    """Say what subinterpreters need and this Python lacks, "" if it has all."""
    module = sys.modules[type(executor).__mro__[1].__module__]
    for owner, name in (
        (executor, "_threads"),
        (module, "_threads_queues"),
        (threading, "_register_atexit"),
        (atexit, "_run_exitfuncs"),
    ):
        if not hasattr(owner, name):
            return f"{getattr(owner, '__name__', 'an executor')} has no {name}"
    return _lacks
