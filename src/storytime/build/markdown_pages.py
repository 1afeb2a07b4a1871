"""Finds the Markdown files beside the `stories.py` files, which become pages of the catalog."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ..catalog.model import Site, Story, walk
from ..catalog.tree_reader import STORIES
from ..project.package import Package
from ..render.markdown import MARKDOWN, MarkdownPage
from ..ring.text import printable


def find_documents(
    package: Package, site: Site, *, without: Collection[str] = ()
) -> Mapping[str, Sequence[tuple[str, str, str]]]:
    """Return the pages below each node, by its path: name, title and body, in order of name.

    `without` are files to leave out, by their paths in the package.
    """
    found: dict[str, Sequence[tuple[str, str, str]]] = {}
    for node in walk(site):
        if isinstance(node, Story):
            continue
        for folder in package.folders:
            if pages := _in_folder(folder, node.path, without):
                found[node.path] = pages
    return found


def _in_folder(root: Path, path: str, without: Collection[str]) -> list[tuple[str, str, str]]:
    folder = root / path
    try:
        names = os.listdir(folder)
    except OSError:  # the node has no folder of its own
        return []
    if STORIES not in names:
        return []
    pages = []
    for name in sorted(names):
        is_page = name.endswith(MARKDOWN) and not name.startswith(".") and name == printable(name)
        is_page = is_page and os.path.join(path, name) not in without
        if is_page and (file := folder / name).is_file():
            text = file.read_text("utf-8-sig", errors="replace")
            page = MarkdownPage.parse(text, name.removesuffix(MARKDOWN))
            pages.append((page.name, page.title, page.body))
    return pages
