"""Moments: which files changed since a build began, whatever has become of the clock meanwhile."""

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path

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


type Identity = tuple[int, int] | None
"""Which folder lies at a path; None where there is none."""


def identity(folder: str) -> Identity:
    """Which folder lies there now; another may take its place."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_readable(folder: str) -> bool:
    """Whether it may be watched."""
    return os.access(folder, os.R_OK)


def folders_of(files: Iterable[str]) -> set[str]:
    """The folders in which the files lie."""
    return {os.path.dirname(file) for file in files}


def nearest(folder: str) -> str:
    """The folder, or where it is gone the nearest above it."""
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def with_all_above(folders: Iterable[str]) -> set[str]:
    """The folders and all in which they lie: what can take them away."""
    return {str(place) for folder in folders for place in (Path(folder), *Path(folder).parents)}
