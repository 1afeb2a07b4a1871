"""Exceptions with a message for the user and an exit code.

They hold plain data only. A ring's job hands one over as JSON (`to_data`), and the main interpreter
raises it again (`from_data`): exception objects can't cross interpreters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, override

from .ring.errors import JobRaised, JobStopped, RingError
from .ring.text import printable


class StorytimeError(Exception):
    """An error that the user can fix: `message` says how, without a traceback.

    `exit_code` is the command line's: 2 for a usage error, otherwise 1.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(printable(message))
        self.message = printable(message)
        self.exit_code = exit_code

    def to_data(self) -> dict[str, Any]:
        """Return what `from_data` needs, for JSON."""
        return {"message": self.message, "exit_code": self.exit_code}

    @staticmethod
    def from_data(data: dict[str, Any]) -> StorytimeError:
        """Return the error, of the kind that it was, from what `to_data` returned."""
        if "failures" in data:
            failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
            return BuildFailed(**{**data, "failures": failures})
        if "failed_modules" in data:
            return StalePreload(data["failed_modules"])
        return SourcesChanged(**data) if "files" in data else StorytimeError(**data)


@dataclass(frozen=True)
class BuildFailure:
    """One part of the catalog that could not be built.

    `path` is its place in the catalog: "section/subject/story", or "" for the site. `message` is
    the exception in one line: "ValueError: no such colour". `traceback` starts at the first frame
    of the user's code; it is "" if none ran. `file` and `line` say where the exception was raised,
    or, if that was in no code of the project's, where the story was made; line 0 and file "" stand
    for unknown. `missing_imports` are modules that were not found
    ("package.module") and names that a module doesn't have ("package:name"). `missing_files` are
    files that the code tried to open and that don't exist.
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
        """Return the failure from its `dataclasses.asdict`, read from JSON."""
        lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
        return cls(**{**data, **lists})

    @override
    def __str__(self) -> str:
        where = self.path or "the site"
        position = f" ({self.file}:{self.line})" if self.line else f" ({self.file})"
        return f"{where}: {self.message}{position if self.file else ''}"


def by_cause(failures: Iterable[BuildFailure]) -> dict[BuildFailure, list[str]]:
    """Return the first failure of each cause, in order, with the paths of all that it has.

    Failures have one cause if they have the same message and the same file and line. Instead of the
    file and line their missing imports count, if there are any: what a module no longer has is
    missed at a line of each module that imports it.
    """
    first: dict[object, BuildFailure] = {}
    causes: dict[BuildFailure, list[str]] = {}
    for each in failures:
        cause = each.message, each.missing_imports or (each.file, each.line)
        causes.setdefault(first.setdefault(cause, each), []).append(each.path)
    return causes


def line_of(failure: BuildFailure, places: Sequence[str]) -> str:
    """Return one line for a cause from `by_cause`."""
    return f"{failure} (at {len(places):,} places)" if len(places) > 1 else str(failure)


class BuildFailed(StorytimeError):
    """A build that ended with failures; `failures` lists at least one.

    If `written` is true, the output folder holds the new catalog, with a page for each failure.
    Otherwise the build left the folder unchanged, `sources` are the project's files that it
    imported or opened, and `lookups` those that it looked for in vain (absolute paths): a change to
    one of them may fix the failure. `writes` is what the catalog's code wrote, as JSON types.
    """

    def __init__(
        self,
        failures: Sequence[BuildFailure],
        *,
        written: bool,
        sources: Sequence[str] = (),
        lookups: Sequence[str] = (),
        writes: Mapping[str, Any] | None = None,
    ) -> None:
        self.failures = tuple(failures)
        self.written = written
        self.sources = tuple(sources)
        self.lookups = tuple(lookups)
        self.writes = writes
        causes = by_cause(self.failures)
        message = line_of(*next(iter(causes.items())))
        if not written:
            message = f"nothing could be built: {message}"
        elif len(causes) > 1:
            message = (
                f"{len(self.failures):,} of the catalog's parts could not be built, for"
                f" {len(causes):,} reasons; its pages say why"
            )
        super().__init__(message)

    @override
    def to_data(self) -> dict[str, Any]:
        failures = [asdict(failure) for failure in self.failures]
        names = "written", "sources", "lookups", "writes"
        return {"failures": failures, **{name: getattr(self, name) for name in names}}


class SourcesChanged(StorytimeError):
    """Files changed while a build read them, and it failed or lost pages: maybe they were half
    written.

    Nothing was written. Build again, in a fresh interpreter.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.files = tuple(files)
        others = f" and {len(files) - 1} more" if len(files) > 1 else ""
        super().__init__(
            f"{files[0]}{others} changed while it was read; nothing was written, build again"
        )

    @override
    def to_data(self) -> dict[str, Any]:
        return {"files": self.files}


class StalePreload(StorytimeError):
    """What a standby imported ahead is not what a build would import now. Nothing was written.

    Build in an interpreter that imported nothing ahead. `failed` are modules that can't be imported
    ahead at all.
    """

    def __init__(self, failed: Sequence[str]) -> None:
        self.failed = tuple(failed)
        super().__init__("what was imported ahead is out of date; build in a fresh interpreter")

    @override
    def to_data(self) -> dict[str, Any]:
        return {"failed_modules": self.failed}


class RaisedInInterpreter(StorytimeError):
    """An exception raised by code in another interpreter, which the object itself can't leave.

    The message is the exception in one line. `traceback` starts at the first frame that is not
    Storytime's own.
    """

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


class BuildStopped(StorytimeError):
    """A build that was stopped, or whose process died.

    `failure` says where the build was then, as far as that is known. `sources` are the project's
    files that it had imported or opened (absolute paths); `reports` is all that it reported. If it
    ended `by_itself`, it was asked to.
    """

    def __init__(self, error: JobStopped) -> None:
        super().__init__(error.message)
        path = error.latest[1] if error.latest else ""
        self.failure = BuildFailure(path, printable(error.why), **error.stack)
        self.sources = tuple(value for kind, value in error.reports if kind == "uses")
        self.reports = error.reports
        self.by_itself = error.by_itself


def from_ring(error: RingError) -> StorytimeError:
    """Return the StorytimeError for a ring's error."""
    if isinstance(error, JobStopped):
        return BuildStopped(error)
    if isinstance(error, JobRaised):
        return RaisedInInterpreter(error.message, error.traceback)
    return StorytimeError(error.message)
