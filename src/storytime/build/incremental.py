"""Builds only what a save concerns, if that is enough: the fast path.

It is enough if the changed files are used by a few subjects only, and if what other pages show of
those subjects (titles, stories, failures) is still the same. Everything else is taken from what the
last build of the whole catalog left in the output folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..catalog.model import Node, Story, Subject, seat, walk
from ..catalog.tree_reader import STORIES, Catalog, TreeNode, read_root
from ..project.failures import failure_from
from ..project.files import absolute, is_below, outside, relative_to
from ..project.fresh_imports import FreshFinder
from ..project.package import Package
from ..project.usage import REST, at
from ..ring.refusals import check_refused
from ..views import Extras, Highlight, page_file
from .changes import BuildChanges
from .highlights import read_highlighter
from .manifest import (
    MANIFEST,
    NOT_OURS,
    UNWRITTEN,
    Manifest,
    Partial,
    digest_of,
    read_regular,
    stamp_of,
)
from .pages import INDEX, Stories, new_workshop
from .part_index import PARTS, Parts
from .stories_json import with_stories
from .story_renderer import StoryRenderer
from .tree_snapshot import node_data, site_from
from .writer import write_parts


def prepare(output_dir: Path) -> None:
    """Read in advance what `build_parts` needs of the folder."""
    last_catalog(output_dir.absolute())


def build_parts(
    package: Package,
    output_dir: Path,
    changed: Sequence[str],
    finder: FreshFinder,
    shown: Sequence[str] = (),
) -> BuildChanges | None:
    """Build what uses the changed files. Returns None if the whole catalog has to be built.

    The files are relative to the package's base. Call it within `recording()`, whose finder it
    takes. Logs what it built. Raises StorytimeError if the folder can't be written.

    If more would have to be built, but some of it is on a page that a browser shows (`shown`), it
    builds only the documents of the stories there, so that they don't wait for all others, not even
    for those of their subject. The result `is_stale`: the whole catalog has to be built next.
    """
    output_dir = output_dir.absolute()
    last = last_catalog(output_dir)
    are_there = all(map(os.path.isfile, absolute(str(package.base), changed)))
    if last is None or not finder.is_first or not are_there:
        return None
    whole = last.whole.build
    since = Partial.read(output_dir, whole) or Partial(whole, whole, 0.0)
    touched = last.parts.touched(changed, since)
    on_screen = last.subjects_on(shown)
    parts = sorted({*on_screen.values()}) if touched is None else touched
    if since.build == UNWRITTEN or (touched is None and not parts):
        return None
    build = _PartsBuild(package, output_dir, finder, last, since, parts)
    if not build.render(parts if touched is not None else on_screen):
        return None
    pages = None if touched is None else build.pages()
    if pages is not None:
        return build.write(pages)
    documents = None if {*on_screen.values()}.isdisjoint(parts) else build.documents()
    return None if documents is None else build.write(documents, is_stale=True)


@dataclass
class _PartsBuild:
    """A build of some parts on top of the last one of the whole catalog, and of those `since`."""

    package: Package
    output_dir: Path
    finder: FreshFinder
    last: LastCatalog
    since: Partial
    parts: Sequence[str]

    def __post_init__(self) -> None:
        self._began, self._started = time.time(), time.perf_counter()
        self._manifest = self.since.on(self.last.whole)
        self._index = b""
        with suppress(OSError, ValueError):
            self._index = read_regular(self.output_dir / INDEX)
        self._stories = Stories(
            Catalog(self.last.site), StoryRenderer(self.package, self.output_dir)
        )
        self._nodes: Sequence[Node] = ()

    def render(self, paths: Collection[str]) -> bool:
        """Import the parts and render what is at or below the paths.

        Return False if the parts can't be built alone.
        """
        nodes = self.last.read(self.package, self.parts)
        if nodes is not None:
            self._nodes = nodes
            self._stories.render(node for node in nodes if is_below(node.path, paths, "/"))
        check_refused()
        is_known = digest_of(self._index) == self._manifest.pages.get(INDEX)
        return nodes is not None and is_known and self.finder.recorder.is_complete

    def pages(self) -> dict[str, bytes] | None:
        """Return the files that change, or None if others may be different too."""
        pages = self.last.pages(self._stories, self._nodes, self.parts)
        if pages is not None:
            stories = [node for node in self._nodes if isinstance(node, Story)]
            pages[INDEX] = with_stories(self._index, stories)
        return pages

    def documents(self) -> dict[str, bytes] | None:
        """Return the documents of the stories, or None if one failed."""
        if self._stories.failures:
            return None
        documents = dict(self._stories.documents())
        return {file: documents[file] for file in documents.keys() & self._manifest.pages}

    def write(self, pages: Mapping[str, bytes], *, is_stale: bool = False) -> BuildChanges | None:
        """Write the pages, and log that. Return None if somebody removed the folder."""
        writes = self.finder.end()
        used = self._used(are_some=is_stale)
        partial = replace(used, since=self._began, is_stale=self.since.is_stale or is_stale)
        result = write_parts(self.output_dir, self._manifest, partial, pages)
        if result is None:
            return None
        what = f"{', '.join(self.parts) or 'nothing'} of {self.package.name}"
        took = f"{(time.perf_counter() - self._started) * 1000:.0f} ms"
        summary = (
            f"built {what} {'first' if is_stale else 'alone'}:"
            f" {len(result.changed)} files written; {took}"
        )
        # A stale build's are left to the build of the whole catalog, which comes next.
        warnings = [] if is_stale else list(map(str, self._stories.warnings))
        result = replace(result, summary=summary, warnings=warnings, writes=writes)
        result.log(parts=() if is_stale else self.parts)
        return replace(result, is_stale=partial.is_stale)

    def _used(self, *, are_some: bool) -> Partial:
        """Add the files that each of the parts used in this build, and those that it looked for.

        If only some of the stories were rendered, the others use what they used before.
        """
        base = str(self.package.base)
        users, sources = self.finder.recorder.parts_by_file(self.parts), self.finder.sources()
        lookups = relative_to(base, outside(self.output_dir, self.finder.lookups()))
        uses = {
            part: relative_to(base, [file for file in sources if part in (users.get(file) or ())])
            for part in self.parts
        }
        for part in self.parts if are_some else ():
            uses[part] = sorted({*uses[part], *self.last.parts.used_by(part, self.since)})
        all_lookups = sorted({*self.since.lookups, *lookups})
        return replace(self.since, parts={**self.since.parts, **uses}, lookups=all_lookups)


class LastCatalog:
    """What the last build of the whole catalog left in the output folder."""

    def __init__(self, whole: Manifest, parts: Parts, highlight: Highlight) -> None:
        self.whole, self.parts = whole, parts
        self.site = site_from(parts.tree)
        self._subjects = {node.path: node for node in walk(self.site) if isinstance(node, Subject)}
        extras = Extras(parts.findings, parts.documents)
        self._workshop = new_workshop(self.site, whole.failures, extras, highlight)

    def subjects_on(self, pages: Iterable[str]) -> dict[str, str]:
        """Return the paths of stories and subjects that pages show, each with its subject's.

        Only subjects with a `stories.py` of their own count.
        """
        own = {part for parts in self.parts.files.values() for part in parts or ()}
        paths = [page.removesuffix(page_file("")).rstrip("/") for page in pages]
        return {
            path: subject
            for path in paths
            for subject in own.intersection([path, os.path.dirname(path)])
        }

    def read(self, package: Package, parts: Iterable[str]) -> list[Node] | None:
        """Import some parts into the tree. Returns their nodes, or None if that fails."""
        nodes: list[Node] = []
        try:
            if self.parts.uses_site and parts:
                root = TreeNode(package.name, Path(STORIES), ())
                self.site.themed_layout = read_root(root).themed_layout
            for part in parts:
                before = self._subjects[part]
                subject = TreeNode(package.name, Path(STORIES), tuple(part.split("/"))).read()
                if before.parent is None or not isinstance(subject, Subject):
                    return None
                before.parent.items[before.name] = subject
                seat(before.parent, before.name, subject)
                nodes += walk(subject)
        except BaseException as error:
            failure_from(REST, error)  # raises what ends the whole build
            return None
        at(REST)
        return nodes

    def can_read(self, part: str) -> bool:
        """Return True if there is such a part, and it can be imported without all others."""
        return part in self._subjects and part not in self.parts.together

    def pages(
        self, stories: Stories, nodes: Sequence[Node], parts: Sequence[str]
    ) -> dict[str, bytes] | None:
        """Return the files of the parts by path, or None if other pages may be different too."""
        subjects = [node for node in nodes if isinstance(node, Subject)]
        if any(node_data(each) != node_data(self._subjects[each.path]) for each in subjects):
            return None  # other pages show its titles
        failures = [each for each in self.whole.failures if is_below(each.path, parts, "/")]
        findings = self.parts.findings.items()
        if stories.failures != failures or stories.findings() != {
            path: count for path, count in findings if path in stories.shown
        }:
            return None
        self._workshop.static = lambda: stories.renderer.static
        pages = dict(stories.pages(self._workshop, nodes))
        folders = tuple(f"{part}/" for part in parts)
        known = {page for page in self.whole.pages if page.startswith(folders)}
        return pages if pages.keys() == known else None


def last_catalog(output_dir: Path) -> LastCatalog | None:
    """Return what the folder holds of the last build, or None if that is of no use."""
    return _read_last_catalog(output_dir, stamp_of(output_dir, MANIFEST, PARTS))


@lru_cache(maxsize=1)
def _read_last_catalog(output_dir: Path, _stamp: Hashable) -> LastCatalog | None:
    whole, parts = Manifest.read_whole(output_dir), Parts.read(output_dir)
    if whole is None or parts is None or parts.build != whole.build:
        return None
    with suppress(*NOT_OURS):
        last = LastCatalog(whole, parts, read_highlighter(output_dir))
        if all(page_file(node.path) in whole.pages for node in walk(last.site)):
            return last
    return None
