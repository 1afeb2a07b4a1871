"""The pages of the catalog: one for every node."""

from collections.abc import Mapping

from tdom import Markup, html

from ..catalog.model import Node, Site, Story, Subject
from ..errors import BuildFailure
from ..render.markdown import render_markdown
from .catalog_index import Branch, Catalog, Document, Entry, Extras, ancestors, kind
from .error_pages import failure_block, problems, warnings_block
from .fragments import SLOT, Form, joined
from .frames import Frames
from .layout import Shell
from .links import page_file, root_from
from .lists import Lists
from .navigation import Crumbs, Neighbours, Tree, label
from .panels import Details, Panels
from .text import title_of, visible
from .toolbar import stage, toolbar


class Workshop:
    """Renders the pages of one catalog; the same catalog gives the same pages, byte for byte.

    `failures` says, by the nodes' paths, what could not be built: those pages show the error.
    `extras` is what pages tell of other nodes besides. A page may hold lone surrogates, as its
    authors' texts may: `errors.encoded` makes bytes of it.
    """

    _head = Form(t"""<header class="st-head">
<h1>{SLOT}</h1>
{SLOT}</header>
{SLOT}""")
    _body = Form(t"""<div class="st-body st-stage"><h1 class="st-hidden">{SLOT}</h1>
{SLOT}</div>""")
    _stage = Form(stage(SLOT, toolbar()))
    _home, _page = Shell(is_home=True), Shell(is_home=False)

    def __init__(
        self, site: Site, failures: Mapping[str, BuildFailure], extras: Extras | None = None
    ) -> None:
        self._catalog = Catalog(site, failures, extras)
        self._tree = Tree(self._catalog)
        self._crumbs = Crumbs(self._catalog)
        self._neighbours = Neighbours(self._catalog)
        self._frames = Frames()
        self._panels = Panels()
        self._lists = Lists(self._catalog, self._frames)

    @property
    def documents(self) -> list[Document]:
        """The Markdown pages of the catalog, which `document_page` renders."""
        return self._catalog.documents()

    def tree(self) -> str:
        """The whole tree: the file that pages' script expects at `TREE`."""
        return self._tree.whole()

    def page(self, node: Branch) -> str:
        """The page of a node that holds others: its description, its error, its children."""
        failure = self._catalog.failures.get(node.path)
        head = self._lists.summary(node) + self._description(node)
        parts = [
            problems(self._catalog) if isinstance(node, Site) else t"",
            failure_block(failure, f"This {kind(node)} could not be built") if failure else t"",
        ]
        errors = Markup(html(t"{parts}"))
        return self._document(node, head, errors + self._lists.of(node, failed=failure is not None))

    def story_page(self, story: Story, details: Details, *, body: bool = False) -> str:
        """The page of a story: its error, or its frame with what is to be read of it.

        The frame shows the `frame.html` beside the page; with `body` (a story that has a template
        of its own for all its page) nothing else is seen.
        """
        failure = self._catalog.failures.get(story.path)
        if failure is not None:
            block = Markup(html(failure_block(failure, "This story could not be rendered")))
            source = Details(properties=details.properties, source=details.source)
            failed = joined([block, self._panels.of(source)])
            return self._document(story, self._description(story), failed)
        frame = self._frames.alone(title_of(story), story.path)
        if body:
            return self._shell(story, self._body.filled(title_of(story), frame))
        warnings = details.warnings
        content = [
            Markup(html(warnings_block(warnings))) if warnings else Markup(),
            self._stage.filled(frame),
            self._panels.of(details),
        ]
        return self._document(story, self._description(story), joined(content))

    def document_page(self, document: Document) -> tuple[str, tuple[str, ...]]:
        """A Markdown page, and warnings (of stories that it names and that don't exist)."""
        root = root_from(document.path)

        def story_frame(path: str, label: str) -> Markup | None:
            story = self._catalog.entries.get(path)
            if not isinstance(story, Story) or path in self._catalog.failures:
                return None
            return self._lists.figure(story, root, label)

        rendered = render_markdown(visible(document.text), story_frame, shift=0)
        text = Markup('<div class="st-text">') + rendered.html + Markup("</div>")
        return self._document(document, Markup(), text), rendered.warnings

    def _description(self, node: Node) -> Markup:
        text = None if isinstance(node, Site) else node.description
        if not text:
            return Markup()
        return (
            Markup('<div class="st-text">')
            + render_markdown(visible(text)).html
            + Markup("</div>\n")
        )

    def _document(self, entry: Entry, head: Markup, content: Markup) -> str:
        return self._shell(entry, self._head.filled(label(self._catalog, entry), head, content))

    def _shell(self, entry: Entry, content: Markup) -> str:
        top = self._crumbs.to(entry)
        if isinstance(entry, Story):
            top = joined([top, self._neighbours.of(entry)])
        shell = self._page if entry.path else self._home
        return shell.page(
            site_title=title_of(self._catalog.site),
            root=root_from(entry.path),
            title=document_title(self._catalog, entry),
            file=page_file(entry.path),
            tree=self._tree.seen_from(entry),
            top=top,
            content=content,
        )


def document_title(catalog: Catalog, entry: Entry) -> str:
    """What the browser's tab shows: the node, its parent, the site ("Primary · Button · Kit")."""
    own = title_of(entry)
    if entry.path in catalog.twins:
        own = f"{own} ({entry.name})"
    way = ancestors(entry)
    around = way[-1:] + way[:1] if len(way) > 1 else way
    return " · ".join([own, *map(title_of, around)])


__all__ = ["Details", "Extras", "Subject", "Workshop"]
