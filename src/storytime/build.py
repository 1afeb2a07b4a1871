"""build_site: read → render → write.

Only the last step touches the output folder, and it comes only when there is a catalog to write.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import trail
from .errors import BuildFailed, BuildFailure
from .failures import failure_from
from .index import stories_index
from .models import Story, walk
from .nodes import Catalog, read_catalog
from .output import Written, check_usable, write_catalog
from .packages import Package, locate
from .rendering import NOTHING, Shown, show_story
from .sources import recording
from .views import Workshop, assets

logger = logging.getLogger(__name__)

PAGE = "index.html"
"""A node's page, in the folder that its path names."""
FRAME = "frame.html"
"""The document that a story's page shows in a frame, beside it."""


@dataclass(frozen=True)
class BuildReport:
    """One build in figures: counts, and the milliseconds of each phase."""

    package: str
    stories: int
    pages: int
    written: Written
    failures: tuple[BuildFailure, ...]
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        phases = ", ".join(f"{phase} {spent:.0f} ms" for phase, spent in self.milliseconds.items())
        return (
            f"built {self.package}: {self.stories} stories, {self.pages} files"
            f" ({len(self.written.changed)} written, {len(self.written.removed)} removed),"
            f" {len(self.failures)} failed; {phases}"
        )


def build_site(package_location: str, output_dir: Path) -> None:
    """Builds the catalog of a package into a folder, which then holds it and nothing stale.

    `package_location` is a dotted name or a folder. Raises BuildFailed at the end where something
    could not be built (its `written` tells whether the rest was), StorytimeError where the package
    or the folder can't be used at all. Logs one line for the build, and one for each failure that
    has a page.
    """
    report = build_catalog(locate(package_location), output_dir)
    for failure in report.failures:
        logger.error("%s", failure)
    logger.info("%s", report)
    if report.failures:
        raise BuildFailed(report.failures, written=True)


def build_catalog(package: Package, output_dir: Path) -> BuildReport:
    """Reads, renders and writes; failures of single nodes are in the report."""
    output_dir = output_dir.absolute()  # what it imports may change the current folder
    check_usable(output_dir)
    milliseconds: dict[str, float] = {}
    with recording() as finder:
        try:
            with _timed(milliseconds, "read"):
                catalog = read_catalog(package, output_dir)
            finder.check_refused()
        except BuildFailed as error:
            raise BuildFailed(error.failures, written=False, sources=finder.sources()) from None
        with _timed(milliseconds, "render"):
            pages = render_catalog(catalog)
        finder.check_refused()
        output = os.path.join(output_dir.resolve(), "")
        sources = [path for path in finder.sources() if not path.startswith(output)]
    with _timed(milliseconds, "write"):
        relative = sorted(Path(os.path.relpath(path, package.base)).as_posix() for path in sources)
        written = write_catalog(output_dir, pages, relative, catalog.failures)
    stories = sum(isinstance(node, Story) for node in walk(catalog.site))
    failures = tuple(catalog.failures)
    return BuildReport(package.name, stories, len(pages), written, failures, milliseconds)


def render_catalog(catalog: Catalog) -> dict[str, bytes]:
    """Every file of the output by its path; what could not be rendered joins the failures."""
    site = catalog.site
    shown: dict[str, Shown] = {}
    for node in walk(site):
        if isinstance(node, Story):
            trail.at(node.path)
            try:
                shown[node.path] = show_story(site, node)
            except BaseException as error:
                catalog.failures.append(failure_from(node.path, error))
    workshop = Workshop(site, {failure.path: failure for failure in reversed(catalog.failures)})
    pages = {**assets(), "stories.json": stories_index(site)}
    for node in walk(site):
        if isinstance(node, Story):
            story = shown.get(node.path, NOTHING)
            page = workshop.story_page(node, content=story.content, body=story.body)
            if story.document is not None:
                pages[f"{node.path}/{FRAME}"] = story.document.encode()
        else:
            page = workshop.page(node)
        pages[f"{node.path}/{PAGE}" if node.path else PAGE] = page.encode()
    return pages


@contextmanager
def _timed(milliseconds: dict[str, float], phase: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    milliseconds[phase] = (time.perf_counter() - start) * 1000
