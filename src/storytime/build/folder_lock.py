"""FolderLock: an output folder is for one package at a time, in whatever processes.

Everybody who builds a package into a folder holds a shared lock on a file there that names the
package. Who finds it locked for another package is refused. The system releases the locks of a
process that is killed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import Self

from ..errors import StorytimeError
from ..project.package import Package
from .manifest import LOCK, OWN_FOLDER

LONGEST = 8192
"""Bytes that are read of it: a package's name, and the longest path that there can be."""


class FolderLock:
    """A context manager that releases the lock at the end, if it was taken.

    A folder that can't be locked (it doesn't exist yet, is read-only, or its file system has no
    locks) is used without.
    """

    def __init__(self, output_dir: Path, package: Package) -> None:
        self._output_dir = output_dir
        self._owner = f"{package.name} ({package.folders[0]})"
        self._file = self._folder = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._release()

    def take(self, *, make: bool = False) -> None:
        """Take the lock, unless it is held already. With `make`, make the folder for it.

        Raises StorytimeError if the folder is in use for another package.
        """
        try:
            while not self._is_held():
                self._release()
                if make:
                    os.makedirs(self._output_dir / OWN_FOLDER, exist_ok=True)
                self._open()
                with suppress(BlockingIOError):
                    flock(self._file, LOCK_EX | LOCK_NB)
                    if self._is_held():
                        self._write_owner()
                flock(self._file, LOCK_SH)  # waits at most until another has written its name
                owner = os.fsdecode(os.pread(self._file, LONGEST, 0))
                if self._is_held() and owner != self._owner:
                    self._release()
                    raise StorytimeError(
                        f"{self._output_dir} is in use for {owner}: choose another output folder"
                        f" for {self._owner}"
                    )
        except OSError:
            self._release()

    def _open(self) -> None:
        # Others may be able to write into the folder: no link is followed.
        flags = os.O_DIRECTORY | os.O_NOFOLLOW
        self._folder = os.open(self._output_dir / OWN_FOLDER, flags)
        # Not for writing: a disk with a file that is open for that can't be made read-only.
        flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW
        self._file = os.open(LOCK, flags, 0o666, dir_fd=self._folder)

    def _write_owner(self) -> None:
        flags = os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW
        with open(os.open(LOCK, flags, dir_fd=self._folder), "wb") as file:
            file.write(os.fsencode(self._owner))

    def _is_held(self) -> bool:
        """Return False if it was never taken, or if somebody removed the file since."""
        return self._file >= 0 and os.fstat(self._file).st_nlink > 0

    def _release(self) -> None:
        with suppress(OSError):  # others still hold it
            if self._is_held():
                flock(self._file, LOCK_EX | LOCK_NB)
                os.unlink(LOCK, dir_fd=self._folder)
                os.rmdir(self._output_dir / OWN_FOLDER)  # unless there is a catalog
        for each in (self._file, self._folder):
            if each >= 0:
                os.close(each)
        self._file = self._folder = -1


def check_not_in_use(output_dir: Path, package: Package) -> None:
    """Raise StorytimeError if another package is built into the folder, or served from it.

    Not while a build is recorded, which would take the lock for a file that the catalog opens.
    """
    if os.path.lexists(output_dir / OWN_FOLDER / LOCK):
        with FolderLock(output_dir, package) as lock:
            lock.take()
