"""Renders a catalog to the files of its output, as bytes."""

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import escape

from ..catalog.model import Node, Site, Story, walk
from ..catalog.tree_reader import Catalog
from ..errors import BuildFailure
from ..project.failures import failure_from
from ..project.package import Package
from ..project.usage import REST, at
from ..ring.text import encoded, printable
from ..views import TREE, Extras, Highlight, Workshop, assets, frame_file, page_file
from .markdown_pages import find_documents
from .stories_json import stories_index
from .story_renderer import RenderedStory, StoryRenderer

INDEX = "stories.json"
OWN_PACKAGE = "storytime"
"""Storytime has stories, too: those of the workshop's components."""


@dataclass
class Stories:
    """The stories of a catalog, rendered.

    `shown` has them by path; those that could not be rendered are in `failures`. `warnings` are for
    their authors, each with its path. `extras` is what the tree shows besides, once all have been
    rendered.
    """

    catalog: Catalog
    renderer: StoryRenderer
    shown: dict[str, RenderedStory] = field(default_factory=dict)
    failures: list[BuildFailure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    extras: Extras = field(default_factory=Extras)

    def render(self, nodes: Iterable[Node]) -> None:
        """Render those of the nodes that are stories."""
        for node in nodes:
            if isinstance(node, Story):
                at(node.path)
                try:
                    rendered = self.shown[node.path] = self.renderer.render(self.catalog.site, node)
                except BaseException as error:
                    place = self.renderer.place(node)
                    self.failures.append(failure_from(node.path, error, *place))
                else:
                    self.warn(node.path, rendered.details.warnings)
        at(REST)

    def findings(self) -> dict[str, int]:
        """Return how many accessibility findings each story has, without those that have none."""
        counts = {path: len(each.details.findings) for path, each in self.shown.items()}
        return {path: count for path, count in counts.items() if count}

    def pages(self, workshop: Workshop, nodes: Iterable[Node]) -> Iterator[tuple[str, bytes]]:
        """Yield the files of the nodes, whose stories have been rendered, with their paths."""
        workshop.shorten_paths(self.renderer.base)
        for node in nodes:
            at(node.path)
            if isinstance(node, Story):
                yield from self._files(workshop, node)
            else:
                yield page_file(node.path), encoded(workshop.page(node))
            self.warn(node.path, workshop.warnings.get(node.path, ()))
        at(REST)

    def _files(self, workshop: Workshop, story: Story) -> Iterator[tuple[str, bytes]]:
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

    def warn(self, path: str, warnings: Iterable[str]) -> None:
        self.warnings += [f"{path or 'the catalog'}: {warning}" for warning in warnings]


def render_catalog(
    catalog: Catalog,
    package: Package,
    output_dir: Path | None = None,
    highlight: Highlight = escape,
) -> tuple[dict[str, bytes], Stories]:
    """Return every file of the output by its path. Adds to the catalog's failures."""
    site = catalog.site
    stories = Stories(catalog, StoryRenderer(package, output_dir))
    stories.render(walk(site))
    catalog.failures += stories.failures
    static = stories.renderer.static
    documents = find_documents(package, site, without=static.refused)
    stories.extras = Extras(stories.findings(), documents)
    workshop = new_workshop(site, catalog.failures, stories.extras, highlight)
    workshop.static = lambda: static
    pages = {path: static.content(path) for path in static.files}
    pages |= {**assets(), INDEX: stories_index(site), TREE: encoded(workshop.tree())}
    pages.update(stories.pages(workshop, walk(site)))
    for document in workshop.documents:
        pages[page_file(document.path)] = encoded(workshop.document_page(document))
        stories.warn(document.path, workshop.warnings.get(document.path, ()))
    by_reason: dict[str, list[str]] = {}
    for link, reason in static.refused.items():
        by_reason.setdefault(reason, []).append(link)
    for reason, links in by_reason.items():
        more = f" ({len(links) - 1} more like it)" if links[1:] else ""
        stories.warn("", [printable(f"{links[0]} {reason}{more}")])
    for missing in static.missing:
        stories.warn(missing.path, [missing.text])
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
