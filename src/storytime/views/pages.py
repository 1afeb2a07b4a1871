"""The pages of the catalog: one for every node."""

from collections.abc import Mapping
from string.templatelib import Template

from tdom import Markup, html

from ..errors import BuildFailure
from ..models import Node, Section, Site, Story, Subject
from .catalog import Branch, Catalog, ancestors, children
from .failures import failure_block, problems
from .layout import Shell
from .links import FRAME, address, frame_file, page_file, root_from
from .navigation import Crumbs, Tree, failed_mark, label, neighbours
from .text import counted, paragraphs, title_of


class Workshop:
    """Renders the pages of one catalog; the same catalog gives the same pages, byte for byte.

    `failures` says, by the nodes' paths, what could not be built: those pages show the error.
    """

    def __init__(self, site: Site, failures: Mapping[str, BuildFailure]) -> None:
        self._catalog = Catalog(site, failures)
        self._tree = Tree(self._catalog)
        self._crumbs = Crumbs(self._catalog)
        self._shells: dict[str, Shell] = {}

    def page(self, node: Branch) -> str:
        """The page of a node that holds others: its description, its error, its children."""
        catalog = self._catalog
        failure = catalog.failures.get(node.path)
        content = t"""{heading(catalog, node)}
{problems(catalog) if isinstance(node, Site) else None}
{failure_block(failure, f"This {kind(node)} could not be built") if failure else None}
{listing(catalog, node, failed=failure is not None)}"""
        return self._document(node, content)

    def story_page(
        self, story: Story, *, content: Markup | None, body: Markup | None = None
    ) -> str:
        """The page of a story: its error, else `body` in place of all content, else the story.

        `content` is the story's HTML, to stand in the page; None: it is shown in a frame, from the
        `frame.html` beside the page.
        """
        catalog = self._catalog
        if failure := catalog.failures.get(story.path):
            shown = failure_block(failure, "This story could not be rendered")
        elif body is not None:
            return self._document(story, t"{body}")
        elif content is not None:
            shown = t'<div class="st-stage">{content}</div>'
        else:
            shown = frame(story)
        return self._document(
            story, t"{heading(catalog, story)}\n{shown}\n{neighbours(catalog, story)}"
        )

    def _document(self, node: Node, content: Template) -> str:
        root = root_from(node.path)
        if root not in self._shells:
            self._shells[root] = Shell(title_of(self._catalog.site), root)
        return self._shells[root].page(
            title=document_title(self._catalog, node),
            file=page_file(node.path),
            tree=self._tree.seen_from(node),
            crumbs=self._crumbs.to(node),
            content=Markup(html(content)),
        )


def document_title(catalog: Catalog, node: Node) -> str:
    """What the browser's tab shows: the node, its parent, the site ("Primary · Button · Kit")."""
    own = title_of(node)
    if node.path in catalog.twins:
        own = f"{own} ({node.name})"
    way = ancestors(node)
    around = way[-1:] + way[:1] if len(way) > 1 else way
    return " · ".join([own, *map(title_of, around)])


def heading(catalog: Catalog, node: Node) -> Template:
    """A page's first lines: title, counts, description."""
    counts = None if isinstance(node, Story) else summary(catalog, node)
    description = [] if isinstance(node, Site) else paragraphs(node.description)
    return t"""<header class="st-head">
<h1>{label(catalog, node)}</h1>
{counts}{[t"<p>{paragraph}</p>" for paragraph in description]}
</header>"""


def frame(story: Story) -> Template:
    """A story in a document of its own, where the workshop's styles don't reach."""
    return t"""<p class="st-tools"><a href="{FRAME}" target="_blank">Open in a new tab</a></p>
<iframe class="st-frame" src="{FRAME}" title="{title_of(story)}" data-page="{
        frame_file(story.path)
    }"></iframe>"""


def listing(catalog: Catalog, node: Branch, *, failed: bool) -> Template:
    """Links to a node's children."""
    below = children(node)
    if below:
        root = root_from(node.path)
        return t'<ul class="st-list">{[card(catalog, child, root) for child in below]}</ul>'
    if failed:
        return t""
    missing = "stories" if isinstance(node, Subject) else "sections or subjects"
    return t'<p class="st-empty">No {missing} here yet.</p>'


def card(catalog: Catalog, node: Section | Subject | Story, root: str) -> Template:
    """A child in the list on its parent's page."""
    first = [t"<p>{paragraph}</p>" for paragraph in paragraphs(node.description)[:1]]
    counts = None if isinstance(node, Story) else summary(catalog, node)
    return t"""<li>
<a href="{root}{address(node.path)}">{label(catalog, node)}</a>{failed_below(catalog, node)}
{first}{counts}
</li>"""


def failed_below(catalog: Catalog, node: Section | Subject | Story) -> Template | None:
    """A mark for a node which failed itself, or how many below it did."""
    number = catalog.failed[node.path]
    if not number:
        return None
    return failed_mark("failed" if node.path in catalog.failures else f"{number:,} failed")


def kind(node: Branch) -> str:
    """What authors call such a node, as it stands within a sentence."""
    return type(node).__name__.lower()


def summary(catalog: Catalog, node: Branch) -> Template | None:
    """How much there is below a node: "4 subjects, 12 stories"; None where there is nothing."""
    tally = catalog.tallies[node.path]
    counts = [counted(tally.stories, "story")] if tally.stories else []
    if tally.subjects and not isinstance(node, Subject):
        counts.insert(0, counted(tally.subjects, "subject"))
    return t'<p class="st-counts">{", ".join(counts)}</p>' if counts else None
