"""Builds only what a save concerns, if that is enough: the fast path.

It is enough if the changed files are used by a few subjects only, and if what other pages show of
those subjects (titles, stories, failures) is still the same. Everything else is taken from what the
last build of the whole catalog left in the output folder.
"""

import os
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..catalog.model import Section, Site, Story, Subject, seat, walk
from ..catalog.tree_reader import STORIES, TreeNode, read_root
from ..project.failures import failure_from
from ..project.files import absolute, is_below, relative_to
from ..project.fresh_imports import FreshFinder
from ..project.package import Package
from ..project.usage import REST, at
from ..views import Extras, Workshop
from .manifest import MANIFEST, UNWRITTEN, Manifest, Partial, Stamp, digest_of, stamp_of
from .pages import INDEX, Stories, new_workshop
from .part_index import PARTS, Parts
from .result import BuildResult
from .stories_json import with_stories
from .story_renderer import StoryRenderer
from .tree_snapshot import node_data, site_from, subjects_in, take_over
from .writer import write_parts


@dataclass(frozen=True)
class LastCatalog:
    """What the last build of the whole catalog left in the output folder."""

    manifest: Manifest
    parts: Parts
    site: Site
    extras: Extras
    subjects: dict[str, Subject]
    pages: dict[str, list[str]]
    workshop: Workshop


def prepare(output_dir: Path) -> None:
    """Read in advance what `build_parts` needs of the folder."""
    _last_catalog(output_dir.absolute())


def build_parts(
    package: Package, output_dir: Path, changed: Sequence[str], finder: FreshFinder
) -> BuildResult | None:
    """Build what uses the changed files. Returns None if the whole catalog has to be built.

    The files are relative to the package's base. Call it within `recording()`, whose finder it
    takes. Logs what it built. Raises StorytimeError if the folder can't be written.
    """
    now, began = time.time(), time.perf_counter()
    output_dir = output_dir.absolute()
    base = str(package.base)
    last = _last_catalog(output_dir)
    if last is None or not finder.is_first or not all(map(os.path.isfile, absolute(base, changed))):
        return None
    whole = last.manifest
    since = Partial.read(output_dir, whole.build) or Partial(whole.build, whole.build, 0.0)
    touched = last.parts.touched(changed, since)
    if touched is None or since.build == UNWRITTEN:
        return None
    attempt = _Attempt(package, last, touched)
    pages = attempt.pages(output_dir, since)
    finder.check_refused()
    if pages is None or not finder.recorder.is_complete:
        return None
    users, sources = finder.recorder.parts_by_file(touched), finder.sources()
    uses = {
        part: relative_to(base, [file for file in sources if part in (users.get(file) or ())])
        for part in touched
    }
    result = write_parts(output_dir, whole, replace(since, since=now), pages, uses)
    if result is None:
        return None
    summary = (
        f"built {', '.join(touched) or 'nothing'} of {package.name} alone:"
        f" {len(result.changed)} files written; {(time.perf_counter() - began) * 1000:.0f} ms"
    )
    result = replace(result, summary=summary, warnings=attempt.warnings)
    result.log(parts=touched)
    return result


def _last_catalog(output_dir: Path) -> LastCatalog | None:
    return _read_last_catalog(output_dir, stamp_of(output_dir, MANIFEST, PARTS))


@lru_cache(maxsize=1)
def _read_last_catalog(output_dir: Path, _stamp: Stamp) -> LastCatalog | None:
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
    return LastCatalog(manifest, parts, site, extras, subjects, pages, workshop)


def _pages_by_part(pages: Iterable[str], parts: Collection[str]) -> dict[str, list[str]]:
    """Return the pages of each part and of its stories."""
    found: dict[str, list[str]] = {part: [] for part in parts}
    for page in pages:
        folder = page.rpartition("/")[0]
        part = folder if folder in found else folder.rpartition("/")[0]
        if part in found:
            found[part].append(page)
    return found


class _Attempt:
    """One attempt to build some parts alone."""

    def __init__(self, package: Package, last: LastCatalog, touched: Sequence[str]) -> None:
        self._package = package
        self._last = last
        self._touched = touched
        self.warnings: Sequence[str] = ()

    def pages(self, output_dir: Path, since: Partial) -> dict[str, bytes] | None:
        """Return the files of the parts by path, or None if others may be different too."""
        last = self._last
        if not self._read():
            return None
        nodes = [node for part in self._touched for node in walk(last.subjects[part])]
        stories = Stories(last.site, StoryRenderer(self._package, output_dir))
        stories.render(nodes)
        self.warnings = stories.warnings
        before = last.manifest.failures
        if stories.failures != [each for each in before if is_below(each.path, self._touched, "/")]:
            return None
        found = last.extras.findings
        if stories.findings() != {path: found[path] for path in found if path in stories.shown}:
            return None
        pages = dict(stories.pages(last.workshop, nodes))
        if pages.keys() != {page for part in self._touched for page in last.pages[part]}:
            return None
        try:
            index = (output_dir / INDEX).read_bytes()
        except OSError:
            return None
        known = since.pages.get(INDEX) or last.manifest.pages[INDEX]
        changed = with_stories(index, [node for node in nodes if isinstance(node, Story)])
        if changed is None or digest_of(index) != known:
            return None
        return {**pages, INDEX: changed}

    def _read(self) -> bool:
        """Import the parts. Returns True if the tree shows the same of them as before."""
        last = self._last
        try:
            if last.parts.themed and self._touched:
                last.site.themed_layout = read_root(self._tree_node(REST)).themed_layout
            for part in self._touched:
                made = last.subjects[part]
                at(part)
                real = self._tree_node(part).read()
                if not isinstance(real, Subject):
                    return False
                above = Section()
                above.path = part.rpartition("/")[0]
                seat(above, made.name, real)
                if node_data(real) != node_data(made):
                    return False
                take_over(made, real)
        except BaseException as error:
            failure_from(REST, error)  # raises what ends the whole build
            return False
        at(REST)
        return True

    def _tree_node(self, path: str) -> TreeNode:
        parts = tuple(path.split("/")) if path else ()
        places = [folder.joinpath(*parts, STORIES) for folder in self._package.folders]
        file = next((place for place in places if place.is_file()), places[0])
        return TreeNode(self._package.name, file, parts)
