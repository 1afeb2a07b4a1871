"""The parts of the workshop's pages as subjects of its own catalog."""

from string.templatelib import Template

from tdom import Markup

from ..catalog.model import Story, Subject
from ..errors import BuildFailure
from ..render.python_highlighter import PythonHighlighter
from .dialogs import help_dialog, search_dialog
from .error_pages import failure_block, problems, warnings_block
from .layout import brand, search_button
from .lists import Lists
from .navigation import Crumbs, Neighbours, Tree
from .panels import Details, Panels
from .samples import DETAILS, FAILURE, sample_catalog
from .toolbar import toolbar


def bars() -> Subject:
    def bar(title: str) -> Template:
        return t'<header class="st-bar">{brand(title, "#")}{search_button()}</header>'

    return Subject(
        description="The site's title, and the search.",
        target=bar,
        items=[
            Story({"title": "Kit"}, title="Short title"),
            Story({"title": "The design system of a small ferry line"}, title="Long title"),
        ],
    )


def trees() -> Subject:
    def tree(path: str, whole: bool = False) -> Template:
        catalog = sample_catalog()
        shown = Tree(catalog)
        inside = Markup(shown.whole()) if whole else shown.seen_from(catalog.entries[path])
        return t'<nav class="st-tree" aria-label="Catalog">{inside}</nav>'

    return Subject(
        description="The way to the page. The script puts the whole tree in its place.",
        target=tree,
        items=[
            Story({"path": ""}, title="From home"),
            Story({"path": "forms/button/quiet"}, title="From a story"),
            Story({"path": "", "whole": True}, title="Whole, closed"),
        ],
    )


def ways() -> Subject:
    def top(path: str) -> Template:
        catalog = sample_catalog()
        entry = catalog.entries[path]
        around = Neighbours(catalog).of(entry) if isinstance(entry, Story) else None
        return t'<div class="st-top">{Crumbs(catalog).to(entry)}{around}</div>'

    return Subject(
        description="Where the page stands, and the stories beside it.",
        target=top,
        items=[
            Story({"path": "forms/button"}, title="To a subject"),
            Story({"path": "forms/button/quiet"}, title="To a story"),
            Story({"path": "forms/button/story-2"}, title="To a story with a twin"),
        ],
    )


def lists() -> Subject:
    def below(path: str) -> Template:
        catalog = sample_catalog()
        node = catalog.entries[path]
        return t"{Lists(catalog).of(node, failed=False)}"  # type: ignore[arg-type]

    return Subject(
        description="What stands below a node.",
        target=below,
        items=[
            Story({"path": ""}, title="Of the site"),
            Story({"path": "forms"}, title="Of a section"),
            Story({"path": "forms/empty"}, title="Of nothing"),
        ],
    )


def tools() -> Subject:
    return Subject(
        description="The bar above a story's frame.",
        target=lambda: toolbar("#"),
        items=[Story(title="Of a story")],
    )


def panels() -> Subject:
    return Subject(
        description="What is to be read of a story.",
        target=lambda details: Panels(PythonHighlighter()).of(details),
        items=[
            Story({"details": DETAILS}, title="With everything"),
            Story({"details": Details()}, title="With nothing"),
        ],
    )


def failures() -> Subject:
    def at_places() -> Template:
        links = [t'<a href="#">forms/button/{name}</a>' for name in ("primary", "quiet")]
        return failure_block(FAILURE, "2 parts could not be built", links)

    bare = BuildFailure("", "no Site: expected a function annotated -> Site")
    return Subject(
        description="What could not be built, and why.",
        target=failure_block,
        items=[
            Story({"failure": FAILURE, "heading": "This story could not be rendered"}, "Raised"),
            Story({"failure": bare, "heading": "The site"}, title="Without a place"),
            Story(title="At several places", target=at_places),
            Story(title="Of the whole site", target=lambda: problems(sample_catalog())),
            Story({"warnings": DETAILS.warnings}, title="Warnings", target=warnings_block),
        ],
    )


def dialogs() -> Subject:
    return Subject(
        description="What opens over a page.",
        items=[
            Story({"opened": True}, title="Search", target=search_dialog),
            Story({"opened": True}, title="Shortcuts", target=help_dialog),
        ],
    )
