"""What a build did."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BuildFailure

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BuildReport:
    """One build in figures: counts, and the milliseconds of each phase.

    `sources` are the project's files that it is made of, None where they are those of the build
    before; `warnings` what authors should know beside the failures.
    """

    package: str
    stories: int
    pages: int
    written: Written
    failures: tuple[BuildFailure, ...]
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    sources: Sequence[str] | None = None
    warnings: Sequence[str] = ()

    def log(self, *, is_news: bool = True) -> None:
        """One line for the build, each failure and each warning; at DEBUG where they're no news."""
        for failure in self.failures:
            logger.log(logging.ERROR if is_news else logging.DEBUG, "%s", failure)
        for warning in self.warnings:
            logger.log(logging.WARNING if is_news else logging.DEBUG, "%s", warning)
        logger.log(logging.INFO if is_news else logging.DEBUG, "%s", self)

    def __str__(self) -> str:
        phases = ", ".join(f"{phase} {spent:.0f} ms" for phase, spent in self.milliseconds.items())
        return (
            f"built {self.package}: {self.stories} stories, {self.pages} files"
            f" ({len(self.written.changed)} written, {len(self.written.removed)} removed),"
            f" {len(self.failures)} failed; {phases}"
        )


@dataclass(frozen=True)
class Written:
    """What a build changed in the folder: the files written, those removed, and the build's id.

    `has_new_sources` tells whether it was made of other files than the build before; `came` and
    `went` are the digests of files that it did not have, or that only it had.
    """

    build: str
    changed: Sequence[str] = field(default=())
    removed: Sequence[str] = field(default=())
    has_new_sources: bool = False
    came: Mapping[str, str] = field(default_factory=dict)
    went: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PartialReport:
    """A partial build: what it built and wrote; `failures` are all that the catalog has.

    `sources` are the files of the whole catalog, None where they are the same as before.
    """

    package: str
    parts: Sequence[str]
    written: Written
    failures: Sequence[BuildFailure]
    sources: Sequence[str] | None
    milliseconds: float
    warnings: Sequence[str] = ()

    def log(self) -> None:
        """One line for the build, and one for each failure of what was built."""
        for failure in self.failures:
            if _is_in(failure.path, self.parts):
                logger.error("%s", failure)
        for warning in self.warnings:
            logger.warning("%s", warning)
        logger.info("%s", self)

    def __str__(self) -> str:
        return (
            f"built {', '.join(self.parts) or 'nothing'} of {self.package} alone:"
            f" {len(self.written.changed)} files written; {self.milliseconds:.0f} ms"
        )


def _is_in(path: str, parts: Collection[str]) -> bool:
    """Whether the path is that of one of the parts, or of something below it."""
    return any(path == part or path.startswith(f"{part}/") for part in parts)


@dataclass(frozen=True)
class Built:
    """What a build left in the output folder.

    `build` is its id, `pages` are the files that changed or went; `failures` what of the catalog
    can't be built; `sources` the project's files that it is made of (absolute), None where they are
    those of the build before; `settled` whether it is what a build from nothing would be; `came`
    and `went` are the digests of the files that are new or gone.
    """

    build: str
    pages: Sequence[str]
    failures: Sequence[BuildFailure] = ()
    sources: Sequence[str] | None = None
    settled: bool = True
    came: Mapping[str, str] = field(default_factory=dict)
    went: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Built:
        failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
        return cls(**{**data, "failures": failures})
