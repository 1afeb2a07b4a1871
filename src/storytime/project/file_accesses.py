"""Records which files of the project a build reads, looks for in vain, lists and writes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from .being_written import is_being_written
from .file_lookups import is_for_project
from .file_writes import (
    BY_PROCESS,
    UNSEEN_EVENTS,
    WRITING_EVENTS,
    Stamp,
    WriteRecorder,
    Writes,
    place_of,
    stamp,
)

LONGEST_SAVE = 5 * 10**9
"""Nanoseconds since its last change after which a file that is open for writing is not just being
saved: a server may have a database or a log open all the time."""

LISTING_EVENTS = {"os.listdir", "os.scandir"}
FILE_EVENTS = {"open"} | LISTING_EVENTS | UNSEEN_EVENTS | WRITING_EVENTS.keys()

type Opened = Callable[[str, FrameType | None], None]
"""Is called with a file that is opened or asked for, and the frame that does it."""


class FileAccesses:
    """The files that one build accesses.

    `read` has a stamp of each, from before it was opened or asked for: None if it didn't exist.
    """

    def __init__(self, is_project_file: Callable[[str], bool], opened: Opened) -> None:
        self.read: dict[str, Stamp] = {}
        self.written = WriteRecorder(is_project_file)
        self._is_project_file = is_project_file
        self._opened = opened
        self._listed: set[str] = set()
        self.is_busy = False
        """This causes events, too, which are not recorded."""

    def audit(self, event: str, args: tuple[Any, ...], frame: FrameType | None) -> None:
        """Record one of FILE_EVENTS, which the code in the frame causes."""
        self.is_busy = True
        try:
            self.written.settle()
            if event == "open":
                path, mode, flags = args
                self._open(path, mode, flags, frame)
            elif event in WRITING_EVENTS:
                self.written.audit(event, args)
            elif event in UNSEEN_EVENTS:
                self._unseen(event, args, frame)
            elif is_for_project(frame) and (folder := _as_path(args[0] or os.curdir)):
                self._listed.add(folder)
        finally:
            self.is_busy = False

    def _open(self, path: Any, mode: str | None, flags: int, frame: FrameType | None) -> None:
        file = _as_path(path)
        if file is None or not self._is_project_file(file):
            return
        if set(mode) & set("wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR):
            self.written.will_write(file)
        else:
            self._read(file, frame)

    def _unseen(self, event: str, args: tuple[Any, ...], frame: FrameType | None) -> None:
        self.written.writes_unseen(BY_PROCESS)
        if event == "sqlite3.connect" and (file := _as_path(_database(args[0]))):
            self._read(file, frame)
            self._read(f"{file}-wal", frame)  # where SQLite writes first, if it is there

    def asked(self, path: str, frame: FrameType | None) -> None:
        """Record what the code in the frame asks for; see `watching_lookups`."""
        if self.is_busy or not self._is_project_file(path):
            return
        # Who asks for an existing module wants its place (`Path(__file__).resolve()`), and what is
        # in it is used by importing it.
        if not (path.endswith(".py") and os.path.isfile(path)):
            self._read(path, frame)

    def _read(self, file: str, frame: FrameType | None) -> None:
        if file not in self.read:
            self.read[file] = stamp(file, follow_symlinks=True)
        self._opened(file, frame)

    def end(self) -> Writes:
        """Record nothing more, and return what was written."""
        self.is_busy = True
        return self.written.writes()

    def files(self) -> set[str]:
        """Return the existing files that were opened or asked for."""
        return set(filter(os.path.isfile, self.read.copy()))

    def lookups(self) -> set[str]:
        """Return the files that were looked for in vain; of folders that were listed, with "/"."""
        missed = {file for file, seen in self.read.copy().items() if seen is None}
        listed = {folder + os.sep for folder in self._listed if self._is_project_file(folder)}
        return {file for file in missed if not os.path.lexists(file)} | listed

    def is_untouched(self) -> bool:
        """Return True if no file or folder of the project's is known to have been accessed."""
        writes = self.written.writes()
        return not (self.read or self.lookups() or writes.left or writes.unseen == BY_PROCESS)

    def changed(self) -> list[str]:
        """Return the files that are not any more as they were read, or that are being written.

        What the build itself wrote does not count.
        """
        own = self.written.writes().left
        recent = time.time_ns() - LONGEST_SAVE
        return [
            file
            for file, seen in self.read.copy().items()
            if stamp(file, follow_symlinks=True) != seen
            or (seen and seen[2:3] > (recent,) and is_being_written(file))
            if place_of(file) not in own
        ]


def _as_path(path: Any) -> str | None:
    """Return the absolute path; None for a descriptor."""
    try:
        return os.path.abspath(os.fsdecode(path))
    except (TypeError, ValueError):
        return None


def _database(name: Any) -> Any:
    """Return the file of a database, by what `sqlite3.connect` is given; None if it has none."""
    if name in ("", ":memory:", b"", b":memory:"):
        return None
    text = os.fsdecode(name)
    return text.removeprefix("file:").partition("?")[0] if text.startswith("file:") else text
