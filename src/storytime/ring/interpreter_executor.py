"""The only place that knows which interpreter executor this Python has.

Python 3.14 and later have it in `concurrent.futures`; 3.13 gets it from the backport
`interpreters-pep-734`. Both give one worker thread and one interpreter of its own per executor,
made lazily with the first job.
"""

import sys
from concurrent.futures import Executor
from typing import Any

from ._cpython import forget, lacking, workers

LEAKS = sys.version_info < (3, 14)
"""Whether a closed interpreter leaves megabytes behind (5 to 8 on 3.13: gh-110411)."""

_Executor: Any = None
_lacks = ""
if sys.version_info >= (3, 14):
    try:
        from concurrent import interpreters
        from concurrent.futures import InterpreterPoolExecutor as _Executor
    except ImportError as error:
        _lacks = str(error)

    def _alive() -> int:
        return len(interpreters.list_all())

else:
    # 3.13 crashes when two interpreters import `datetime` at once, unless the main one did before
    # (gh-136421).
    import datetime  # noqa: F401

    try:
        import _interpreters

        from interpreters_backport import interpreters
        from interpreters_backport.concurrent.futures.interpreter import (
            InterpreterPoolExecutor as _Executor,
        )
    except ImportError as error:
        _lacks = str(error)

    def _alive() -> int:
        # The backport's own objects wait for their interpreter when they go.
        return len(_interpreters.list_all())


def missing() -> str:
    """Say what subinterpreters need and this Python lacks, "" if it has all."""
    return _lacks or lacking(new_executor("ring"))


def new_executor(name: str) -> Executor:
    """An executor whose jobs all run in one interpreter of their own; its thread bears the name."""
    executor: Executor = _Executor(max_workers=1, thread_name_prefix=name)
    return executor


def shut_down(executor: Executor, timeout: float) -> bool:
    """Ends the executor and its interpreter; False where that takes longer than `timeout` seconds.

    It takes for ever where user code is still running in the interpreter. Such an executor's
    threads are forgotten, so that the process can end without them.
    """
    executor.shutdown(wait=False)
    threads = workers(executor)
    for thread in threads:
        thread.join(timeout)
    if any(thread.is_alive() for thread in threads):
        forget(executor)
        return False
    return True


_kept: list[Executor] = []
"""As long as the process lives."""


def keep(executor: Executor) -> None:
    """Has the executor's interpreter never closed.

    An executor that nothing refers to ends. Where a thread that `threading` doesn't know is left in
    its interpreter, closing that is a fatal error of the process (gh-128639).
    """
    _kept.append(executor)


def current_interpreter() -> int:
    """The id of the interpreter in which this is called; 0 is the main one."""
    return int(interpreters.get_current().id)


def interpreters_left() -> bool:
    """Whether any interpreter but this one is alive.

    A process that ends regularly waits for the threads in them (gh-113146), for ever where one of
    them doesn't end.
    """
    return not _lacks and _alive() > 1
