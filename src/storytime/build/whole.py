"""build_site: read → render → write.

Only the last step touches the output folder, and it comes only when there is a catalog to write.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..catalog.tree_reader import read_catalog
from ..errors import BuildFailed, StorytimeError
from ..project.files import relative_to
from ..project.fresh_imports import recording
from ..project.package import Package, locate, make_importable
from .ownership import check_usable
from .pages import OWN_PACKAGE, forget_own_views, render_catalog
from .part_index import PARTS, Earlier, parts_of
from .report import BuildReport
from .writer import write_catalog, write_own

logger = logging.getLogger(__name__)


def build_site(package_location: str, output_dir: Path) -> None:
    """Builds the catalog of a package into a folder, which then holds it and nothing stale.

    `package_location` is a dotted name or a folder. Raises BuildFailed at the end where something
    could not be built (its `written` tells whether the rest was), StorytimeError where the package
    or the folder can't be used at all. Logs one line for the build, and one for each failure that
    has a page.
    """
    package = locate(package_location)
    make_importable(package)
    report = build_catalog(package, output_dir)
    report.log()
    if report.failures:
        raise BuildFailed(report.failures, written=True)


def build_catalog(package: Package, output_dir: Path, *, leave_parts: bool = False) -> BuildReport:
    """Reads, renders and writes; failures of single nodes are in the report.

    With `leave_parts` it leaves what partial builds need, where nothing of the project was imported
    in this interpreter before.
    """
    output_dir = output_dir.absolute()  # what it imports may change the current folder
    check_usable(output_dir)
    milliseconds: dict[str, float] = {}
    is_own = package.name == OWN_PACKAGE
    with recording(own=is_own) as finder:
        if is_own:
            forget_own_views()
        try:
            with _timed(milliseconds, "read"):
                catalog = read_catalog(package, output_dir)
            finder.check_refused()
        except BuildFailed as error:
            raise BuildFailed(error.failures, written=False, sources=finder.sources()) from None
        with _timed(milliseconds, "render"):
            pages, stories = render_catalog(catalog, package, output_dir)
        finder.check_refused()
        _check_still_there(package)
        output = os.path.join(output_dir.resolve(), "")
        sources = [path for path in finder.sources() if not path.startswith(output)]
    with _timed(milliseconds, "write"):
        earlier = Earlier.read(output_dir)
        relative = sorted(relative_to(str(package.base), sources))
        written = write_catalog(output_dir, pages, relative, catalog.failures)
        parts = None
        if leave_parts and finder.is_first:
            together = earlier.together(written, stories, sources)
            parts = parts_of(
                written.build, package.base, finder.recorder, catalog, sources, together, stories
            )
        write_own(output_dir, PARTS, parts.to_json() if parts else None)
    count = len(stories.shown) + len(stories.failures)
    failures = tuple(catalog.failures)
    news = sources if written.has_new_sources else None
    return BuildReport(
        package.name,
        count,
        len(pages),
        written,
        failures,
        milliseconds,
        news,
        tuple(stories.warnings),
    )


def _check_still_there(package: Package) -> None:
    """Raises StorytimeError where the package went meanwhile: what was read may be a part of it."""
    gone = next((each for each in package.folders if not each.is_dir()), None)
    if gone is not None:
        raise StorytimeError(
            f"no package {package.name!r} any more: {gone} went as it was read; nothing was written"
        )


@contextmanager
def _timed(milliseconds: dict[str, float], phase: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    milliseconds[phase] = (time.perf_counter() - start) * 1000
