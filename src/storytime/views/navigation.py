"""The ways from page to page: tree, breadcrumbs, the stories before and after."""

from string.templatelib import Template

from tdom import Markup, html

from ..catalog.model import Story, Subject
from .catalog_index import Branch, Catalog, Entry, ancestors, kind
from .fragments import SLOT, Form, marked
from .links import address, root_from
from .text import counted, title_of

TREE = "tree.html"
"""The file that holds the whole tree: the script brings it once for all pages."""
NEAREST = 15
"""Siblings before and after its own branch that a page's tree shows. A page that listed them all
would make a flat catalog of thousands as many times too large; the script brings the whole tree."""


class Tree:
    """The navigation tree: for each page the levels on the way to it, around that way.

    Each node's entry is rendered once, whatever the number of pages that show it, with its link as
    from the output's root. What changes from page to page is put in by plain replacement: that is
    safe, for titles are escaped, and no text holds a bare quote as in `href="`.
    """

    _entry = Form(t"""<li class="st-is-{SLOT}"><a href="{SLOT}"
><span class="st-title">{SLOT}</span>{SLOT}</a></li>""")
    _toggle = Form(t"""<button class="st-toggle" type="button" tabindex="-1"
 aria-expanded="false" aria-label="{SLOT}"></button><ul hidden>{SLOT}</ul>""")
    _more = Form(t'<li class="st-is-more"><a href="{SLOT}">All {SLOT} in {SLOT}</a></li>')

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._entries: dict[str, str] = {}
        self._places: dict[str, dict[str, int]] = {}
        self._levels: dict[tuple[str, int, int], str] = {}
        self._above: dict[str, tuple[str, str]] = {}

    def seen_from(self, entry: Entry) -> Markup:
        """The tree on a node's page, with the node marked as the current one."""
        tree = ""
        if entry.path in self._catalog.tallies:
            tree = self._level(entry, None, "")  # type: ignore[arg-type]  # a Branch
        if entry.parent is not None:
            before, after = self._around(entry.parent)
            link = f'href="{address(entry.path)}"'
            level = self._level(entry.parent, entry, tree)
            tree = f"{before}{level.replace(link, f'{link} aria-current="page"', 1)}{after}"
        return marked(tree.replace('href="', f'href="{root_from(entry.path)}'))

    def whole(self) -> str:
        """All of the tree, closed, with links as from the output's root; each branch's marks are
        the sums of what is below."""
        entries = map(self._with_all_below, self._catalog.children(self._catalog.site))
        return f"<!DOCTYPE html>\n<title>Catalog</title>\n<ul>{''.join(entries)}</ul>\n"

    def _with_all_below(self, entry: Entry) -> str:
        if entry.path not in self._catalog.tallies:
            return f"{self._rendered(entry)}\n"
        marks = sums(self._catalog, entry)
        text = label(self._catalog, entry)
        children = self._catalog.children(entry)  # type: ignore[arg-type]  # a Branch
        name = f"{kind(entry)} st-branch" if children else kind(entry)
        row = self._entry.filled(name, address(entry.path), text, marks)
        if not children:
            return f"{row}\n"
        below = Markup("".join(map(self._with_all_below, children)))
        opened = row.removesuffix("</li>") + self._toggle.filled(title_of(entry), below)
        return f"{opened}</li>\n"

    def _around(self, branch: Branch) -> tuple[str, str]:
        """What stands before and after a branch's list, in the lists of those above it."""
        if branch.path not in self._above:
            tree, below = str(SLOT), branch
            for step in reversed(ancestors(branch)):
                tree, below = self._level(step, below, tree), step
            before, _, after = tree.partition(SLOT)
            self._above[branch.path] = before, after
        return self._above[branch.path]

    def _level(self, branch: Branch, below: Entry | None, inner: str) -> str:
        """The list of a branch, around the entry `below` that has the list `inner` in it."""
        children = self._catalog.children(branch)
        place = self._place(branch, below) if below else NEAREST
        first, end = max(0, place - NEAREST), min(place + NEAREST + 1, len(children))
        shown = branch.path, first, end
        if not inner and shown in self._levels:
            return self._levels[shown]
        items = [self._rendered(child) for child in children[first:end]]
        if inner:
            items[place - first] = f"{items[place - first].removesuffix('</li>')}{inner}</li>"
        if len(items) < len(children):
            number = f"{len(children):,}"
            items.append(self._more.filled(address(branch.path), number, title_of(branch)))
        level = f"<ul>{''.join(items)}</ul>" if items else ""
        if not inner:
            self._levels[shown] = level
        return level

    def _place(self, branch: Branch, below: Entry) -> int:
        if branch.path not in self._places:
            children = enumerate(self._catalog.children(branch))
            self._places[branch.path] = {child.path: place for place, child in children}
        return self._places[branch.path][below.path]

    def _rendered(self, entry: Entry) -> str:
        if entry.path not in self._entries:
            self._entries[entry.path] = self._new(entry)
        return self._entries[entry.path]

    def _new(self, entry: Entry) -> str:
        marks = tree_marks(self._catalog, entry)
        text = label(self._catalog, entry)
        return self._entry.filled(kind(entry), address(entry.path), text, marks)


