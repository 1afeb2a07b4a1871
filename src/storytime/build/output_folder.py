"""OutputFolder: writes and removes files below a folder, and never through a link."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from ..ring.progress import check_stopped
from .manifest import OWN_FOLDER
from .ownership import TEMPORARY, folders_above, is_orphaned

MOST_OPEN = 16
"""Folders that are kept open, beside the output folder itself."""
CLOCK_TICK = 0.02
"""Seconds; a file's time lags behind the clock by less."""


class OutputFolder:
    """A context manager that keeps the folder open. Paths are POSIX paths relative to it.

    Other users may be able to write into the folder, and can put a link in place of a file or a
    folder at any moment. So each name is opened relative to the folder above it, and links are not
    followed; only the output folder itself may be reached through some.

    With `make` it makes the folder and Storytime's own folder in it. If somebody removes one of
    them later, the methods raise FileNotFoundError: without a manifest, the next build would take
    the pages for other people's files. Errors name the file as the user knows it.
    """

    def __init__(self, place: Path, *, make: bool = False) -> None:
        self._place = os.path.join(place, "")
        self._make = make
        self._folders: dict[str, int] = {}  # the most recently used last

    def __enter__(self) -> Self:
        if self._make:
            os.makedirs(self._place, exist_ok=True)
        self._root = os.open(self._place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._open(OWN_FOLDER, make=self._make)
        except OSError as error:
            os.close(self._root)
            error.filename = self._place + OWN_FOLDER
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for folder in (self._root, *self._folders.values()):
            os.close(folder)

    def write(self, path: str, data: bytes) -> None:
        """Replace a file in one step: a reader sees the old bytes or the new ones.

        Makes the folders above it. An empty folder in its place is replaced.
        """
        check_stopped()
        folder, _, name = path.rpartition("/")
        # Nobody can guess the name and take it.
        temporary = f"{TEMPORARY}{os.getpid()}-{os.urandom(8).hex()}"
        try:
            own, there = self._open(OWN_FOLDER), self._open(folder, make=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            file = os.open(temporary, flags, 0o666, dir_fd=own)
            try:
                with open(file, "wb") as opened:
                    opened.write(data)
                try:
                    os.replace(temporary, name, src_dir_fd=own, dst_dir_fd=there)
                except IsADirectoryError:
                    os.rmdir(name, dir_fd=there)
                    os.replace(temporary, name, src_dir_fd=own, dst_dir_fd=there)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=own)
                raise
        except OSError as error:
            error.filename = self._place + path
            raise

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty without it.

        A folder in its place, or a link in place of a folder, is somebody's own and stays.
        """
        check_stopped()
        folder, _, name = path.rpartition("/")
        try:
            os.unlink(name, dir_fd=self._open(folder))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            pass
        except OSError as error:
            error.filename = self._place + path
            raise
        for above in folders_above(path):
            folder, _, name = above.rpartition("/")
            with suppress(OSError):  # it is not empty, gone already, or no folder
                os.rmdir(name, dir_fd=self._open(folder))
                self._close(above)

    def remove_temporary_files(self, *, older_than: float) -> None:
        """Remove what killed builds have left. A build that is running needs its own file."""
        own = self._open(OWN_FOLDER)
        for name in os.listdir(own):
            if not name.startswith(TEMPORARY):
                continue
            pid = name.removeprefix(TEMPORARY).partition("-")[0]
            with suppress(FileNotFoundError, IsADirectoryError):
                changed = os.stat(name, dir_fd=own, follow_symlinks=False).st_mtime
                # The time says nothing if the clock was set back.
                if is_orphaned(pid) or changed < older_than - CLOCK_TICK:
                    os.unlink(name, dir_fd=own)

    def _open(self, path: str, *, make: bool = False) -> int:
        """Return a folder's descriptor, which some later calls may close."""
        if not path:
            return self._root
        folder = self._folders.pop(path, None)
        if folder is None:
            parent, _, name = path.rpartition("/")
            above = self._open(parent, make=make)
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            try:
                folder = os.open(name, flags, dir_fd=above)
            except FileNotFoundError:
                if not make:
                    raise
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=above)
                folder = os.open(name, flags, dir_fd=above)
            if len(self._folders) == MOST_OPEN:
                self._close(next(iter(self._folders)))
        self._folders[path] = folder
        return folder

    def _close(self, path: str) -> None:
        if (folder := self._folders.pop(path, None)) is not None:
            os.close(folder)
