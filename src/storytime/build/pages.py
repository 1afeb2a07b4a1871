"""Renders a catalog to the files of its output, as bytes."""

import importlib
import sys
import time
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, override

from markupsafe import escape

from ..catalog.model import Node, Section, Site, Story, Subject, walk
from ..catalog.tree_reader import Catalog
from ..errors import BuildFailure
from ..project.failures import failure_from
from ..project.package import Package
from ..project.usage import REST, at
from ..render.static_files import StaticFiles, find_static
from ..ring.progress import counted_steps, stopping_itself
from ..ring.text import encoded, printable
from ..views import TREE, Entry, Extras, Highlight, Workshop, frame_file, page_file
from ..views.assets import assets
from .early_renderer import EarlyRenderer
from .markdown_pages import find_documents
from .stories_json import stories_index
from .story_renderer import RenderedStory, StoryRenderer

INDEX = "stories.json"
OWN_PACKAGE = "storytime"
"""Storytime has stories, too: those of the workshop's components."""


class Warned(NamedTuple):
    """A warning for the author of what is at `path`; `is_missing` if it is about a static file that
    was not found."""

    path: str
    text: str
    is_missing: bool = False

    @override
    def __str__(self) -> str:
        return f"{self.path or 'the catalog'}: {self.text}"


