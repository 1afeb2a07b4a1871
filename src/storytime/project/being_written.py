"""Tells whether some program has a file open to write to it, where the system knows (Linux)."""

import fcntl
import os
import signal
from contextlib import suppress

LEASE = getattr(fcntl, "F_SETLEASE", None)


def is_being_written(file: str) -> bool:
    """Return True if the file is open for writing: what it holds may be half of what it will.

    A read lease is granted only on a file that nobody has open for writing (fcntl(2)). It is given
    back at once. False if the file system has no leases, as on a network.
    """
    if LEASE is None:
        return False
    with suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            # Of who wants to write meanwhile a signal tells. The one that is set otherwise, SIGIO,
            # ends a process that doesn't expect it; this one nobody notices.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, LEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, LEASE, fcntl.F_UNLCK)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
