"""Renders files that somebody waits for before the rest of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Protocol

from ..catalog.model import Node, Story
from ..project.usage import REST, at
from ..ring.progress import report, told
from ..views import FRAME, Workshop
from ..views.catalog_index import Entry
from ..views.links import PAGE
from .report_kinds import EARLY

LARGEST = 1_000_000
"""Bytes of a static file that is reported; larger ones wait for the end of the build."""


class RendersEarly(Protocol):
    """What `EarlyRenderer` needs of `pages.Stories`."""

    def render_early(self, story: Story) -> None: ...

    def has_failed(self, path: str) -> bool: ...

    def files(self, workshop: Workshop, entry: Entry) -> Iterator[tuple[str, bytes]]: ...


class EarlyRenderer:
    """Answers what the ring tells a build: the files that somebody waits for.

    `new_workshop` returns what renders pages before all stories have been rendered; it must leave
    the build's own state alone. The pages have no marks yet of what stories would add to them. When
    there is a final `workshop`, set it.

    Stories are rendered as the build renders them, but not in its order, which `stories` notes.
    """

    def __init__(self, stories: RendersEarly, new_workshop: Callable[[], Workshop]) -> None:
        self._stories, self._new_workshop = stories, new_workshop

    @cached_property
    def workshop(self) -> Workshop:
        return self._new_workshop()

    def before_each(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """Yield the nodes; answer before each."""
        for node in nodes:
            for file in told():
                at(REST)
                found = dict(self._files(file))
                for name, data in found.items():
                    report(EARLY, [name, data.decode(errors="surrogateescape")])
                if file not in found:
                    report(EARLY, [file, None])
            yield node

    def _files(self, file: str) -> Iterator[tuple[str, bytes]]:
        """Yield the file with what is rendered along with it, if that is possible now."""
        path, _, name = file.rpartition("/")
        entry = self.workshop.entries.get(path) if name in (PAGE, FRAME) else None
        static = self.workshop.static()
        if isinstance(entry, Story):
            self._stories.render_early(entry)
        if entry is None and file in static.files:
            if static.files[file].stat().st_size <= LARGEST:
                yield file, static.content(file)
        elif entry is not None and not self._stories.has_failed(path):
            at(path)
            yield from self._stories.files(self.workshop, entry)
            at(REST)
