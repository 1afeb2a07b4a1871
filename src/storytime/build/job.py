"""One rebuild of a served catalog, as a job for an interpreter: plain data in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..project.fresh_imports import recording
from ..project.package import locate, make_importable
from .incremental import build_parts
from .pages import OWN_PACKAGE
from .report import BuildReport, Built, PartialReport
from .whole import build_catalog


def rebuild(
    package_location: str, output_dir: Path, changed: Sequence[str] | None
) -> dict[str, Any]:
    """Builds the catalog after the files `changed` (absolute paths; None: whatever changed).

    Gives the data of a Built. Raises BuildFailed where nothing could be written, and otherwise what
    `build_site` raises. Logs what it did.
    """
    package = locate(package_location)
    make_importable(package)
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
    package = locate(package_location)
    make_importable(package)
    report = build_catalog(package, output_dir, leave_parts=True)
    report.log(is_news=bool(report.written.changed or report.written.removed))
    return _data(report, settled=True)


def _data(report: BuildReport | PartialReport, *, settled: bool) -> dict[str, Any]:
    written = report.written
    pages = [*written.changed, *written.removed]
    built = Built(
        written.build, pages, report.failures, report.sources, settled, written.came, written.went
    )
    return asdict(built)
