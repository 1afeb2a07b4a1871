"""Places in the file system by their paths: what lies there, and what lies above."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

type Identity = tuple[int, int] | None
"""Which folder lies at a path; None where there is none."""


def is_below(path: str, folders: Collection[str]) -> bool:
    """Whether the path lies in one of the folders, or is one."""
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


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