def tree_marks(catalog: Catalog, entry: Entry) -> Markup:
    """What a node's entry says beside its title: that it failed, how many findings it has."""
    number = catalog.extras.findings.get(entry.path, 0)
    if not number and entry.path not in catalog.failures:
        return Markup()
    mark = failed_mark() if entry.path in catalog.failures else t""
    return Markup(html(t"{mark}{findings_mark(number)}"))


def sums(catalog: Catalog, entry: Entry) -> Markup:
    """What a branch says in the whole tree: how much of it failed, how many findings a subject's
    stories have."""
    failed = catalog.failed[entry.path]
    number = catalog.findings[entry.path] if isinstance(entry, Subject) else 0
    if not failed and not number:
        return Markup()
    word = "failed" if entry.path in catalog.failures else f"{failed:,} failed"
    mark = failed_mark(word) if failed else t""
    return Markup(html(t"{mark}{findings_mark(number)}"))


class Crumbs:
    """The breadcrumbs: what leads to a node's children is rendered once for all of them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ways: dict[str, Form] = {}

    def to(self, entry: Entry) -> Markup:
        """The way from the site to a node; nothing on the site's own page."""
        if entry.parent is None:
            return Markup()
        if entry.parent.path not in self._ways:
            way = breadcrumbs(ancestors(entry), root_from(entry.path))
            self._ways[entry.parent.path] = Form(way)
        return self._ways[entry.parent.path].filled(label(self._catalog, entry))


def breadcrumbs(way: list[Branch], root: str) -> Template:
    """Links to the nodes on the way, and a slot for the one that it leads to."""
    links = [t'<li><a href="{root}{address(step.path)}">{title_of(step)}</a></li>' for step in way]
    return t"""<nav class="st-crumbs" aria-label="Breadcrumb"><ol>
{links}<li><span aria-current="page">{SLOT}</span></li>
</ol></nav>"""


class Neighbours:
    """Links to the stories before and after, where there are any."""

    _around = Form(t'<nav class="st-neighbours" aria-label="Neighbouring stories">{SLOT}</nav>')
    _link = Form(t'<a rel="{SLOT}" href="{SLOT}"><small>{SLOT}</small> <span>{SLOT}</span></a>')

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, story: Story) -> Markup:
        before, after = self._catalog.neighbours[story.path]
        links = [
            self._link.filled(
                rel, root_from(other.path) + address(other.path), text, label(self._catalog, other)
            )
            for other, rel, text in ((before, "prev", "Previous"), (after, "next", "Next"))
            if other is not None
        ]
        return self._around.filled(Markup("".join(links))) if links else Markup()


def label(catalog: Catalog, entry: Entry) -> Markup | str:
    """A node's title, followed by its name where a sibling has the same title."""
    if entry.path not in catalog.twins:
        return title_of(entry)
    return Markup(html(t'{title_of(entry)} <span class="st-name">{entry.name}</span>'))


def failed_mark(text: str = "failed") -> Template:
    return t' <span class="st-failed">{text}</span>'


def findings_mark(number: int) -> Markup:
    """The number of a story's accessibility findings, as the tree shows it; nothing for none."""
    if not number:
        return Markup()
    word = counted(number, "accessibility finding").partition(" ")[2]
    hidden = t'<span class="st-hidden"> {word}</span>'
    return Markup(html(t' <span class="st-findings">{number}{hidden}</span>'))
