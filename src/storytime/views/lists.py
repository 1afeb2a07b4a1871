"""The lists on the pages of branches: cards, and stories side by side."""

from tdom import Markup

from ..catalog.model import Story, Subject
from .catalog_index import Branch, Catalog, Document, Entry, title_of
from .fragments import SLOT, Form, failed_mark, findings_mark, joined
from .frames import frame
from .links import address, root_from
from .navigation import label
from .text import counted, paragraphs


class Lists:
    """Renders the children of a node on its page."""

    _card = Form(t'<li class="st-card"><a href="{SLOT}">{SLOT}</a>{SLOT}{SLOT}</li>\n')
    _figure = Form(t"""<figure class="st-figure">
<figcaption><a href="{SLOT}">{SLOT}</a></figcaption>
<div class="st-view">{SLOT}</div>
</figure>""")
    _side = Form(t'<li class="st-look"><h2><a href="{SLOT}">{SLOT}</a>{SLOT}</h2>{SLOT}</li>\n')
    _view = Form(t'<div class="st-view">{SLOT}</div>')
    _text = Form(t"<p>{SLOT}</p>")
    _counts = Form(t'<p class="st-counts">{SLOT}</p>')
    _none = Form(t'<p class="st-empty">No {SLOT} here yet.</p>')

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, node: Branch, *, failed: bool) -> Markup:
        """Return links to a node's children; the stories of a subject are shown in frames."""
        below = self._catalog.children(node)
        root = root_from(node.path)
        if isinstance(node, Subject):
            looks = [self._look(story, root) for story in node.items]
            cards = [self._link(entry, root) for entry in below if isinstance(entry, Document)]
        else:
            looks, cards = [], [self._link(entry, root) for entry in below]
        if not looks and not cards:
            missing = "stories" if isinstance(node, Subject) else "sections or subjects"
            return Markup() if failed else self._none.filled(missing)
        return _list("st-list", cards) + _list("st-looks", looks)

    def figure(self, story: Story, root: str, caption: str) -> Markup:
        """Return a story as a figure in a Markdown page."""
        title = title_of(story)
        shown = frame(title, story.path, root)
        return self._figure.filled(root + address(story.path), caption or title, shown)

    def summary(self, node: Branch) -> Markup:
        """Return the counts of what is below a node ("4 subjects, 12 stories"), if anything is."""
        tally = self._catalog.tallies[node.path]
        nouns = ["story"] if isinstance(node, Subject) else ["subject", "story"]
        counts = [counted(tally[noun], noun) for noun in nouns if tally[noun]]
        return self._counts.filled(", ".join(counts)) if counts else Markup()

    def _link(self, entry: Entry, root: str) -> Markup:
        if isinstance(entry, Document):
            first, counts = [], Markup('<p class="st-counts">Page</p>')
        else:
            first = paragraphs(entry.description)[:1]  # type: ignore[union-attr]  # no Site
            counts = self.summary(entry)  # type: ignore[arg-type]  # nor a Story
        text = joined(self._text.filled(_plain(paragraph)) for paragraph in first)
        href = root + address(entry.path)
        return self._card.filled(
            href, label(self._catalog, entry), self._failed(entry), text + counts
        )

    def _look(self, story: Story, root: str) -> Markup:
        failure = self._catalog.failures.get(story.path)
        if failure is not None:
            shown = self._text.filled(failure.message)
        else:
            shown = self._view.filled(frame(title_of(story), story.path, root))
        number = self._catalog.extras.findings.get(story.path, 0)
        marks = joined([self._failed(story), findings_mark(number)])
        return self._side.filled(
            root + address(story.path), label(self._catalog, story), marks, shown
        )

    def _failed(self, entry: Entry) -> Markup:
        path = entry.path
        return failed_mark(self._catalog.failed[path], own=path in self._catalog.failures)


def _list(name: str, items: list[Markup]) -> Markup:
    return Markup(f'<ul class="{name}">{joined(items)}</ul>') if items else Markup()


def _plain(paragraph: str) -> str:
    """Remove the most common signs of Markdown: a card shows text."""
    return paragraph.replace("`", "").replace("**", "")
