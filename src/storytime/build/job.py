"""Rebuilds of a served catalog, as jobs for an interpreter: plain data in and out."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..project.fresh_imports import recording
from ..project.package import locate, make_importable
from ..ring.progress import report
from .incremental import build_parts
from .pages import OWN_PACKAGE
from .preload import check_preload
from .report_kinds import WHOLE
from .whole import build_package


def rebuild(
    package_location: str,
    output_dir: Path,
    changed: Sequence[str] | None,
    publish_torn: bool = False,
    shown: Sequence[str] = (),
) -> dict[str, Any]:
    """Build the catalog after some files changed, only what uses them if that is enough.

    The files are relative to the package's base; None if anything may have changed. `shown` are the
    pages that browsers show; see `build_parts`. Returns the JSON types of BuildChanges, which it
    also logs. Raises what `build_site` raises, but BuildFailed only if nothing could be written;
    for `publish_torn` see `build_package`.
    """
    package = locate(package_location)
    make_importable(package)
    check_preload()
    is_own = package.name == OWN_PACKAGE  # its views also render the rest of the workshop
    with recording(own=is_own) as finder:
        if changed is not None and not is_own:
            partial = build_parts(package, output_dir, changed, finder, shown)
            if partial is not None:
                return partial.to_json()
        report(WHOLE, time.time_ns())
        is_settled = not finder.has_loaded()
        built = build_package(package, output_dir, leave_parts=True, publish_torn=publish_torn)
    built.changes.log()
    is_settled = is_settled and built.stories.in_order
    return replace(built.changes, is_settled=is_settled).to_json()


def settle(package_location: str, output_dir: Path, publish_torn: bool = False) -> dict[str, Any]:
    """Build the whole catalog after partial builds. Logged at DEBUG if nothing is different."""
    package = locate(package_location)
    make_importable(package)
    check_preload()
    built = build_package(package, output_dir, leave_parts=True, publish_torn=publish_torn)
    built.changes.log(None if built.changes.pages else logging.DEBUG)
    return built.changes.to_json()
