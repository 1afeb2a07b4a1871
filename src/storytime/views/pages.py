"""The pages of the catalog: one for every node."""

from collections.abc import Callable, Mapping
from functools import cache

from tdom import Markup, escape, html

from ..catalog.model import Node, Site, Story
from ..errors import BuildFailure
from ..project.failures import shown_failure
from ..render.markdown import StoryFrame, render_markdown
from ..render.static_files import StaticFiles
from .catalog_index import Branch, Catalog, Document, Entry, Extras, ancestors, kind, title_of
from .error_pages import failure_block, problems, warnings_block
from .fragments import SLOT, Form, joined
from .frames import frame
from .layout import page_form
from .links import page_file, root_from
from .lists import Lists
from .markdown_links import MarkdownLinks
from .navigation import Crumbs, Neighbours, Tree, label
from .panels import Details, Highlight, Panels
from .text import DESCRIBED, counted, shortened, visible
from .toolbar import stage, toolbar


def no_static() -> StaticFiles:
    return StaticFiles({}, {})


class Workshop:
    """Renders the pages of one catalog: the same bytes for the same catalog.

    `static` returns the static files, to which Markdown may refer. `highlight` colours Python
    source, which stays the same text. `warnings` has what is wrong in
    the Markdown of the pages rendered so far, by path; the pages show it, too.

    The pages of nodes in `failures` (by path) show the error. Like authors' texts, a page may
    contain lone surrogates: `ring.text.encoded` makes bytes of it.
    """

    _head = Form(t"""<header class="st-head">
<h1>{SLOT}</h1>
{SLOT}</header>
{SLOT}""")
    _body = Form(t"""<div class="st-body st-stage"><h1 class="st-hidden">{SLOT}</h1>
{SLOT}</div>""")
    _stage = Form(stage(SLOT, toolbar()))
    _home, _page = page_form(is_home=True), page_form(is_home=False)

    def __init__(
        self,
        site: Site,
        failures: Mapping[str, BuildFailure],
        extras: Extras | None = None,
        static: Callable[[], StaticFiles] = no_static,
        highlight: Highlight = escape,
    ) -> None:
        self.static = static
        self.warnings: dict[str, list[str]] = {}
        self.missing: dict[str, list[str]] = {}
        self._catalog = Catalog(site, failures, extras)
        self._tree = Tree(self._catalog)
        self._crumbs = Crumbs(self._catalog)
        self._neighbours = Neighbours(self._catalog)
        self._panels = Panels(highlight)
        self._plain = cache(_plain)
        self._lists = Lists(self._catalog)

    def shorten_paths(self, base: str) -> None:
        """Have pages show failures without where this machine keeps files; see `shown_failure`."""
        failures = self._catalog.failures.items()
        self._catalog.failures = {path: shown_failure(each, base) for path, each in failures}

    @property
    def documents(self) -> list[Document]:
        return self._catalog.documents()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Everything that has a page, by path."""
        return self._catalog.entries

    @property
    def files(self) -> Mapping[str, Document]:
        """The Markdown pages by their files in the package."""
        return self._catalog.files

    def tree(self) -> str:
        """Return the content of the file `TREE`."""
        return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Catalog</title></head>
<body>
<main>
<h1>Catalog</h1>
{self._tree.whole()}
</main>
</body>
</html>
"""

    def page(self, node: Branch) -> str:
        """Return the page of a site, section or subject: description, error, children."""
        failure = self._catalog.failures.get(node.path)
        head = self._lists.summary(node) + self._description(node)
        parts = [
            problems(self._catalog) if isinstance(node, Site) else t"",
            failure_block(failure, f"This {kind(node)} could not be built") if failure else t"",
        ]
        errors = Markup(html(t"{parts}"))
        return self._document(node, head, errors + self._lists.of(node, failed=failure is not None))

    def story_page(self, story: Story, details: Details, *, body: bool = False) -> str:
        """Return the page of a story: its error, or its frame with the toolbar and the panels.

        The frame shows the `frame.html` beside the page. With `body` (the story's template makes
        the whole page body) there is nothing but the frame.
        """
        failure = self._catalog.failures.get(story.path)
        if failure is not None:
            block = Markup(html(failure_block(failure, "This story could not be rendered")))
            source = Details(properties=details.properties, source=details.source)
            failed = joined([block, self._panels.of(source)])
            return self._document(story, self._description(story), failed, details)
        shown = frame(title_of(story), story.path)
        if body:
            return self._shell(story, self._body.filled(title_of(story), shown), details)
        content = [
            Markup(html(warnings_block(details.warnings))) if details.warnings else Markup(),
            self._stage.filled(shown),
            self._panels.of(details),
        ]
        return self._document(story, self._description(story), joined(content), details)

    def document_page(self, document: Document) -> str:
        """Return a Markdown page."""
        root = root_from(document.path)

        def story_frame(path: str, label: str) -> Markup | None:
            story = self._catalog.entries.get(path)
            if not isinstance(story, Story) or path in self._catalog.failures:
                return None
            return self._lists.figure(story, root, label)

        warnings = []
        if "\N{REPLACEMENT CHARACTER}" in document.title + document.text:
            warnings.append("the file has bytes that are not UTF-8; save it in that encoding")
        folder = document.parent.path
        content = self._markdown(document, folder, document.text, warnings, story_frame, shift=0)
        return self._document(document, Markup(), content)

    def _description(self, node: Node) -> Markup:
        if isinstance(node, Site) or not node.description:
            return Markup()
        folder = node.parent.path if isinstance(node, Story) and node.parent else node.path
        return self._markdown(node, folder, node.description, []) + "\n"

    def _markdown(
        self,
        entry: Entry,
        folder: str,
        text: str,
        warnings: list[str],
        story_frame: StoryFrame | None = None,
        shift: int = 1,
    ) -> Markup:
        """Return a text of an entry, whose file is in `folder`, below its warnings."""
        links = MarkdownLinks(self._catalog, self.static, folder, entry)
        rendered = render_markdown(visible(text), story_frame, links.resolve, shift=shift)
        content = Markup(f'<div class="st-text">{links.with_static(rendered.html)}</div>')
        warnings += [*rendered.warnings, *links.warnings, *links.missing]
        self.missing[entry.path] = links.missing
        if not warnings:
            return content
        self.warnings[entry.path] = list(dict.fromkeys(warnings))
        return Markup(html(warnings_block(self.warnings[entry.path]))) + content

    def _document(
        self, entry: Entry, head: Markup, content: Markup, details: Details | None = None
    ) -> str:
        whole = self._head.filled(label(self._catalog, entry), head, content)
        return self._shell(entry, whole, details)

    def _shell(self, entry: Entry, content: Markup, details: Details | None = None) -> str:
        top = self._crumbs.to(entry)
        if isinstance(entry, Story):
            top = joined([top, self._neighbours.of(entry)])
        file, root = page_file(entry.path), root_from(entry.path)
        title, site_title = document_title(self._catalog, entry), title_of(self._catalog.site)
        about = shortened(self._about(entry, details) or title, DESCRIBED)
        head = file, root or "./", title, about, root, root, root, site_title
        form = self._page if entry.path else self._home
        return form.filled(*head, self._tree.seen_from(entry), top, content)

    def _about(self, entry: Entry, details: Details | None) -> str:
        """Return an entry's description as plain text, or "" if there is none."""
        if isinstance(entry, Site):
            tally = self._catalog.tallies[""]
            sizes = counted(tally["story"], "story"), counted(tally["subject"], "subject")
            return f"{title_of(entry)}: {' of '.join(sizes)}"
        if isinstance(entry, Document):
            return self._plain(entry.text)
        if isinstance(entry, Story) and not entry.description:
            assert entry.parent is not None
            subject = entry.parent.description
            docstring = details.properties.docstring if details and details.properties else ""
            about = self._plain(subject or docstring)
            return f"{title_of(entry.parent)}, {title_of(entry)}: {about}" if about else ""
        return self._plain(entry.description or "")


def _plain(text: str) -> str:
    """Return the beginning of a Markdown text as plain text."""
    beginning = visible(text[: 10 * DESCRIBED])
    return render_markdown(beginning, lambda path, label: Markup()).html.striptags()


def document_title(catalog: Catalog, entry: Entry) -> str:
    """Return the title in the browser's tab: entry, parent, site ("Primary · Button · Kit")."""
    own = title_of(entry)
    if entry.path in catalog.twins:
        own = f"{own} ({entry.name})"
    way = ancestors(entry)
    around = way[-1:] + way[:1] if len(way) > 1 else way
    return " · ".join([own, *map(title_of, around)])
