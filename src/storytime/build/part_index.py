"""What a build of the whole catalog leaves for partial ones: who uses which files, and the tree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalog.model import walk
from ..catalog.tree_reader import Catalog
from ..project.files import changed_since, relative_to
from ..project.usage import MOST, Recorder
from ..views import TREE, assets
from .manifest import FORMAT, NOT_OURS, OWN_FOLDER, Partial, read_own, to_json
from .pages import INDEX, Stories
from .report import Written
from .tree_snapshot import node_data

PARTS = f"{OWN_FOLDER}/parts.json"


@dataclass(frozen=True)
class Parts:
    """By which parts a catalog can be built; a part is a subject with a `stories.py` of its own.

    `build` is the id of the build that it is of; `files` has, for every file of the project that
    was used (as in `Manifest.sources`), the parts that used it, None where that is the whole
    catalog; `together` are parts that come out differently when they are built alone; `themed`
    says whether stories are shown in the site's layout; `tree` is the site as `tree.node_data`.
    """

    build: str
    files: Mapping[str, Sequence[str] | None]
    together: Collection[str]
    themed: bool
    tree: Mapping[str, Any]

    def touched(self, files: Iterable[str], since: Partial) -> list[str] | None:
        """The parts that use any of the files, as far as it is known after the builds `since`.

        None where that is no matter of a few parts.
        """
        found: set[str] = set()
        for file in files:
            now = {part for part, used in since.parts.items() if file in used}
            before = self.files.get(file, () if now else None)
            if before is None:
                return None
            found |= now | (set(before) - since.parts.keys())
        if len(found) > MOST or not found.isdisjoint(self.together):
            return None
        return sorted(found)

    def to_json(self) -> bytes:
        data = {
            "files": dict(self.files),
            "together": sorted(self.together),
            "themed": self.themed,
            "tree": dict(self.tree),
        }
        return to_json(self.build, data)

    @classmethod
    def read(cls, output_dir: Path) -> Parts | None:
        """What is in a folder; None where there is nothing, or another version's."""
        try:
            data = read_own(output_dir, PARTS)
            if data["format"] != FORMAT:
                return None
            files, tree = dict(data["files"]), dict(data["tree"])
            return cls(str(data["build"]), files, set(data["together"]), bool(data["themed"]), tree)
        except NOT_OURS:
            return None


def parts_of(
    build: str,
    base: Path,
    recorder: Recorder,
    catalog: Catalog,
    sources: Collection[str],
    together: Collection[str],
    stories: Stories,
) -> Parts | None:
    """The parts of a catalog that was just built; None where it has to be built as a whole.

    `base` is the folder from which the package is imported, `sources` are the project's files that
    were used.
    """
    if not recorder.is_complete:
        return None
    users = recorder.parts_by_file(catalog.own)
    used = [users.get(file) for file in sources]
    files = dict(zip(relative_to(str(base), sources), used, strict=True))
    themed = catalog.site.themed_layout is not None
    tree = node_data(catalog.site, stories.extras)
    return Parts(build, files, catalog.own.intersection(together), themed, tree)


@dataclass(frozen=True)
class Earlier:
    """What partial builds have to go by in a folder, before the whole catalog is built into it."""

    parts: Parts | None
    partial: Partial | None

    @classmethod
    def read(cls, output_dir: Path) -> Earlier:
        parts = Parts.read(output_dir)
        return cls(parts, Partial.read(output_dir, parts.build) if parts else None)

    def together(self, written: Written, stories: Stories, sources: Sequence[str]) -> set[str]:
        """The parts that are not to be built alone, now that the whole catalog was built."""
        known = set(self.parts.together) if self.parts else set()
        # What was saved since then may be what the difference comes from.
        if self.partial is None or changed_since(sources, self.partial.since):
            return known
        shared = {INDEX, TREE, *assets()}
        different = [page for page in (*written.changed, *written.removed) if page not in shared]
        alone = self.partial.parts.keys()
        wrong = {part for part in alone if any(_is_of(page, part) for page in different)}
        elsewhere = {page for page in different if not any(_is_of(page, part) for part in alone)}
        if elsewhere and _is_settled(elsewhere, stories):
            wrong.update(alone)
        return known | wrong


def _is_of(page: str, part: str) -> bool:
    return page.startswith(f"{part}/")


def _is_settled(pages: set[str], stories: Stories) -> bool:
    """Whether one of the pages is the same when it is rendered again; a clock's is not."""
    paths = {page.rpartition("/")[0] for page in pages}
    shown = {path: stories.shown[path] for path in paths & stories.shown.keys()}
    again = Stories(stories.site, stories.looks)
    again.render(node for node in walk(stories.site) if node.path in shown)
    return len(shown) < len(paths) or any(
        again.shown.get(path) == before for path, before in shown.items()
    )
