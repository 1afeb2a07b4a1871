"""Moments: which files changed since a build began, whatever has become of the clock meanwhile."""

import os
import time
from collections.abc import Collection

CLOCK_TICK = 0.01
"""Seconds by which a file's time may lag behind the clock: the kernel's tick."""


def gone(files: Collection[str]) -> set[str]:
    """Those of the files that are not there."""
    return {file for file in files if not os.path.exists(file)}


type Stamp = tuple[int, int]
"""A file's inode and status time (ns), which a rename changes too, and nobody can set back."""


class Moment:
    """A time that is over, by which files are told newer although the clock may have been set."""

    def __init__(self) -> None:
        self._time, self._counter = time.time(), time.monotonic()

    def seconds(self) -> float:
        """The least that the clock can have shown then, in Unix seconds."""
        return min(self._time, time.time() - (time.monotonic() - self._counter)) - CLOCK_TICK


def newer_than(moment: Moment, files: Collection[str]) -> dict[str, Stamp]:
    """Those of the files that were written, renamed or removed since then, with their stamps."""
    since, newer = moment.seconds(), {}
    for file in files:
        try:
            found = os.stat(file)
        except OSError:
            newer[file] = (0, 0)
            continue
        if found.st_ctime >= since:
            newer[file] = (found.st_ino, found.st_ctime_ns)
    return newer
