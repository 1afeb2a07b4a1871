"""build_site: read → render → write.

Only the last step touches the output folder, and it comes only when there is a catalog to write.
"""

import importlib
import logging
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import trail
from .documents import find_documents
from .errors import BuildFailed, BuildFailure
from .failures import failure_from
from .index import stories_index
from .looks import Look, Looks
from .models import Node, Story, walk
from .nodes import Catalog, read_catalog
from .output import Written, check_usable, write_catalog
from .packages import Package, locate
from .sources import recording
from .views import TREE, Extras, Workshop, assets, frame_file, page_file

logger = logging.getLogger(__name__)

OWN_PACKAGE = "storytime"
"""Which has stories as well: those of the workshop's components."""


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
            pages = render_catalog(catalog, package, output_dir)
        finder.check_refused()
        output = os.path.join(output_dir.resolve(), "")
        sources = [path for path in finder.sources() if not path.startswith(output)]
    with _timed(milliseconds, "write"):
        relative = sorted(Path(os.path.relpath(path, package.base)).as_posix() for path in sources)
        written = write_catalog(output_dir, pages, relative, catalog.failures)
    stories = sum(isinstance(node, Story) for node in walk(catalog.site))
    failures = tuple(catalog.failures)
    return BuildReport(package.name, stories, len(pages), written, failures, milliseconds)


def render_catalog(
    catalog: Catalog, package: Package, output_dir: Path | None = None
) -> dict[str, bytes]:
    """Every file of the output by its path; what could not be rendered joins the failures."""
    site, stories = catalog.site, Looks(package, output_dir)
    views = importlib.import_module(".views", OWN_PACKAGE)  # those of now: see `forget_own_views`
    looks: dict[str, Look] = {}
    for story in walk(site):
        if isinstance(story, Story):
            trail.at(story.path)
            try:
                looks[story.path] = stories.of(site, story)
            except BaseException as error:
                catalog.failures.append(failure_from(story.path, error))
    findings = {path: len(look.details.findings) for path, look in looks.items()}
    extras = Extras(findings, find_documents(package, site))
    failures = {failure.path: failure for failure in reversed(catalog.failures)}
    workshop: Workshop = views.Workshop(site, failures, extras)
    pages = {
        path: file.source.read_bytes() if file.content is None else file.content
        for path, file in stories.static.files.items()
    }
    pages |= {**assets(), "stories.json": stories_index(site), TREE: workshop.tree().encode()}
    for node in walk(site):
        pages |= render_node(workshop, node, stories, looks)
    for document in workshop.documents:
        page, warnings = workshop.document_page(document)
        pages[page_file(document.path)] = page.encode()
        warn(document.path, warnings)
    for missing in stories.static.missing:
        warn(missing.path, [missing.text])
    for path, look in looks.items():
        warn(path, look.details.warnings)
    return pages


def render_node(
    workshop: Workshop, node: Node, stories: Looks, looks: Mapping[str, Look]
) -> dict[str, bytes]:
    """The files of one node: its page, and of a story its document."""
    if not isinstance(node, Story):
        return {page_file(node.path): workshop.page(node).encode()}
    look = looks.get(node.path)
    if look is None:
        page = workshop.story_page(node, stories.of_failed(node))
        return {page_file(node.path): page.encode()}
    page = workshop.story_page(node, look.details, body=look.is_body)
    return {page_file(node.path): page.encode(), frame_file(node.path): look.document.encode()}


def forget_own_views() -> None:
    """For Storytime's own catalog: its components are imported anew.

    A standby has imported them when it warmed up, before the save that is to be seen. The
    interpreter ends with this build, so nobody is left with the old ones.
    """
    prefix = f"{OWN_PACKAGE}.views"
    for name in list(sys.modules):
        if name == f"{OWN_PACKAGE}.stories" or name == prefix or name.startswith(f"{prefix}."):
            del sys.modules[name]


def warn(path: str, warnings: Iterable[str]) -> None:
    for warning in warnings:
        logger.warning("%s: %s", path or "the catalog", warning)


@contextmanager
def _timed(milliseconds: dict[str, float], phase: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    milliseconds[phase] = (time.perf_counter() - start) * 1000
