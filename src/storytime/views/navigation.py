"""The tree, the breadcrumbs, and the links to the stories before and after."""

from string.templatelib import Template

from tdom import Markup, html

from ..catalog.model import Story, Subject
from .catalog_index import Branch, Catalog, Entry, ancestors, kind, title_of
from .fragments import SLOT, Form, failed_mark, findings_mark, joined, marked
from .links import address, root_from

TREE = "tree.html"
"""The file with the whole tree; the script fetches it once for all pages."""
NEAREST = 15
"""How many siblings before and after an entry a page's own tree shows. If pages listed all,
the output would grow by the square of their number."""


class Tree:
    """The navigation tree: on each page the levels that lead to it.

    Each entry is rendered once for all pages, with its link from the output's root. The page's own
    prefix is then put before each link by text replacement, which is safe: titles are escaped, so
    no text contains `href="`.
    """

    _entry = Form(t"""<li class="st-is-{SLOT}"><a href="{SLOT}"\
><span class="st-title">{SLOT}</span>{SLOT}</a></li>""")
    _toggle = Form(t"""<button class="st-toggle" type="button" tabindex="-1"\
 aria-expanded="false" aria-label="{SLOT}"></button><ul hidden>{SLOT}</ul>""")
    _more = Form(t'<li class="st-is-more"><a href="{SLOT}">All {SLOT} in {SLOT}</a></li>')

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._entries: dict[str, str] = {}
        self._places: dict[str, dict[str, int]] = {}
        self._levels: dict[tuple[str, int, int], str] = {}
        self._above: dict[str, tuple[str, str]] = {}

    def seen_from(self, entry: Entry) -> Markup:
        """Return the tree on an entry's page, with the entry marked as current."""
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
        """Return the whole tree, closed, with links from the output's root. The marks of a branch
        are sums of what is below."""
        entries = map(self._with_all_below, self._catalog.children(self._catalog.site))
        return f"<ul>{''.join(entries)}</ul>"

    def _with_all_below(self, entry: Entry) -> str:
        if entry.path not in self._catalog.tallies:
            return f"{self._rendered(entry)}\n"
        text = label(self._catalog, entry)
        children = self._catalog.children(entry)  # type: ignore[arg-type]  # a Branch
        name = f"{kind(entry)} st-branch" if children else kind(entry)
        row = self._entry.filled(name, address(entry.path), text, self._marks(entry, below=True))
        if not children:
            return f"{row}\n"
        below = Markup("".join(map(self._with_all_below, children)))
        opened = row.removesuffix("</li>") + self._toggle.filled(title_of(entry), below)
        return f"{opened}</li>\n"

    def _around(self, branch: Branch) -> tuple[str, str]:
        """Return the HTML before and after a branch's list, from the levels above it."""
        if branch.path not in self._above:
            tree, below = str(SLOT), branch
            for step in reversed(ancestors(branch)):
                tree, below = self._level(step, below, tree), step
            before, _, after = tree.partition(SLOT)
            self._above[branch.path] = before, after
        return self._above[branch.path]

    def _level(self, branch: Branch, below: Entry | None, inner: str) -> str:
        """Return the list of a branch, with the list `inner` inside of the entry `below`."""
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
        text = label(self._catalog, entry)
        return self._entry.filled(kind(entry), address(entry.path), text, self._marks(entry))

    def _marks(self, entry: Entry, *, below: bool = False) -> Markup:
        catalog, path = self._catalog, entry.path
        failed = failed_mark(below * catalog.failed[path], own=path in catalog.failures)
        own = not below or isinstance(entry, Subject)
        findings = (catalog.findings if below else catalog.extras.findings).get(path, 0)
        return joined([failed, findings_mark(findings * own)])


class Crumbs:
    """The breadcrumbs; the links to the parent are rendered once for all its children."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ways: dict[str, Form] = {}

    def to(self, entry: Entry) -> Markup:
        """Return the links from the site to an entry; nothing on the site's own page."""
        if entry.parent is None:
            return Markup()
        if entry.parent.path not in self._ways:
            way = breadcrumbs(ancestors(entry), root_from(entry.path))
            self._ways[entry.parent.path] = Form(way)
        return self._ways[entry.parent.path].filled(label(self._catalog, entry))


def breadcrumbs(way: list[Branch], root: str) -> Template:
    """Return links to the nodes on the way, with a slot for the last."""
    links = [t'<li><a href="{root}{address(step.path)}">{title_of(step)}</a></li>' for step in way]
    return t"""<nav class="st-crumbs" aria-label="Breadcrumb"><ol>
{links}<li><span aria-current="page">{SLOT}</span></li>
</ol></nav>"""


class Neighbours:
    """Links to the stories before and after, if any."""

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
    """Return an entry's title, and its name if a sibling has the same title."""
    if entry.path not in catalog.twins:
        return title_of(entry)
    return Markup(html(t'{title_of(entry)} <span class="st-name">{entry.name}</span>'))
