"""Trail: what a job tells of itself while it runs, for whoever watches it from outside.

A job that is stopped, or whose process crashes, can't say what it was doing. So it leaves a line at
each step, which the other side reads when it needs to: from a file without a name (subinterpreters)
or a pipe (processes). A line is ASCII JSON, `[kind, value]`:

    ["at", "forms/button/primary"]      what is being imported or rendered, by its path
    ["uses", "/project/kit/button.py"]  a file of the project that was imported
    ["stack", {…}]                      where the job was when it was told to stop

A build says hundreds of times where it is, and only the last counts. The file therefore begins with
room for that line, which is written there in memory: that costs a tenth of a call of the system.
"""

import json
import mmap
import os
import stat
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii
from typing import Any

from ..errors import BuildFailure, JobStopped, Stop
from .text import printable

ROOM = mmap.PAGESIZE
"""Bytes at the beginning of a file for the last "at", all zero before the first."""


class Trail:
    """The writing side, in the job's interpreter. `stopped` is set where the job is to end.

    `file` begins with ROOM, is empty, or is a pipe.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        found = os.fstat(file)
        has_room = stat.S_ISREG(found.st_mode) and found.st_size >= ROOM
        self._room = mmap.mmap(file, ROOM) if has_room else None
        self.stopped = False

    def at(self, path: str) -> None:
        """Leaves the line that says what comes next."""
        text = line("at", path)
        if self._room is None:
            self._write(text)
        elif len(text) <= ROOM:
            self._room[: len(text)] = text
        else:
            self._room[:1] = b"\n"
            self._write(text)

    def tell(self, kind: str, value: Any) -> None:
        """Leaves a line of another kind."""
        self._write(line(kind, value))

    def _write(self, text: bytes) -> None:
        """A full disk or a reader that is gone costs the line, never the job."""
        try:
            os.write(self._file, text)
        except OSError:
            return

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


@dataclass
class Trace:
    """The reading side: what a job has told so far."""

    at: str = ""
    uses: list[str] = field(default_factory=list)
    stack: dict[str, Any] = field(default_factory=dict)

    def take(self, kind: str, value: Any) -> None:
        match kind:
            case "at":
                self.at = value
            case "uses":
                self.uses.append(value)
            case "stack":
                self.stack = value

    def stopped(self, why: str) -> JobStopped:
        """The error of a job that ended without an answer, "why" being what became of it."""
        return JobStopped(BuildFailure(self.at, why, **self.stack), self.uses)


def line(kind: str, value: Any) -> bytes:
    text = encode_basestring_ascii(value) if isinstance(value, str) else json.dumps(value)
    return f'["{kind}", {text}]\n'.encode()


def lines(data: Iterable[bytes]) -> Iterable[tuple[str, Any]]:
    """The kinds and values of lines. One that was cut off, or is not ours, is passed over."""
    for text in data:
        try:
            kind, value = json.loads(text)
        except (ValueError, TypeError):
            continue
        yield kind, value


def read_trace(file: int, room: int) -> Trace:
    """What a job left in a file so far that begins with `room` bytes of room."""
    trace = Trace()
    left = os.pread(file, os.fstat(file).st_size, 0)
    last_at = left[:room].partition(b"\n")[0]
    for kind, value in lines([*left[room:].splitlines(), last_at]):
        trace.take(kind, value)
    return trace


# What a job's own code calls, in whatever interpreter; without a trail it does nothing.

_trail: ContextVar[Trail | None] = ContextVar("storytime_trail", default=None)


def leave_on[Result](trail: Trail, job: Callable[[], Result]) -> Result:
    """Runs the job, which leaves its lines on the trail."""
    token = _trail.set(trail)
    try:
        return job()
    finally:
        _trail.reset(token)


def at(path: str) -> None:
    """Says what comes next, by its path in the catalog."""
    if trail := _trail.get():
        trail.at(printable(path))


def uses(file: str) -> None:
    """Says that a file of the project is about to be imported."""
    if trail := _trail.get():
        trail.tell("uses", printable(file))


def check_stopped() -> None:
    """Raises Stop where the job is to end: before what can't be taken back.

    A job that was given up, since nothing could end it, may wake up long after that; whatever it
    then writes would replace what newer jobs wrote.
    """
    if (trail := _trail.get()) and trail.stopped:
        raise Stop
