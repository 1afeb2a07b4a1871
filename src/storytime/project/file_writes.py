"""Records what the code of a build writes, so that watching can tell its writes from a person's."""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from stat import S_ISDIR
from typing import Any

from ..ring.progress import report

WRITES, WROTE, UNSEEN = "writes", "wrote", "writes unseen"
"""Kinds of reports: a path that is about to be written; one that was, with its stamp; by what else
the build may write."""
BY_PROCESS, BY_EXTENSION = "process", "extension"

type Stamp = tuple[int, ...] | None
"""What tells one state of a file from another: its inode, size and times (ns); of a folder the
inode. None if there is nothing."""

WRITING_EVENTS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((1, 3),),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.removexattr": ((0, -1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.setxattr": ((0, -1),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, -1),),
    "os.utime": ((0, 3),),
}
"""The audit events of what changes a file or a folder
(https://docs.python.org/3/library/audit_events.html). For each path that changes: which of the
event's arguments is the path, and which the descriptor of its folder (-1: none)."""

UNSEEN_EVENTS = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
    "sqlite3.connect",
    "subprocess.Popen",
}
"""The audit events after which something may write that no audit event tells of."""

BUFFERED = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)

_stat, _readlink = os.stat, os.readlink
"""Not those that `file_lookups` puts in their place during a build."""


def stamp(path: str, *, follow_symlinks: bool = False) -> Stamp:
    try:
        found = _stat(path, follow_symlinks=follow_symlinks)
    except (OSError, ValueError):
        return None
    if S_ISDIR(found.st_mode):
        return (found.st_ino,)
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def place_of(path: str) -> str:
    """Return the path with links in its folder resolved: what is at the path may be a link."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


@dataclass(frozen=True)
class Writes:
    """What a build's code wrote. `left` has a stamp of each path as the build left it.

    It may have written more, by means that Python doesn't tell of, if it is `unseen`: BY_PROCESS or
    BY_EXTENSION, which ends when the build does.
    """

    left: Mapping[str, Stamp] = field(default_factory=dict)
    unseen: str = ""

    def are_at(self, path: str) -> bool:
        """Return True if what is at the path now is what the build left there."""
        return any(
            each in self.left and self.left[each] == stamp(each)
            for each in {place_of(path), os.path.realpath(path)}
        )

    def to_json(self) -> dict[str, Any]:
        return {"left": dict(self.left), "unseen": self.unseen}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Writes:
        if data is None:
            return cls()
        left = {path: stamp and tuple(stamp) for path, stamp in data["left"].items()}
        return cls(left, data["unseen"])


class WriteRecorder:
    """Records the writes of a build's code, from its audit events.

    A path is stamped as soon as it is known that the write is over: at the next event at which the
    process doesn't have the file open any more. What a person writes after that has another stamp.
    """

    def __init__(self, is_project_file: Callable[[str], bool]) -> None:
        self.unseen = ""
        self._is_project_file = is_project_file
        self._left: dict[str, Stamp] = {}
        self._pending: set[str] = set()

    def writes(self) -> Writes:
        """Return what was written so far. Call it when the build's code has ended."""
        if self._pending:
            _flush_files()
            self._stamp(self._pending)
        return Writes(self._left, self.unseen)

    def will_write(self, path: str) -> None:
        if self._is_project_file(path):
            self._pending.add(place_of(path))
            report(WRITES, place_of(path))

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Handle one of WRITING_EVENTS, which comes before the operation."""
        for path, folder in WRITING_EVENTS[event]:
            if place := _absolute(args[path], args[folder] if folder >= 0 else -1):
                self.will_write(place)

    def settle(self) -> None:
        """Stamp the paths that are not open any more."""
        if self._pending:
            self._stamp(self._pending - _open_files())

    def writes_unseen(self, by: str) -> None:
        if self.unseen not in (by, BY_PROCESS):
            self.unseen = by
            report(UNSEEN, by)

    def _stamp(self, paths: set[str]) -> None:
        self._pending = self._pending - paths
        for path in paths:
            self._left[path] = stamp(path)
            report(WROTE, [path, self._left[path]])


def writes_from(reports: Sequence[tuple[str, Any]]) -> Writes:
    """Return what a job has written so far, by its reports."""
    left = dict(value for kind, value in reports if kind == WROTE)
    unseen = [value for kind, value in reports if kind == UNSEEN]
    return Writes.from_json({"left": left, "unseen": unseen[-1] if unseen else ""})


def _absolute(path: Any, folder: int) -> str | None:
    """Return the path in text, relative ones in the folder of that descriptor if there is one."""
    try:
        base = _readlink(f"/proc/self/fd/{folder}") if folder >= 0 else ""
        return os.path.abspath(os.path.join(base, os.fsdecode(path)))
    except (TypeError, ValueError, OSError):  # a descriptor, or no path at all
        return None


def _open_files() -> set[str]:
    """Return the files that this process has open; none where the system doesn't tell."""
    found = set()
    with suppress(OSError):
        for descriptor in os.listdir("/proc/self/fd"):
            with suppress(OSError):  # it was the one of the listing
                found.add(_readlink(f"/proc/self/fd/{descriptor}"))
    return found


def _flush_files() -> None:
    """Flush the open files: their end would write what is in their buffers after the build."""
    for each in gc.get_objects():
        if type(each) in BUFFERED and not each.closed:
            with suppress(OSError, ValueError):
                each.flush()
