"""The Markdown files beside the `stories.py` files: pages of the catalog."""

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
    """Name, title and body of each, in the order of names, by the path of the node above it."""
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
    except OSError:  # a node without a folder of its own
        return []
    if STORIES not in names:
        return []
    files = sorted(name for name in names if name.endswith(SUFFIX) and not name.startswith("."))
    there = (folder / name for name in files if name == printable(name))
    pages = (_read(file) for file in there if file.is_file())
    return [(page.name, page.title, page.body) for page in pages]


def _read(file: Path) -> MarkdownPage:
    text = file.read_text("utf-8", errors="replace")
    return MarkdownPage.parse(text, file.name.removesuffix(SUFFIX))