@dataclass
class Stories:
    """The stories of a catalog, rendered.

    `shown` has them by path; those that could not be rendered are in `failures`. `seconds` is
    how long each took. `warnings` are for their authors. `extras` is what the tree shows besides,
    once all have been rendered; `workshop` renders the pages. They are not `in_order` if some were
    rendered before others that precede them in the catalog.
    """

    catalog: Catalog
    renderer: StoryRenderer
    shown: dict[str, RenderedStory] = field(default_factory=dict)
    failures: list[BuildFailure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[Warned] = field(default_factory=list)
    extras: Extras = field(default_factory=Extras)
    workshop: Workshop = field(init=False)
    in_order: bool = True

    def render(self, nodes: Iterable[Node]) -> None:
        """Render those of the nodes that are stories and haven't been rendered yet."""
        for node in nodes:
            if isinstance(node, Story) and node.path not in self.seconds:
                at(node.path)
                started = time.perf_counter()
                try:
                    rendered = self.shown[node.path] = self.renderer.render(self.catalog.site, node)
                except BaseException as error:
                    place = self.renderer.place(node)
                    self.failures.append(failure_from(node.path, error, *place))
                else:
                    missing = rendered.details.warnings
                    self.warn(node.path, missing, missing=missing)
                self.seconds[node.path] = time.perf_counter() - started
        at(REST)

    def render_early(self, story: Story) -> None:
        """Render a story before its turn, if it hasn't been rendered yet."""
        self.in_order = self.in_order and story.path in self.seconds
        self.render([story])

    def has_failed(self, path: str) -> bool:
        """Return True if what is at the path could not be built, as far as is known now."""
        return any(each.path == path for each in [*self.catalog.failures, *self.failures])

    def findings(self) -> dict[str, int]:
        """Return how many accessibility findings each story has, without those that have none."""
        counts = {path: len(each.details.findings) for path, each in self.shown.items()}
        return {path: count for path, count in counts.items() if count}

    def pages(self, workshop: Workshop, nodes: Iterable[Node]) -> Iterator[tuple[str, bytes]]:
        """Yield the files of the nodes, whose stories have been rendered, with their paths."""
        workshop.shorten_paths(self.renderer.base)
        for node in nodes:
            at(node.path)
            yield from self.files(workshop, node)
            self.warn_of_texts(workshop, node.path)
        at(REST)

    def files(self, workshop: Workshop, entry: Entry) -> Iterator[tuple[str, bytes]]:
        """Yield an entry's page and, for a story that was rendered, before it its document."""
        if isinstance(entry, Story):
            yield from self._files_of_story(workshop, entry)
        elif isinstance(entry, Site | Section | Subject):
            yield page_file(entry.path), encoded(workshop.page(entry))
        else:
            yield page_file(entry.path), encoded(workshop.document_page(entry))

    def _files_of_story(self, workshop: Workshop, story: Story) -> Iterator[tuple[str, bytes]]:
        rendered = self.shown.get(story.path)
        if rendered is None:
            page = workshop.story_page(story, self.renderer.details(story))
        else:
            page = workshop.story_page(story, rendered.details, body=rendered.is_body)
            yield frame_file(story.path), rendered.document.encode()
        yield page_file(story.path), encoded(page)

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Yield the documents of the stories, with their files."""
        for path, rendered in self.shown.items():
            yield frame_file(path), rendered.document.encode()

    def warn_of_texts(self, workshop: Workshop, path: str) -> None:
        """Warn of what is wrong in the Markdown of a page, which was rendered."""
        missing = workshop.missing.get(path, ())
        self.warn(path, workshop.warnings.get(path, ()), missing=missing)

    def warn(self, path: str, texts: Iterable[str], *, missing: Container[str] = ()) -> None:
        self.warnings += [Warned(path, text, text in missing) for text in texts]


def render_catalog(
    catalog: Catalog,
    package: Package,
    output_dir: Path | None = None,
    highlight: Highlight = escape,
) -> tuple[dict[str, bytes], Stories]:
    """Return every file of the output by its path. Adds to the catalog's failures."""
    site = catalog.site
    stories = Stories(catalog, StoryRenderer(package, output_dir))

    def open_workshop(static: StaticFiles) -> Workshop:
        stories.extras = Extras(
            stories.findings(), find_documents(package, site, without=static.refused)
        )
        failures = [*catalog.failures, *stories.failures]
        workshop = new_workshop(site, failures, stories.extras, highlight)
        workshop.static = lambda: static
        return workshop

    early = EarlyRenderer(stories, lambda: open_workshop(find_static(package, output_dir)))
    nodes = [*walk(site)]
    stories.render(early.before_each(counted_steps("Rendering", nodes)))
    static = stories.renderer.static
    with stopping_itself():  # in a large catalog this takes long
        workshop = early.workshop = stories.workshop = open_workshop(static)
        catalog.failures += stories.failures
        pages = {path: static.content(path) for path in static.files}
        pages |= {**assets(), INDEX: stories_index(site), TREE: encoded(workshop.tree())}
    made = early.before_each(counted_steps("Making pages", nodes))
    pages.update(stories.pages(workshop, made))
    for document in workshop.documents:
        pages.update(stories.files(workshop, document))
        stories.warn_of_texts(workshop, document.path)
    by_reason: dict[str, list[str]] = {}
    for link, reason in static.refused.items():
        by_reason.setdefault(reason, []).append(link)
    for reason, links in by_reason.items():
        more = f" ({len(links) - 1} more like it)" if links[1:] else ""
        stories.warn("", [printable(f"{links[0]} {reason}{more}")])
    for missing in static.missing:
        stories.warn(missing.path, [missing.text], missing=[missing.text])
    return pages, stories


def new_workshop(
    site: Site, failures: Iterable[BuildFailure], extras: Extras, highlight: Highlight
) -> Workshop:
    """Return what renders pages of the site. Of two failures at one path the first is shown."""
    views = importlib.import_module(".views", OWN_PACKAGE)  # see `forget_own_views`
    shown: Mapping[str, BuildFailure] = {each.path: each for each in reversed(list(failures))}
    workshop: Workshop = views.Workshop(site, shown, extras, highlight=highlight)
    return workshop


def forget_own_views() -> None:
    """Have the workshop's components imported again, for Storytime's own catalog.

    A standby imported them when it warmed up, before the save that is to be seen. Its interpreter
    ends with this build, so nothing goes on with the old ones.
    """
    own = f"{OWN_PACKAGE}.views.", f"{OWN_PACKAGE}.stories."
    for name in [name for name in sys.modules if f"{name}.".startswith(own)]:
        del sys.modules[name]
