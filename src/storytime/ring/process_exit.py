"""Ends the process where an interpreter that was given up would keep it from exiting.

When a process exits, CPython ends all of its interpreters, and waits for the threads in them
(gh-113146): for ever, if one of them waits for something. So if such an interpreter is left, this
does instead what comes before that: it runs the exit handlers and flushes the standard streams.
Then it ends the process at once, with the exit status that it would have had.
"""

import atexit
import os
import signal
import sys
import threading
from concurrent.futures import Executor
from functools import partial
from types import CodeType

from ._cpython import before_exit, forget, run_exit_handlers, workers

TOOLS = 4, 3
"""Ids of `sys.monitoring` that no kind of tool is meant to use."""
FLUSHING_FAILED = 120
"""The exit status of a Python that can't flush its standard output."""

_threads: list[threading.Thread] = []
_statuses: list[int] = []
"""The exit status, as far as it is known; nothing before the first interpreter was given up."""


def leave_behind(executor: Executor) -> None:
    """Let the process exit while the executor's interpreter is alive."""
    if not _statuses:
        _statuses.append(0)
        _note_status()
        # A handler that is registered when the process begins to exit is the first to be called.
        if not before_exit(partial(atexit.register, _end)):
            atexit.register(_end)
            _statuses[0] = int(hasattr(sys, "last_exc"))  # too late for the status of `sys.exit`
    forget(executor)
    _threads[:] = [each for each in (*_threads, *workers(executor)) if each.is_alive()]


def _note_status() -> None:
    """From now on, note with which exception the main thread's outermost function ends.

    Nothing else tells the exit status: the exception of `sys.exit` is gone before exit handlers
    are called. If no tool is free, the status is 0.
    """
    monitoring = sys.monitoring
    for tool in TOOLS:
        if monitoring.get_tool(tool) is None:
            monitoring.use_tool_id(tool, __name__)
            monitoring.register_callback(tool, monitoring.events.PY_UNWIND, _unwound)
            monitoring.set_events(tool, monitoring.events.PY_UNWIND)
            return


def _unwound(code: CodeType, offset: int, error: BaseException) -> None:
    if threading.current_thread() is threading.main_thread() and not sys._getframe(1).f_back:
        match error:
            case SystemExit(code=int() | None as status):
                _statuses[0] = status or 0
            case KeyboardInterrupt():
                _statuses[0] = -signal.SIGINT
            case _:
                _statuses[0] = 1


def _end() -> None:
    """Run the other exit handlers and end the process, unless all interpreters have ended."""
    if not any(thread.is_alive() for thread in _threads):
        return
    atexit.unregister(_end)
    run_exit_handlers()
    status = _statuses[0]
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # it is None, broken or closed
            status = status or FLUSHING_FAILED if stream is sys.stdout else status
    if status < 0:  # what Ctrl-C ends is known by its parent to have been ended so
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status & 0xFF)
