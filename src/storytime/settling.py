"""What a build of the whole catalog tells of the partial builds before it.

A part that is built alone may come out differently: its modules may change others, or be changed by
them, when they are imported together. The whole build then wins, and such parts are remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .files import changed_since
from .manifest import Partial
from .models import walk
from .output import Written
from .parts import Parts
from .rendered import INDEX, Stories
from .views import TREE, assets


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
