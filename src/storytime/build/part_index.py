"""What a build of the whole catalog leaves for partial ones: who uses which files, and the tree.

A part is a subject with a `stories.py` of its own. A partial build may come out differently from a
build of the whole catalog, for instance if importing one subject registers something that another
shows. The build of the whole catalog that follows finds out, and records which parts have to be
built together with the rest from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any

from ..catalog.model import walk
from ..project.files import changed_since, is_below
from ..project.usage import MOST, Recorder
from ..views import TREE
from ..views.assets import assets
from .changes import BuildChanges
from .manifest import FORMAT, NOT_OURS, OWN_FOLDER, Partial, fits, read_own
from .pages import INDEX, Stories
from .tree_snapshot import node_data

PARTS = f"{OWN_FOLDER}/parts.json"
STORY: Mapping[str, Any] = {"name": str, **dict.fromkeys(("title", "description"), (str, NoneType))}
GROUP: dict[str, Any] = {**STORY}
GROUP["items"] = [(GROUP, STORY)]
SHAPE: Mapping[str, Any] = {
    "build": str,
    "files": {str: ([str], NoneType)},
    "together": [str],
    "uses_site": bool,
    "tree": {"name": str, "title": (str, NoneType), "items": [GROUP]},
    "findings": {str: int},
    "documents": {str: [[str, str, str]]},
}


@dataclass(frozen=True)
class Parts:
    """The parts of a catalog, as they were at the build of the whole catalog with the id `build`.

    `files` maps each of the project's files that was used (as in `Manifest.sources`) to the parts
    that use it, or to None if the rest of the catalog does. `together` are the parts that can't be
    built alone. `uses_site` says whether stories need the site: its layout or its setup. `tree` is
    the site, as `tree_snapshot.node_data` returned it. `findings` and `documents` are its `Extras`,
    without the documents' texts.
    """

    build: str
    files: Mapping[str, Collection[str] | None]
    together: Collection[str]
    uses_site: bool
    tree: Mapping[str, Any]
    findings: Mapping[str, int]
    documents: Mapping[str, Sequence[tuple[str, str, str]]]

    def touched(self, files: Iterable[str], since: Partial) -> list[str] | None:
        """Return the parts that use any of the files, or None if more than some parts do.

        `since` are the partial builds since that of the whole catalog.
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

    def used_by(self, part: str, since: Partial) -> Sequence[str]:
        """Return the files that a part uses."""
        before = [file for file, parts in self.files.items() if part in (parts or ())]
        return since.parts.get(part, before)

    @classmethod
    def read(cls, output_dir: Path) -> Parts | None:
        """Return what is in a folder, or None if there is nothing, or another version's."""
        try:
            data = read_own(output_dir, PARTS)
            is_ours = data.pop("format") == FORMAT and fits(data, SHAPE)
            return cls(**data) if is_ours else None
        except NOT_OURS:
            return None


def parts_of(
    stories: Stories,
    sources: Mapping[str, str],
    recorder: Recorder,
    result: BuildChanges,
    before: Parts | None,
    partial: Partial | None,
) -> Parts | None:
    """Return the parts of a catalog that was just built, or None if it has to be built as a whole.

    `sources` maps the project's files that were used, relative to the package's base, to their
    absolute paths. `before` and `partial` are what earlier builds left.
    """
    if not recorder.is_complete:
        return None
    catalog, extras = stories.catalog, stories.extras
    together = set(before.together) if before else set()
    # What was saved since the partial build may be the reason for a difference.
    if partial and not partial.is_stale and not changed_since(sources.values(), partial.since):
        together |= _wrong(partial.parts, result, stories)
    users = recorder.parts_by_file(catalog.own)
    return Parts(
        result.build,
        {relative: users.get(file) for relative, file in sources.items()},
        sorted(together & catalog.own),
        catalog.site.themed_layout is not None or catalog.site.setup is not None,
        node_data(catalog.site),
        extras.findings,
        {
            path: [(name, title, "") for name, title, _ in documents]
            for path, documents in extras.documents.items()
        },
    )


def _wrong(built: Collection[str], result: BuildChanges, stories: Stories) -> set[str]:
    """Return the parts that were built alone and came out differently now."""
    different = set(result.pages) - {INDEX, TREE, *assets()}
    wrong = {part for part in built if any(is_below(page, [part], "/") for page in different)}
    elsewhere = {page for page in different if not is_below(page, wrong, "/")}
    return {*built} if elsewhere and _is_settled(elsewhere, stories) else wrong


def _is_settled(pages: set[str], stories: Stories) -> bool:
    """Return True if one of the pages is the same when rendered again; a clock's is not."""
    paths = {page.rpartition("/")[0] for page in pages}
    shown = {path: stories.shown[path] for path in paths & stories.shown.keys()}
    again = Stories(stories.catalog, stories.renderer)
    again.render(node for node in walk(stories.catalog.site) if node.path in shown)
    return len(shown) < len(paths) or any(
        again.shown.get(path) == before for path, before in shown.items()
    )
