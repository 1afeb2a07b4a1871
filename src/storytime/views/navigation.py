"""The ways from page to page: tree, breadcrumbs, the stories before and after."""

from string.templatelib import Template

from tdom import Markup, html

from ..models import Node, Section, Story, Subject
from .catalog import Branch, Catalog, ancestors, children
from .layout import SLOT
from .links import address, root_from
from .text import title_of


class Tree:
    """The navigation tree: for each page the top level and the branch that leads to it.

    Each node's list is rendered once, whatever the number of pages that show it, with links as
    from the output's root. What changes from page to page is put in by plain replacement: that is
    safe, for titles are escaped, and no text holds a bare quote as in `href="`.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lists: dict[str, str] = {}

    def seen_from(self, node: Node) -> Markup:
        """The tree on a node's page, with the node marked as the current one."""
        way = ancestors(node)
        if not isinstance(node, Story):
            way.append(node)
        tree = self._list(way[0])
        for branch in way[1:]:
            tree = _with_branch(tree, branch, self._list(branch))
        link = f'href="{address(node.path)}"'
        tree = tree.replace(link, f'{link} aria-current="page"', 1)
        return Markup(tree.replace('href="', f'href="{root_from(node.path)}'))

    def _list(self, node: Branch) -> str:
        if node.path not in self._lists:
            entries = [self._entry(child) for child in children(node)]
            self._lists[node.path] = html(t"<ul>{entries}</ul>") if entries else ""
        return self._lists[node.path]

    def _entry(self, node: Section | Subject | Story) -> Template:
        mark = failed_mark() if node.path in self._catalog.failures else None
        return t'<li><a href="{address(node.path)}">{label(self._catalog, node)}{mark}</a></li>'


def _with_branch(tree: str, node: Branch, branch: str) -> str:
    """The tree with a node's list put into its entry."""
    end = tree.index("</li>", tree.index(f'href="{address(node.path)}"'))
    return f"{tree[:end]}{branch}{tree[end:]}"


class Crumbs:
    """The breadcrumbs: what leads to a node's children is rendered once for all of them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ways: dict[str, list[str]] = {}

    def to(self, node: Node) -> Markup:
        """The way from the site to a node; nothing on the site's own page."""
        if node.parent is None:
            return Markup()
        if node.parent.path not in self._ways:
            way = html(breadcrumbs(ancestors(node), root_from(node.path)))
            self._ways[node.parent.path] = way.split(SLOT)
        own = label(self._catalog, node)
        return Markup(html(t"{own}").join(self._ways[node.parent.path]))


def breadcrumbs(way: list[Branch], root: str) -> Template:
    """Links to the nodes on the way, and a slot for the one that it leads to."""
    links = [t'<li><a href="{root}{address(step.path)}">{title_of(step)}</a></li>' for step in way]
    return t"""<nav class="st-crumbs" aria-label="Breadcrumb"><ol>
{links}<li><span aria-current="page">{SLOT}</span></li>
</ol></nav>"""


def neighbours(catalog: Catalog, story: Story) -> Template:
    """Links to the stories before and after, where there are any."""
    before, after = catalog.neighbours[story.path]
    if before is None and after is None:
        return t""
    links = [
        before and _neighbour(catalog, before, "prev", "Previous"),
        after and _neighbour(catalog, after, "next", "Next"),
    ]
    return t'<nav class="st-neighbours" aria-label="Neighbouring stories">{links}</nav>'


def _neighbour(catalog: Catalog, other: Story, rel: str, text: str) -> Template:
    href = root_from(other.path) + address(other.path)
    return t'<a rel="{rel}" href="{href}"><small>{text}</small> {label(catalog, other)}</a>'


def label(catalog: Catalog, node: Node) -> Template | str:
    """A node's title, followed by its name where a sibling has the same title."""
    if node.path not in catalog.twins:
        return title_of(node)
    return t'{title_of(node)} <span class="st-name">{node.name}</span>'


def failed_mark(text: str = "failed") -> Template:
    return t' <span class="st-failed">{text}</span>'
