"""What a job reports while it runs, for whoever has to say later what it was doing.

A job that is stopped, or whose process crashes, can't say where it was. So it writes a line at each
step, which the ring reads when it needs to: from an unnamed file (subinterpreters) or a pipe
(processes). A line is ASCII JSON:

    [kind, value]         something to keep
    [kind, value, 1]      something that replaces the last one of this sort
    [".stack", {…}]       where the job was when it was told to stop; kinds with a dot are ours

A job that says hundreds of times where it is uses the second sort. The file begins with room for
that line, which is mapped into memory: writing there costs a tenth of a system call.

The other way round, a job asks by `told` for what the ring was given for it (`tell`).
"""

import json
import mmap
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import IO, Any

from .errors import JobStopped, Stop
from .text import printable

STEPS = "steps"
"""The kind of what `counted_steps` reports."""
STEPS_REPORTED = 25
"""How often it does, at most."""

ROOM = mmap.PAGESIZE
"""Bytes at the beginning of a file for the latest line, all zero before the first."""


class ProgressWriter:
    """The job's side. `stopped` is set when the job has to end; `stops_itself` counts the blocks of
    `stopping_itself` that it is in. `told` is what it was told and hasn't asked for.

    `file` begins with ROOM zeros, is empty, or is a pipe.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        found = os.fstat(file)
        has_room = stat.S_ISREG(found.st_mode) and found.st_size >= ROOM
        self._room = mmap.mmap(file, ROOM) if has_room else None
        self.stopped = False
        self.stops_itself = 0
        self.told = deque[Any]()

    def write(self, kind: str, value: Any) -> None:
        """Write a line that is kept."""
        self._append(line(kind, value))

    def write_latest(self, kind: str, value: Any) -> None:
        """Write a line that replaces the last one written by this method."""
        text = line(kind, value, b", 1]\n")
        if self._room is None:
            self._append(text)
        elif len(text) <= ROOM:
            self._room[: len(text)] = text
        else:
            self._room[:1] = b"\n"
            self._append(text)

    def _append(self, text: bytes) -> None:
        try:
            os.write(self._file, text)
        except OSError:  # a full disk or a reader that is gone costs the line, never the job
            return

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


@dataclass
class Progress:
    """The ring's side: what a job has reported so far."""

    reports: list[tuple[str, Any]] = field(default_factory=list)
    latest: tuple[str, Any] | None = None
    stack: dict[str, Any] = field(default_factory=dict)

    def take(self, entry: Any) -> None:
        """Add a line's data. Data that isn't ours is ignored."""
        match entry:
            case [".stack", dict(stack)]:
                self.stack = stack
            case [str(kind), value]:
                self.reports.append((kind, value))
            case [str(kind), value, _]:
                self.latest = kind, value

    def stopped(self, why: str, *, by_itself: bool = False) -> JobStopped:
        """Return the error of a job that ended without an answer."""
        return JobStopped(why, self.reports, self.latest, self.stack, by_itself=by_itself)


_encode = json.JSONEncoder().encode


def line(kind: str, value: Any, end: bytes = b"]\n") -> bytes:
    return f'["{kind}", {_encode(value)}'.encode() + end


def read_lines(data: Iterable[bytes]) -> Iterable[Any]:
    """Yield the data of lines, skipping those that were cut off."""
    for text in data:
        try:
            yield json.loads(text)
        except ValueError:
            continue


class ProgressReader:
    """Reads what a job writes into a file that begins with `room` bytes of room.

    Each line is read once, so it costs little to ask often. Any thread may.
    """

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file, self._room, self._end = file, room, room
        self._progress = Progress()
        self._lock = threading.Lock()

    def read(self) -> Progress:
        """Return what the job has written so far. Raises ValueError if the file is closed."""
        with self._lock:
            number = self._file.fileno()
            size = os.fstat(number).st_size
            new, newline, _ = os.pread(number, size - self._end, self._end).rpartition(b"\n")
            self._end += len(new + newline)
            latest = os.pread(number, self._room, 0).partition(b"\n")[0]
            for entry in read_lines([*new.splitlines(), latest]):
                self._progress.take(entry)
            return self._progress


# The functions that a job's code calls. Outside a ring's job they do nothing.

_writer: ContextVar[ProgressWriter | None] = ContextVar("progress_writer", default=None)


def reporting_to[Result](writer: ProgressWriter, job: Callable[[], Result]) -> Result:
    """Run the job, whose reports go to the writer."""
    token = _writer.set(writer)
    try:
        return job()
    finally:
        _writer.reset(token)


def report(kind: str, value: Any, *, latest: bool = False) -> None:
    """Report something that a JobStopped should tell: a kind (an identifier) and plain data.

    With `latest` it replaces what was last reported so, whatever its kind: this is cheap, and meant
    for where the job is.
    """
    if writer := _writer.get():
        text = printable(value) if isinstance(value, str) else value
        (writer.write_latest if latest else writer.write)(kind, text)


def counted_steps[Item](label: str, items: Collection[Item]) -> Iterator[Item]:
    """Yield the items, and report now and then how far this is: [label, items done, all items]."""
    total = len(items)
    for done, item in enumerate(items):
        if done % (total // STEPS_REPORTED + 1) == 0:
            report(STEPS, [label, done, total])
        yield item


def check_stopped() -> None:
    """Raise Stop if the job has to end. Call it before what can't be undone.

    A job that nothing could end was given up, but may wake up long after that; what it wrote then
    would replace what newer jobs wrote.
    """
    if (writer := _writer.get()) and writer.stopped:
        raise Stop


def told() -> list[Any]:
    """Return what the ring was told for this job since the last call, in that order."""
    waiting = writer.told if (writer := _writer.get()) else deque[Any]()
    return [waiting.popleft() for _ in range(len(waiting))]  # the watchdog may add to it meanwhile


@contextmanager
def stopping_itself() -> Iterator[None]:
    """Within this block the job calls `check_stopped` often, and Stop isn't raised anywhere else.

    It is for what takes long by no fault of the job, as on a slow disk: the job isn't given up.
    """
    writer = _writer.get()
    if writer is None:
        yield
        return
    writer.stops_itself += 1
    try:
        yield
    finally:
        writer.stops_itself -= 1
