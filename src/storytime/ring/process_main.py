"""Runs in a process slot: warms up, does one job, ends. `process` is the other side.

Its orders are lines on its standard input: `["prepare", state, target, arguments]` any number of
times, `["call", folder, state, target, arguments]` once, `stop` at any time. At the input's end,
which may be its parent's end, it ends with all that it started. It answers on what is its standard
output at first, by the lines of `progress` and five more kinds:

    [".compiled", text]     what it compiled while it warmed up (see `compile_cache`)
    [".warm", answer]       it is ready, or why it is not
    [".begun", true]        the job begins: from now on its process's death is the job's
    [".log", text]          what is logged
    [".answer", answer]     the job's, as in `worker`

What jobs print goes to the standard error, in whatever way they print it.
"""

import faulthandler
import json
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from types import SimpleNamespace

from . import worker
from .compile_cache import compiled
from .progress import ProgressWriter
from .wire import Setup, decode

PR_SET_PDEATHSIG = 1
"""Linux's prctl(2)."""


def main() -> None:
    """Warm up, do one job, and end the process."""
    orders, answers = os.dup(0), os.dup(1)  # copies that nobody inherits
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.stdout.reconfigure(  # type: ignore[union-attr]
        line_buffering=True, errors="backslashreplace"
    )
    end_with_parent()
    faulthandler.enable()  # a crash shows the stack of the code that crashed
    jobs: SimpleQueue[bytes] = SimpleQueue()
    setup = sys.argv.pop()
    logs = SimpleNamespace(write=partial(ProgressWriter(answers).write, ".log"))
    runner = worker.JobRunner(setup, orders, answers, logs, on_line=jobs.put, on_end=end_group)
    warm = worker.answer(setup, Setup(**decode(setup)).warm_up, "[]")
    runner.progress.write(".compiled", compiled())
    runner.progress.write(".warm", warm)
    while (order := json.loads(jobs.get()))[0] == "prepare":
        runner.prepare(*order[1:])
        runner.progress.write(".compiled", compiled())
    runner.progress.write(".begun", True)
    _, folder, *call = order
    with suppress(OSError):  # it has been removed
        os.chdir(folder)
    process = os.getpid()
    answer = runner.call(*call).rpartition("\n")[2]
    if os.getpid() != process:  # the job forked, and returned in the child, too
        sys.stdout.flush()
        os._exit(0)
    runner.progress.write(".answer", answer)
    runner.clear_up()
    os._exit(0)  # what the job left running ends with it


def end_group() -> None:
    """End this process and those that it started; its parent made it the leader of a group."""
    os.killpg(0, signal.SIGKILL)


def end_with_parent() -> None:
    """End this process with the thread of its parent that made it, if the system can (Linux).

    Elsewhere only the end of the standard input tells; an endless call in C keeps that unseen.
    """
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
