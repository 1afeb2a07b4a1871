"""Builds a whole catalog: read, render, write.

Only the last step touches the output folder, and only if there is a catalog to write.
"""

import os
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from ..catalog.tree_reader import Catalog, read_catalog
from ..errors import BuildFailed, StorytimeError
from ..project.files import relative_to
from ..project.fresh_imports import FreshFinder, recording
from ..project.package import Package, locate, make_importable
from .manifest import Partial, to_json
from .ownership import check_usable
from .pages import OWN_PACKAGE, forget_own_views, render_catalog
from .part_index import PARTS, Parts, parts_of
from .result import BuildResult
from .writer import write_catalog, write_own


def build_site(package_location: str, output_dir: Path) -> None:
    """Build the catalog of a package into a folder, which then holds it and nothing stale.

    `package_location` is a dotted name or a folder. Raises BuildFailed at the end if something
    could not be built (its `written` says whether the rest was), and StorytimeError if the package
    or the folder can't be used. Logs one line for the build, and one for each failure that has a
    page.
    """
    package = locate(package_location)
    make_importable(package)
    result = build_catalog(package, output_dir)
    result.log()
    if result.failures:
        raise BuildFailed(result.failures, written=True)


def build_catalog(package: Package, output_dir: Path, *, leave_parts: bool = False) -> BuildResult:
    """Build the catalog of a package that can be imported.

    Failures of single nodes are in the result. With `leave_parts` it leaves what partial builds
    need, unless a module of the project was imported in this interpreter before. Raises
    StorytimeError and BuildFailed if nothing can be written.
    """
    output_dir = output_dir.absolute()  # what is imported may change the current folder
    check_usable(output_dir)
    before = Parts.read(output_dir) if leave_parts else None
    partial = Partial.read(output_dir, before.build) if before else None
    times = [time.perf_counter()]
    is_own = package.name == OWN_PACKAGE
    with recording(own=is_own) as finder:
        if is_own:
            forget_own_views()
        catalog = _read(package, output_dir, finder)
        times.append(time.perf_counter())
        pages, stories = render_catalog(catalog, package, output_dir)
        finder.check_refused()
        times.append(time.perf_counter())
        sources = _sources(package, output_dir, finder)
    result = write_catalog(output_dir, pages, sorted(sources), catalog.failures)
    parts = None
    if leave_parts and finder.is_first:
        parts = parts_of(stories, sources, finder.recorder, result, before, partial)
    write_own(output_dir, PARTS, to_json(parts) if parts else None)
    times.append(time.perf_counter())
    read, render, write = ((end - start) * 1000 for start, end in pairwise(times))
    summary = (
        f"built {package.name}: {len(stories.shown) + len(stories.failures)} stories,"
        f" {len(pages)} files ({len(result.changed)} written, {len(result.removed)} removed),"
        f" {len(catalog.failures)} failed;"
        f" read {read:.0f} ms, render {render:.0f} ms, write {write:.0f} ms"
    )
    return replace(result, summary=summary, warnings=stories.warnings)


def _read(package: Package, output_dir: Path, finder: FreshFinder) -> Catalog:
    try:
        catalog = read_catalog(package, output_dir)
    except BuildFailed as error:
        raise BuildFailed(error.failures, written=False, sources=finder.sources()) from None
    finder.check_refused()
    return catalog


def _sources(package: Package, output_dir: Path, finder: FreshFinder) -> dict[str, str]:
    """Return the absolute paths of the project's files that were used, by their relative ones.

    Raises StorytimeError if the package was removed meanwhile.
    """
    if gone := [folder for folder in package.folders if not folder.is_dir()]:
        raise StorytimeError(
            f"no package {package.name!r} any more: {gone[0]} went as it was read; nothing was"
            " written"
        )
    output = os.path.join(output_dir.resolve(), "")
    sources = [path for path in finder.sources() if not path.startswith(output)]
    return dict(zip(relative_to(str(package.base), sources), sources, strict=True))
