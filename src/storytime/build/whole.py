"""Builds a whole catalog: read, render, write.

Only the last step touches the output folder, and only if there is a catalog to write.
"""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ..catalog.tree_reader import STORIES, Catalog, read_catalog
from ..errors import BuildFailed, SourcesChanged, StorytimeError
from ..project.files import absolute, outside, relative_to
from ..project.fresh_imports import FreshFinder, recording
from ..project.package import Package, locate, make_importable
from ..ring.refusals import check_refused
from .changes import BuildChanges
from .folder_lock import FolderLock, check_not_in_use
from .highlights import read_highlighter, write_highlights
from .manifest import UNWRITTEN, Manifest, Partial, to_json
from .ownership import check_usable
from .pages import OWN_PACKAGE, Stories, forget_own_views, render_catalog
from .part_index import PARTS, Parts, parts_of
from .preload import libraries_in
from .writer import write_catalog, write_own


def build_site(package_location: str, output_dir: Path) -> None:
    """Build the catalog of a package into a folder, which then holds it and nothing stale.

    `package_location` is a dotted name or a folder. Raises BuildFailed at the end if something
    could not be built (its `written` says whether the rest was), and StorytimeError if the package
    or the folder can't be used. Raises SourcesChanged, and writes nothing, if it failed or would
    remove pages, but files changed as they were read: build again, in a new process. Logs one line
    for the build, and one for each cause of failures.
    """
    build_whole(package_location, output_dir, publish_torn=False)


def build_whole(package_location: str, output_dir: Path, publish_torn: bool) -> None:
    """`build_site`, as a job; see `build_package`."""
    package = locate(package_location)
    make_importable(package)
    check_not_in_use(output_dir, package)
    changes = build_package(package, output_dir, publish_torn=publish_torn).changes
    changes.log()
    if changes.failures:
        raise BuildFailed(changes.failures, written=True)


@dataclass(frozen=True)
class WholeBuild:
    """A build of the whole catalog, of so many `files`.

    `times` are when reading, rendering and writing began and ended, by `time.perf_counter`.
    """

    changes: BuildChanges
    stories: Stories
    files: int
    times: Sequence[float]


def build_package(
    package: Package, output_dir: Path, *, leave_parts: bool = False, publish_torn: bool = False
) -> WholeBuild:
    """Build the catalog of a package that can be imported.

    Failures of single nodes are in the changes. With `leave_parts` it leaves what partial builds
    need, unless a module of the project was imported in this interpreter before. Raises
    StorytimeError and BuildFailed if nothing can be written.

    If it failed or would remove pages, but files aren't any more as they were read, they may have
    been half written: it raises SourcesChanged and writes nothing. With `publish_torn` it writes
    what it has, and removes nothing.
    """
    output_dir = output_dir.absolute()  # what is imported may change the current folder
    earlier = check_usable(output_dir) or Manifest(UNWRITTEN, {})
    before = Parts.read(output_dir) if leave_parts else None
    partial = Partial.read(output_dir, before.build) if before else None
    times = [time.perf_counter()]
    with recording(own=package.name == OWN_PACKAGE) as finder:
        catalog = _read(package, output_dir, finder, publish_torn=publish_torn)
        times.append(time.perf_counter())
        highlighter = read_highlighter(output_dir)
        pages, stories = render_catalog(catalog, package, output_dir, highlighter)
        check_refused()
        times.append(time.perf_counter())
        writes = finder.end()
    failures = catalog.failures
    # A module with an error may not have imported its libraries.
    libraries = libraries_in(package, finder) if leave_parts and not failures else None
    sources = _sources(package, output_dir, finder)
    is_worse = not earlier.pages.keys() <= pages.keys() or not {*failures} <= {*earlier.failures}
    torn = is_worse and _torn(package, earlier, finder, sources, publish_torn=publish_torn)
    lookups = sorted(_relative(package, output_dir, finder.lookups()))
    known, used = leave_parts and finder.is_first, sorted(sources)
    with FolderLock(output_dir, package) as lock:
        changes = write_catalog(
            output_dir, pages, used, failures, lookups, removes=not torn, lock=lock
        )
        parts = known and parts_of(stories, sources, finder.recorder, changes, before, partial)
        write_own(output_dir, PARTS, to_json(parts) if parts else None)
        write_highlights(output_dir, highlighter)
    times.append(time.perf_counter())
    changes = _described(changes, package, stories, len(pages), times)
    changes = replace(changes, writes=writes, libraries=libraries)
    return WholeBuild(changes, stories, len(pages), times)


def _read(
    package: Package, output_dir: Path, finder: FreshFinder, *, publish_torn: bool
) -> Catalog:
    if package.name == OWN_PACKAGE:
        forget_own_views()
    try:
        catalog = read_catalog(package, output_dir)
    except BuildFailed as error:
        writes = finder.end()
        if (torn := finder.accesses.changed()) and not publish_torn:
            raise SourcesChanged(torn) from None
        raise BuildFailed(
            error.failures,
            written=False,
            sources=finder.sources(),
            lookups=finder.lookups(),
            writes=writes.to_json(),
        ) from None
    check_refused()
    return catalog


def _described(
    changes: BuildChanges, package: Package, stories: Stories, files: int, times: Sequence[float]
) -> BuildChanges:
    """Add what there is to say of a build; `times` are when reading, rendering and writing began
    and ended."""
    read, render, write = (f"{(end - start) * 1000:.0f} ms" for start, end in pairwise(times))
    users = sorted(stories.renderer.static.users(changes.pages) - {*changes.pages})
    summary = (
        f"built {package.name}: {len(stories.shown) + len(stories.failures)} stories,"
        f" {files} files ({len(changes.changed)} written, {len(changes.removed)} removed),"
        f" {len(changes.failures)} failed; read {read}, render {render}, write {write}"
    )
    warnings = list(map(str, stories.warnings))
    return replace(changes, summary=summary, warnings=warnings, users=users)


def _sources(package: Package, output_dir: Path, finder: FreshFinder) -> dict[str, str]:
    """Return the absolute paths of the project's files that were used, by their relative ones.

    Raises StorytimeError if the package was removed meanwhile.
    """
    if gone := [folder for folder in package.folders if not folder.is_dir()]:
        raise StorytimeError(
            f"no package {package.name!r} any more: {gone[0]} went as it was read; nothing was"
            " written"
        )
    return _relative(package, output_dir, finder.sources())


def _relative(package: Package, output_dir: Path, files: Iterable[str]) -> dict[str, str]:
    """Return the files outside of the output folder by their paths relative to the base."""
    files = outside(output_dir, files)
    return dict(zip(relative_to(str(package.base), files), files, strict=True))


def _torn(
    package: Package,
    earlier: Manifest,
    finder: FreshFinder,
    sources: Mapping[str, str],
    *,
    publish_torn: bool,
) -> bool:
    """Return True if files may have been read, or passed over, in the middle of a save.

    Raises SourcesChanged unless that is to be published all the same.
    """
    before = {path for path in earlier.sources if os.path.basename(path) == STORIES}
    passed_over = absolute(str(package.base), before - sources.keys())
    torn = [*finder.accesses.changed(), *filter(os.path.exists, passed_over)]
    if torn and not publish_torn:
        raise SourcesChanged(torn)
    return bool(torn)
