"""The interpreter executor that this Python has.

Python 3.14 and later have it in `concurrent.futures`; 3.13 gets it from the backport
`interpreters-pep-734`. With one worker, both have one thread with an interpreter of its own, which
they make for the first job.
"""

import sys
from concurrent.futures import Executor
from typing import Any

from ._cpython import interpreter_count, lacking, workers

LEAKS = sys.version_info < (3, 14)
"""Whether a closed interpreter leaks memory (5 to 8 MB on 3.13: gh-110411)."""

_Executor: Any = None
_lacks = ""
try:
    if sys.version_info >= (3, 14):
        from concurrent import interpreters
        from concurrent.futures import InterpreterPoolExecutor as _Executor
    else:
        # 3.13 crashes when two interpreters import `datetime` at once, unless the main one did
        # before (gh-136421).
        import datetime  # noqa: F401

        from interpreters_backport import interpreters
        from interpreters_backport.concurrent.futures.interpreter import (
            InterpreterPoolExecutor as _Executor,
        )
except ImportError as error:
    _lacks = str(error)


def missing() -> str:
    """Say what subinterpreters need and this Python lacks, "" if it has all."""
    return _lacks or lacking(new_executor("ring"))


def new_executor(name: str) -> Executor:
    """Return an executor with one interpreter of its own, in a thread whose name begins so."""
    executor: Executor = _Executor(max_workers=1, thread_name_prefix=name)
    return executor


def shut_down(executor: Executor, timeout: float) -> bool:
    """End the executor and its interpreter; return False if that takes longer than the seconds.

    It takes for ever if user code still runs in the interpreter.
    """
    executor.shutdown(wait=False)
    threads = workers(executor)
    for thread in threads:
        thread.join(timeout)
    return not any(thread.is_alive() for thread in threads)


_kept: list[Executor] = []


def keep(executor: Executor) -> None:
    """Never close the executor's interpreter.

    An executor that nothing refers to closes it. If a thread that `threading` doesn't know is left
    in it, that is a fatal error of the process (gh-128639).
    """
    _kept.append(executor)


def current_interpreter() -> int:
    """Return the id of the interpreter in which this is called; 0 is the main one."""
    return int(interpreters.get_current().id)


def interpreters_left() -> bool:
    """Return True if any interpreter but this one is alive.

    A process that exits waits for their threads (gh-113146), for ever if one of them doesn't end.
    """
    return not _lacks and interpreter_count() > 1
