"""The errors of a ring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .text import printable


class RingError(Exception):
    """A job failed, or the ring couldn't run it. `message` is one sentence for people."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))
        self.message = printable(message)


class JobRaised(RingError):
    """A job raised an exception, which itself can't leave its interpreter.

    `message` is the exception in one line; `traceback` its text, from the first frame that is shown
    on.
    """

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


class JobStopped(RingError):
    """A job didn't come to its end: it was stopped, or its process died.

    `why` says so in a sentence. `reports` are the kinds and values that the job reported, `latest`
    the last one of those of which only the last is kept. `stack` has the `traceback`, `file` and
    `line` of the code that was running, where they are known. `by_itself` says that the job ended
    in `check_stopped`.
    """

    def __init__(
        self,
        why: str,
        reports: Sequence[tuple[str, Any]] = (),
        latest: tuple[str, Any] | None = None,
        stack: Mapping[str, Any] | None = None,
        *,
        by_itself: bool = False,
    ) -> None:
        self.why = why
        self.reports = reports
        self.latest = latest
        self.stack = stack or {}
        self.by_itself = by_itself
        doing = f" ({latest[0]} {latest[1]})" if latest and latest[1] else ""
        place = " ({file}:{line})".format_map(self.stack) if "file" in self.stack else ""
        super().__init__(f"{why}{doing}{place}")


class StandbyFailed(RingError):
    """A standby can't be made or warmed, or its process ended before its job began.

    The ring gives the job to the next one.
    """


class NeedsProcess(RingError):
    """A job uses `what`, which refuses to work in a subinterpreter. It then runs in a process."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} refuses to work in a subinterpreter")
        self.what = what


class Stop(BaseException):
    """Raised in a job, wherever it is, to end it."""
