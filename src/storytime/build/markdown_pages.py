"""Finds the Markdown files beside the `stories.py` files, which become pages of the catalog."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..catalog.model import Site, Story, walk
from ..catalog.tree_reader import STORIES
from ..project.package import Package
from ..render.markdown import MarkdownPage
from ..ring.text import printable

SUFFIX = ".md"


def find_documents(package: Package, site: Site) -> Mapping[str, Sequence[tuple[str, str, str]]]:
    """Return the pages below each node, by its path: name, title and body, in order of name."""
    found: dict[str, Sequence[tuple[str, str, str]]] = {}
    for node in walk(site):
        if isinstance(node, Story):
            continue
        for folder in package.folders:
            if pages := _in_folder(folder / node.path):
                found[node.path] = pages
    return found


def _in_folder(folder: Path) -> list[tuple[str, str, str]]:
    try:
        names = os.listdir(folder)
    except OSError:  # the node has no folder of its own
        return []
    if STORIES not in names:
        return []
    pages = []
    for name in sorted(names):
        is_page = name.endswith(SUFFIX) and not name.startswith(".") and name == printable(name)
        if is_page and (file := folder / name).is_file():
            text = file.read_text("utf-8", errors="replace")
            page = MarkdownPage.parse(text, name.removesuffix(SUFFIX))
            pages.append((page.name, page.title, page.body))
    return pages
