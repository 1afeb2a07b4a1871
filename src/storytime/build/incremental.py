"""The fast path: builds what a save concerns alone, where that is enough.

It is enough where the files that changed are used by a few subjects only, and where what other
pages show of those subjects (titles, stories, failures) stays as it was. What is around them is
taken from what the last build of the whole catalog left in the output folder.
"""

import logging
import os
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..catalog.model import Section, Site, Story, Subject, seat, walk
from ..catalog.tree_reader import STORIES, TreeNode, read_root
from ..project.failures import failure_from
from ..project.files import relative_to
from ..project.fresh_imports import FreshFinder
from ..project.package import Package
from ..project.usage import REST, at
from ..views import Extras, Workshop
from .manifest import MANIFEST, UNWRITTEN, Manifest, Partial, digest_of
from .pages import INDEX, Stories, new_workshop
from .part_index import PARTS, Parts
from .report import PartialReport, _is_in
from .stories_json import with_stories
from .story_renderer import Looks
from .tree_snapshot import bring_to_life, node_data, site_from, subjects_in
from .writer import write_parts

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """What the last build of the whole catalog left, ready for partial ones."""

    manifest: Manifest
    parts: Parts
    site: Site
    extras: Extras
    subjects: dict[str, Subject]
    pages: dict[str, list[str]]
    workshop: Workshop


def prepare(output_dir: Path) -> None:
    """Reads beforehand what `build_parts` needs of the folder, in this interpreter."""
    _standing(output_dir.absolute())


def build_parts(
    package: Package, output_dir: Path, changed: Sequence[str], finder: FreshFinder
) -> PartialReport | None:
    """Builds what uses the changed files, or None: nothing is written, all is to be built.

    Within `recording()`, whose finder is given. Raises StorytimeError where the folder can't be
    written.
    """
    began = time.time(), time.perf_counter()
    output_dir = output_dir.absolute()
    standing = _standing(output_dir)
    if standing is None or not finder.is_first or not all(map(os.path.isfile, changed)):
        return None
    whole = standing.manifest
    since = Partial.read(output_dir, whole.build) or Partial(whole.build, whole.build, 0.0)
    base = str(package.base)
    touched = standing.parts.touched(relative_to(base, changed), since)
    if touched is None or since.build == UNWRITTEN:
        return None
    attempt = _Attempt(package, standing, touched)
    pages = attempt.pages(output_dir, since)
    finder.check_refused()
    if pages is None or not finder.recorder.is_complete:
        return None
    users, sources = finder.recorder.parts_by_file(touched), finder.sources()
    uses = {
        part: relative_to(base, [file for file in sources if part in (users.get(file) or ())])
        for part in touched
    }
    since = replace(since, since=began[0])
    written = write_parts(output_dir, whole, since, pages, uses)
    if written is None:
        return None
    now = replace(since, parts={**since.parts, **uses}).on(whole).sources
    news = None if now == since.on(whole).sources else [os.path.join(base, file) for file in now]
    spent = (time.perf_counter() - began[1]) * 1000
    return PartialReport(
        package.name, touched, written, whole.failures, news, spent, attempt.warnings
    )


def _standing(output_dir: Path) -> Standing | None:
    files = [os.path.join(output_dir, file) for file in (MANIFEST, PARTS)]
    try:
        stats = [os.stat(file) for file in files]
    except OSError:
        return None
    stamp = tuple((stat.st_ino, stat.st_mtime_ns, stat.st_size) for stat in stats)
    return _read_standing(output_dir, stamp)


@lru_cache(maxsize=1)
def _read_standing(output_dir: Path, _stamp: object) -> Standing | None:
    """What is in the folder; the stamp tells its versions apart."""
    manifest, parts = Manifest.read_whole(output_dir), Parts.read(output_dir)
    if manifest is None or parts is None or parts.build != manifest.build:
        return None
    try:
        site, extras = site_from(parts.tree)
    except (LookupError, TypeError):
        return None
    workshop = new_workshop(site, manifest.failures, extras)
    subjects = subjects_in(site)
    pages = _pages_by_part(manifest.pages, subjects)
    return Standing(manifest, parts, site, extras, subjects, pages, workshop)


def _pages_by_part(pages: Iterable[str], parts: Collection[str]) -> dict[str, list[str]]:
    """The pages of each part and of its stories."""
    found: dict[str, list[str]] = {part: [] for part in parts}
    for page in pages:
        folder = page.rpartition("/")[0]
        part = folder if folder in found else folder.rpartition("/")[0]
        if part in found:
            found[part].append(page)
    return found


class _Attempt:
    """One attempt to build some parts alone."""

    def __init__(self, package: Package, standing: Standing, touched: Sequence[str]) -> None:
        self._package = package
        self._standing = standing
        self._touched = touched
        self.warnings: Sequence[str] = ()

    def pages(self, output_dir: Path, since: Partial) -> dict[str, bytes] | None:
        """The files of the parts by their paths; None where others may be different too."""
        standing = self._standing
        if not self._read():
            return None
        nodes = [node for part in self._touched for node in walk(standing.subjects[part])]
        stories = Stories(standing.site, Looks(self._package, output_dir))
        stories.render(nodes)
        self.warnings = stories.warnings
        before = standing.manifest.failures
        if stories.failures != [each for each in before if _is_in(each.path, self._touched)]:
            return None
        found = standing.extras.findings
        if stories.findings() != {path: found[path] for path in found if path in stories.shown}:
            return None
        pages = dict(stories.pages(standing.workshop, nodes))
        if pages.keys() != {page for part in self._touched for page in standing.pages[part]}:
            return None
        try:
            index = (output_dir / INDEX).read_bytes()
        except OSError:
            return None
        known = since.pages.get(INDEX) or standing.manifest.pages[INDEX]
        changed = with_stories(index, [node for node in nodes if isinstance(node, Story)])
        if changed is None or digest_of(index) != known:
            return None
        return {**pages, INDEX: changed}

    def _read(self) -> bool:
        """Imports what the parts are made of; whether the tree shows the same of them as before."""
        standing = self._standing
        try:
            if standing.parts.themed and self._touched:
                standing.site.themed_layout = read_root(self._tree_node(REST)).themed_layout
            for part in self._touched:
                made = standing.subjects[part]
                at(part)
                real = self._tree_node(part).read()
                if not isinstance(real, Subject):
                    return False
                above = Section()
                above.path = part.rpartition("/")[0]
                seat(above, made.name, real)
                if node_data(real) != node_data(made):
                    return False
                bring_to_life(made, real)
        except BaseException as error:
            failure_from(REST, error)  # raises what is none of the catalog's
            return False
        at(REST)
        return True

    def _tree_node(self, path: str) -> TreeNode:
        parts = tuple(path.split("/")) if path else ()
        places = [folder.joinpath(*parts, STORIES) for folder in self._package.folders]
        file = next((place for place in places if place.is_file()), places[0])
        return TreeNode(self._package.name, file, parts)
