"""One rebuild of a served catalog, as a job for an interpreter: plain data in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .build import BuildReport, build_catalog
from .errors import BuildFailure
from .packages import locate
from .partial import PartialReport, build_parts
from .rendered import OWN_PACKAGE
from .sources import recording


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
        failures = [BuildFailure(**failure) for failure in data["failures"]]
        return cls(**{**data, "failures": failures})


def rebuild(
    package_location: str, output_dir: Path, changed: Sequence[str] | None
) -> dict[str, Any]:
    """Builds the catalog after the files `changed` (absolute paths; None: whatever changed).

    Gives the data of a Built. Raises BuildFailed where nothing could be written, and otherwise what
    `build_site` raises. Logs what it did.
    """
    package = locate(package_location)
    report: BuildReport | PartialReport | None = None
    is_own = package.name == OWN_PACKAGE  # whose views build the rest: see `forget_own_views`
    with recording(own=is_own) as finder:
        if changed is not None and not is_own:
            report = build_parts(package, output_dir, changed, finder)
        untouched = not finder.has_loaded()
        if report is None:
            report = build_catalog(package, output_dir, leave_parts=True)
    report.log()
    return _data(report, settled=untouched and isinstance(report, BuildReport))


def settle(package_location: str, output_dir: Path) -> dict[str, Any]:
    """Builds the whole catalog once more after partial builds; as `rebuild`, and quietly."""
    report = build_catalog(locate(package_location), output_dir, leave_parts=True)
    report.log(is_news=bool(report.written.changed or report.written.removed))
    return _data(report, settled=True)


def _data(report: BuildReport | PartialReport, *, settled: bool) -> dict[str, Any]:
    written = report.written
    pages = [*written.changed, *written.removed]
    built = Built(
        written.build, pages, report.failures, report.sources, settled, written.came, written.went
    )
    return asdict(built)
