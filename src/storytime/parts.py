"""What a build of the whole catalog leaves for partial ones: who uses which files, and the tree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dependencies import MOST, Recorder
from .files import relative_to
from .manifest import FORMAT, NOT_OURS, OWN_FOLDER, Partial, read_own, to_json
from .nodes import Catalog
from .rendered import Stories
from .tree import node_data

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
    if recorder.looks_around:
        return None
    users = recorder.parts_by_file(catalog.own)
    used = [users.get(file) for file in sources]
    files = dict(zip(relative_to(str(base), sources), used, strict=True))
    themed = catalog.site.themed_layout is not None
    tree = node_data(catalog.site, stories.extras)
    return Parts(build, files, catalog.own.intersection(together), themed, tree)
