"""From a catalog to the files of its output, as bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .dependencies import REST, at
from .errors import BuildFailure
from .failures import failure_from
from .index import stories_index
from .models import Node, Section, Site, Story, Subject, seat_children, walk
from .nodes import Catalog
from .rendering import NOTHING, Shown, show_story
from .views import Workshop, assets

PAGE = "index.html"
"""A node's page, in the folder that its path names."""
FRAME = "frame.html"
"""The document that a story's page shows in a frame, beside it."""
INDEX = "stories.json"


@dataclass
class Stories:
    """What a site's stories show; what could not be rendered is among the failures."""

    site: Site
    shown: dict[str, Shown] = field(default_factory=dict)
    failures: list[BuildFailure] = field(default_factory=list)

    def render(self, nodes: Iterable[Node]) -> None:
        """Renders those of the nodes that are stories."""
        for node in nodes:
            if isinstance(node, Story):
                at(node.path)
                try:
                    self.shown[node.path] = show_story(self.site, node)
                except BaseException as error:
                    self.failures.append(failure_from(node.path, error))
        at(REST)

    def pages(self, workshop: Workshop, nodes: Iterable[Node]) -> Iterator[tuple[str, bytes]]:
        """The files of the nodes by their paths, when their stories have been rendered."""
        for node in nodes:
            at(node.path)
            if isinstance(node, Story):
                story = self.shown.get(node.path, NOTHING)
                page = workshop.story_page(node, content=story.content, body=story.body)
                if story.document is not None:
                    yield f"{node.path}/{FRAME}", story.document.encode()
            else:
                page = workshop.page(node)
            yield f"{node.path}/{PAGE}" if node.path else PAGE, page.encode()
        at(REST)


def render_catalog(catalog: Catalog) -> tuple[dict[str, bytes], Stories]:
    """Every file of the output by its path; what could not be rendered joins the failures."""
    stories = Stories(catalog.site)
    stories.render(walk(catalog.site))
    catalog.failures += stories.failures
    workshop = new_workshop(catalog.site, catalog.failures)
    pages = {**assets(), INDEX: stories_index(catalog.site)}
    pages.update(stories.pages(workshop, walk(catalog.site)))
    return pages, stories


def new_workshop(site: Site, failures: Iterable[BuildFailure]) -> Workshop:
    """Renders pages of the site; of two failures at one path the first is shown."""
    return Workshop(site, {failure.path: failure for failure in reversed(list(failures))})


def rehearse() -> None:
    """Renders a made-up catalog with a page of every kind, so that the first is not the slowest.

    tdom parses a template once in an interpreter's life, which takes ten times as long as to fill
    it; modules, patterns and caches that are made at the first use follow.
    """
    site = Site("Rehearsal", themed_layout=lambda story_title, children: f"<p>{children}")
    subject = Subject("Subject", "One.\n\nTwo.", lambda text: f"<b>{text}</b>")
    subject.items = [Story({"text": "x"}, "One", "Described."), Story(title="One")]
    framed = Story({"text": "x"}, template=lambda: "<p>")
    site.items = {"section": Section("Section", "Described.", {"subject": subject})}
    site.items["other"] = Subject(items=[framed])
    site.items["empty"] = Subject()
    for layout in (site.themed_layout, None):
        site.themed_layout = layout
        seat_children(site)
        render_catalog(Catalog(site, [BuildFailure("empty", "E: x", "trace", "file.py", 1)]))
