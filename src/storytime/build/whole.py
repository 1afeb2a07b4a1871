"""Builds a whole catalog: read, render, write.

Only the last step touches the output folder, and only if there is a catalog to write.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..catalog.tree_reader import Catalog, read_catalog
from ..errors import BuildFailed, StorytimeError
from ..project.files import relative_to
from ..project.fresh_imports import FreshFinder, recording
from ..project.package import Package, locate, make_importable
from .manifest import EarlierBuild
from .ownership import check_usable
from .pages import OWN_PACKAGE, Stories, forget_own_views, render_catalog
from .part_index import PARTS, Parts, parts_of, together
from .result import BuildResult
from .writer import write_catalog, write_own

logger = logging.getLogger(__name__)


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
    earlier = check_usable(output_dir)
    phases: dict[str, float] = {}
    is_own = package.name == OWN_PACKAGE
    with recording(own=is_own) as finder:
        if is_own:
            forget_own_views()
        rendered = _render(package, output_dir, finder, phases)
    with _timed(phases, "write"):
        sources = sorted(rendered.sources)
        failures = rendered.catalog.failures
        result = write_catalog(output_dir, rendered.pages, sources, failures, earlier)
        leaves_parts = leave_parts and finder.is_first
        parts = _parts(rendered, finder, result, output_dir, earlier) if leaves_parts else None
        write_own(output_dir, PARTS, parts.to_json() if parts else None)
    stories = rendered.stories
    summary = (
        f"built {package.name}: {len(stories.shown) + len(stories.failures)} stories,"
        f" {len(rendered.pages)} files"
        f" ({len(result.changed)} written, {len(result.removed)} removed), {len(failures)} failed; "
    ) + ", ".join(f"{phase} {spent:.0f} ms" for phase, spent in phases.items())
    return replace(result, summary=summary, warnings=stories.warnings)


@dataclass(frozen=True)
class RenderedCatalog:
    """A catalog that can be written: `pages` by their paths, and what they are made of.

    `sources` maps the project's files that were used, relative to the package's base, to their
    absolute paths.
    """

    catalog: Catalog
    stories: Stories
    pages: dict[str, bytes]
    sources: dict[str, str]


def _render(
    package: Package, output_dir: Path, finder: FreshFinder, phases: dict[str, float]
) -> RenderedCatalog:
    try:
        with _timed(phases, "read"):
            catalog = read_catalog(package, output_dir)
        finder.check_refused()
    except BuildFailed as error:
        raise BuildFailed(error.failures, written=False, sources=finder.sources()) from None
    with _timed(phases, "render"):
        pages, stories = render_catalog(catalog, package, output_dir)
    finder.check_refused()
    if gone := [folder for folder in package.folders if not folder.is_dir()]:
        raise StorytimeError(
            f"no package {package.name!r} any more: {gone[0]} went as it was read; nothing was"
            " written"
        )
    output = os.path.join(output_dir.resolve(), "")
    sources = [path for path in finder.sources() if not path.startswith(output)]
    relative = relative_to(str(package.base), sources)
    return RenderedCatalog(catalog, stories, pages, dict(zip(relative, sources, strict=True)))


def _parts(
    rendered: RenderedCatalog,
    finder: FreshFinder,
    result: BuildResult,
    output_dir: Path,
    earlier: EarlierBuild | None,
) -> Parts | None:
    """Return what partial builds need of a catalog that was just written."""
    before = Parts.read(output_dir)
    is_current = before and earlier and before.build == earlier.whole.build
    partial = earlier.partial if earlier and is_current else None
    stories, sources = rendered.stories, rendered.sources
    kept = together(before, partial, result, stories, sources.values())
    return parts_of(result.build, finder.recorder, rendered.catalog, sources, kept, stories)


@contextmanager
def _timed(phases: dict[str, float], phase: str) -> Iterator[None]:
    """Note the milliseconds that a phase takes."""
    start = time.perf_counter()
    yield
    phases[phase] = (time.perf_counter() - start) * 1000
