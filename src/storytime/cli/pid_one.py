"""Runs a command in a child process where this one is PID 1, as a container's command is.

The kernel ignores signals to PID 1 that it doesn't handle, so that SIGTERM would not end a build,
and gives it the orphans of all others, whose ends it has to read.
"""

import os
import signal
from typing import Never

FROM_TERMINAL = 0x80
"""SI_KERNEL: the child got the signal, too, since it is in the terminal's foreground group."""


def run_in_child() -> None:
    """Return in a child process; this one ends with the child's exit code."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    if child := os.fork():
        _mind(child)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _mind(child: int) -> Never:
    """Pass signals on to the child and reap orphans until it ends."""
    while True:
        got = signal.sigwaitinfo(signal.valid_signals())
        if got.si_signo != signal.SIGCHLD:
            if got.si_code != FROM_TERMINAL:
                os.kill(child, got.si_signo)
            continue
        ended, status = 1, 0
        while ended:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
