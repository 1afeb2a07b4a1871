"""The only place that knows which interpreter executor this Python has.

Python 3.14 and later have it in `concurrent.futures`; 3.13 gets it from the backport
`interpreters-pep-734`. Both give one worker thread and one interpreter of its own per executor,
made lazily with the first job.
"""

import sys
import threading
from collections.abc import Callable, MutableMapping
from concurrent.futures import Executor
from contextlib import suppress

LEAKS = sys.version_info < (3, 14)
"""Whether an interpreter that is closed leaves megabytes behind (5 to 8 on 3.13)."""

if sys.version_info >= (3, 14):
    from concurrent import interpreters
    from concurrent.futures import InterpreterPoolExecutor
    from concurrent.futures.thread import _threads_queues

    def _alive() -> int:
        return len(interpreters.list_all())

else:
    # 3.13 crashes when two interpreters import `datetime` at once, unless the main one has it.
    import _interpreters
    import datetime  # noqa: F401

    from interpreters_backport import interpreters
    from interpreters_backport.concurrent.futures.interpreter import InterpreterPoolExecutor
    from interpreters_backport.concurrent.futures.thread import _threads_queues

    def _alive() -> int:
        # The backport's own objects wait for their interpreter when they go.
        return len(_interpreters.list_all())


def new_executor(name: str) -> Executor:
    """An executor whose jobs all run in one interpreter of their own; its thread bears the name."""
    return InterpreterPoolExecutor(max_workers=1, thread_name_prefix=name)


def shut_down(executor: Executor, timeout: float) -> bool:
    """Ends the executor and its interpreter; False where that takes longer than `timeout` seconds.

    It takes for ever where user code is still running in the interpreter. Such an executor's
    threads are forgotten, so that the process can end without them.
    """
    executor.shutdown(wait=False)
    threads = list(executor._threads)  # type: ignore[attr-defined]
    for thread in threads:
        thread.join(timeout)
    if any(thread.is_alive() for thread in threads):
        forget(executor)
        return False
    return True


def forget(executor: Executor) -> None:
    """Lets the process end while the executor still works.

    `concurrent.futures` joins the worker threads of all executors when the process ends, and
    offers no way to exempt one; this takes it from their register. (Its thread must be a daemon,
    too: it is, when a daemon thread submitted the executor's first job.)
    """
    threads: MutableMapping[threading.Thread, object] = _threads_queues  # type: ignore[assignment]
    for thread in list(executor._threads):  # type: ignore[attr-defined]
        threads.pop(thread, None)


_kept: list[Executor] = []
"""As long as the process lives."""


def keep(executor: Executor) -> None:
    """Has the executor's interpreter never closed.

    An executor that nothing refers to ends. Where a thread that `threading` doesn't know is left in
    its interpreter, closing that is a fatal error of the process.
    """
    _kept.append(executor)


def before_exit(function: Callable[[], object]) -> None:
    """Has the function called at the process's end before its executors are waited for.

    What `atexit` knows is called after that, which is too late to end anything they wait for.
    """
    with suppress(RuntimeError):  # the process is ending already
        threading._register_atexit(function)  # type: ignore[attr-defined]


def is_running(executor: Executor) -> bool:
    """Whether a thread of the executor, and so its interpreter, is still there."""
    return any(thread.is_alive() for thread in executor._threads)  # type: ignore[attr-defined]


def current_interpreter() -> int:
    """The id of the interpreter in which this is called; 0 is the main one."""
    return int(interpreters.get_current().id)


def interpreters_left() -> bool:
    """Whether any interpreter but this one is alive.

    A process that ends regularly waits for the threads in them (`finalize_subinterpreters` in
    CPython's pylifecycle.c), for ever where one of them doesn't end.
    """
    return _alive() > 1
