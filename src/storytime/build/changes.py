"""BuildChanges: what a build did, from the build through the ring to the browsers."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BuildFailure, by_cause, line_of
from ..project.file_writes import Writes
from ..project.files import is_below

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BuildChanges:
    """What a build did, as plain data.

    `build` is the id of the catalog that is now in the output folder, `changed` the files that were
    written, and `digests` has the digest of each. `removed` are the files that were removed, with
    their digests. All files are POSIX paths relative to the output folder.

    `failures` has everything in the catalog that can't be built. `sources` are the project's files
    that the catalog is made of, relative to the folder from which the package is imported; None if
    they are the same as before the build. `lookups` are likewise those that were looked for in
    vain and, with a "/" at the end, folders that were listed. `writes` is what the catalog's code
    wrote. `summary` is the line for the log, `warnings` are further lines.

    `libraries` is what standbys may import ahead from now on (see `libraries_in`); None if that is
    as before.

    `users` are stylesheets that show or import a file that is different, if they aren't themselves.

    Without `is_written` nothing could be built and the output folder is as it was. Without
    `is_settled` a build of the whole catalog in a fresh interpreter might give other files; if it
    `is_stale` some files are older than what was saved.
    """

    build: str = ""
    changed: Sequence[str] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)
    failures: Sequence[BuildFailure] = ()
    sources: Sequence[str] | None = None
    lookups: Sequence[str] | None = None
    writes: Writes = field(default_factory=Writes)
    summary: str = ""
    warnings: Sequence[str] = ()
    users: Sequence[str] = ()
    libraries: Mapping[str, Any] | None = None
    is_written: bool = True
    is_settled: bool = True
    is_stale: bool = False

    @property
    def pages(self) -> list[str]:
        """The files that are different now, or gone."""
        return [*self.changed, *self.removed]

    def log(self, level: int | None = None, parts: Collection[str] = ("",)) -> None:
        """Log the failures, the warnings and the summary, all at `level` if one is given.

        Of the failures those in the `parts` of the catalog are logged ("" is all of it): one line
        for each cause.
        """
        shown = [each for each in self.failures if "" in parts or is_below(each.path, parts, "/")]
        for failure, places in by_cause(shown).items():
            logger.log(level or logging.ERROR, "%s", line_of(failure, places))
        for warning in self.warnings:
            logger.log(level or logging.WARNING, "%s", warning)
        logger.log(level or logging.INFO, "%s", self.summary)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON types."""
        return {
            **vars(self),
            "failures": [vars(failure) for failure in self.failures],
            "writes": self.writes.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BuildChanges:
        """Return the result that `to_json` gave."""
        failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
        writes = Writes.from_json(data["writes"])
        return cls(**{**data, "failures": failures, "writes": writes})
