"""What can go wrong for a user, as exceptions with a message and an exit code.

Everything here is plain data: an error of these kinds can be written to JSON in one interpreter
(`to_data`) and raised again in another (`from_data`), so that no exception object ever crosses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, override

from .ring.errors import JobRaised, JobStopped, RingError
from .ring.text import printable


class StorytimeError(Exception):
    """A mistake that its user can mend: one clear message, no traceback.

    `exit_code` is what the command line ends with: 2 for a wrong call, 1 for the rest.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(printable(message))
        self.message = printable(message)
        self.exit_code = exit_code

    def to_data(self) -> dict[str, Any]:
        """What `from_data` needs, as JSON types."""
        return {"kind": "error", "message": self.message, "exit_code": self.exit_code}

    @staticmethod
    def from_data(data: dict[str, Any]) -> StorytimeError:
        """The error that `to_data` described, of the same kind."""
        if data["kind"] == "build-failed":
            failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
            return BuildFailed(failures, written=data["written"], sources=data["sources"])
        return StorytimeError(data["message"], data["exit_code"])


@dataclass(frozen=True)
class BuildFailure:
    """One thing that could not be built, as plain data.

    `path` is the place in the catalog ("section/subject/story", "" for the site), `message` the
    exception as one line ("ValueError: no such colour"), `traceback` the text from the user's own
    first frame on ("" where no user code ran), `file` and `line` where it was raised (line 0 where
    only the file is known, file "" where neither is). `missing_imports` are the modules that were
    not found ("package.module") and the names that a module lacks ("package:name"); `missing_files`
    are the files that don't exist and were to be opened.
    """

    path: str
    message: str
    traceback: str = ""
    file: str = ""
    line: int = 0
    missing_imports: tuple[str, ...] = ()
    missing_files: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BuildFailure:
        """The failure whose fields `dataclasses.asdict` gave, read from JSON."""
        lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
        return cls(**{**data, **lists})

    @override
    def __str__(self) -> str:
        where = self.path or "the site"
        position = f" ({self.file}:{self.line})" if self.line else f" ({self.file})"
        return f"{where}: {self.message}{position if self.file else ''}"


class BuildFailed(StorytimeError):
    """The build ended, but not all of the catalog could be built.

    `failures` says what; `written` whether the output folder holds the new catalog (with a page
    for each failure) or was left as it was because there was nothing to write; `sources`, where
    nothing was written, the project's files that were imported or opened (absolute paths): a
    change to one of them may mend it.
    """

    def __init__(
        self, failures: Sequence[BuildFailure], *, written: bool, sources: Sequence[str] = ()
    ) -> None:
        self.failures = tuple(failures)
        self.written = written
        self.sources = tuple(sources)
        count = len(self.failures)
        if written:
            message = f"{count} of the catalog's parts could not be built; its pages say why"
            if count == 1:
                message = f"{self.failures[0]}"
        else:
            message = f"nothing could be built: {self.failures[0]}"
        super().__init__(message)

    @override
    def to_data(self) -> dict[str, Any]:
        return {
            "kind": "build-failed",
            "failures": [asdict(failure) for failure in self.failures],
            "written": self.written,
            "sources": list(self.sources),
        }


class RaisedInInterpreter(StorytimeError):
    """Code that ran in another interpreter raised; the exception itself can't leave it.

    The message is the exception in one line; `traceback` its text from the first frame that is not
    Storytime's own.
    """

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


class BuildStopped(StorytimeError):
    """A build did not come to its end: it was stopped, or its process died.

    `failure` says where it was then, as far as that is known; `sources` the project's files that it
    had imported or opened (absolute paths).
    """

    def __init__(self, error: JobStopped) -> None:
        super().__init__(error.message)
        path = error.latest[1] if error.latest else ""
        self.failure = BuildFailure(path, printable(error.why), **error.stack)
        self.sources = tuple(value for kind, value in error.reports if kind == "uses")


def from_ring(error: RingError) -> StorytimeError:
    """Return a ring's error as one of these."""
    if isinstance(error, JobStopped):
        return BuildStopped(error)
    if isinstance(error, JobRaised):
        return RaisedInInterpreter(error.message, error.traceback)
    return StorytimeError(error.message)
