"""Where files are, and which have changed since a build began, even if the clock was set."""

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path

CLOCK_TICK = 0.01
"""Seconds by which a file's time may lag behind the clock: the kernel's tick."""

type Stamp = tuple[int, int]
"""A file's inode and status time (ns), which a rename changes too and no program can set."""
type Identity = tuple[int, int] | None
"""The device and inode of the folder at a path; None if there is none."""


class StartTime:
    """The time at which it is made, comparable to files' times even if the clock is set later."""

    def __init__(self) -> None:
        self._time, self._counter = time.time(), time.monotonic()

    def seconds(self) -> float:
        """Return the earliest time that the clock may have shown, in Unix seconds."""
        return min(self._time, time.time() - (time.monotonic() - self._counter)) - CLOCK_TICK


def stamp_of(file: str) -> Stamp | None:
    """Return the file's stamp, None if there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def newer_than(start: StartTime, files: Collection[str]) -> dict[str, Stamp | None]:
    """Return the files that were written, renamed or removed since then, with their stamps."""
    since = start.seconds() * 1e9
    stamps = {file: stamp_of(file) for file in files}
    return {file: stamp for file, stamp in stamps.items() if stamp is None or stamp[1] >= since}


def missing(files: Collection[str]) -> set[str]:
    """Return the files that don't exist."""
    return {file for file in files if not os.path.exists(file)}


def identity(folder: str) -> Identity:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def folders_of(files: Iterable[str]) -> set[str]:
    return {os.path.dirname(file) for file in files}


def nearest_existing(folder: str) -> str:
    """Return the folder, or the nearest above it that exists."""
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def with_parents(folders: Iterable[str]) -> set[str]:
    """Return the folders and all above them."""
    return {str(place) for folder in folders for place in (Path(folder), *Path(folder).parents)}
