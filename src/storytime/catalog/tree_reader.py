"""Reads the `stories.py` files of a package into a tree of nodes."""

import copy
import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import BuildFailed, BuildFailure, StorytimeError
from ..project.failures import failure_from
from ..project.files import longest_names
from ..project.fresh_imports import recording
from ..project.package import Package, locate, make_importable
from ..project.package_folders import PackageFolders
from ..project.usage import REST, at
from ..ring.progress import counted_steps
from ..ring.text import printable
from .model import (
    Group,
    Node,
    Section,
    Site,
    Story,
    Subject,
    readable,
    seat,
    seat_children,
    walk,
)
from .setup import set_up
from .signatures import required_parameters, return_annotation, written_function

STORIES = "stories.py"
LONGEST_SHOWN = 80
"""Characters of a path that is too long which its error shows."""
type AuthoredNode = Site | Section | Subject


@dataclass(frozen=True)
class TreeNode:
    """One `stories.py`; `parts` are the folders from the package down to it."""

    package: str
    file: Path
    parts: tuple[str, ...]

    @property
    def module(self) -> str:
        return ".".join((self.package, *self.parts, "stories"))

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    def read(self) -> AuthoredNode:
        """Import the module and call its function; return the node, which has no place yet.

        Raises what user code raises, and StorytimeError if there is no such function or more than
        one, or if it doesn't return what it is annotated with.
        """
        at(self.path)
        if part := next((part for part in self.parts if "." in part), ""):
            raise StorytimeError(
                f"the folder {part!r} can't be imported; rename it without the dot"
            )
        function, kind = self._function(importlib.import_module(self.module))
        name = getattr(function, "__name__", "the function")
        if required_parameters(function):
            raise StorytimeError(
                f"{name}() is called without arguments; give its parameters defaults"
            )
        node = function()
        if not isinstance(node, kind):
            raise StorytimeError(
                f"{name}() is annotated -> {kind.__name__} and returned {type(node).__name__}"
            )
        copied: AuthoredNode = _copied(node)
        return copied

    def _function(self, module: ModuleType) -> tuple[Callable[[], object], type[AuthoredNode]]:
        """Return the module's one function that is annotated with a node, and that annotation."""
        found = {
            function: (value, kind)
            for value in vars(module).values()
            if (function := written_function(value))
            and function.__module__ == module.__name__
            and isinstance(kind := return_annotation(function), type)
            and issubclass(kind, Site | Section | Subject)
        }
        if not found:
            raise StorytimeError(
                "no function is annotated -> Site, -> Section or -> Subject; annotate the one that"
                " returns this folder's node"
            )
        if len(found) > 1:
            names = " and ".join(
                f"{function.__name__}() (line {function.__code__.co_firstlineno})"
                for function in found
            )
            raise StorytimeError(f"{names} claim the same place; keep one annotation")
        [function_and_kind] = found.values()
        return function_and_kind


@dataclass
class Catalog:
    """A package's whole tree. What could not be read has a failure, and a placeholder in the tree.

    `own` are the paths of the subjects that have a `stories.py` of their own.
    """

    site: Site
    failures: list[BuildFailure] = field(default_factory=list)
    own: set[str] = field(default_factory=set)


def make_site(package_location: str) -> Site:
    """Return the whole tree of the package at a dotted name or folder.

    Raises StorytimeError if there is no such package or it has no Site, and BuildFailed if any
    `stories.py` can't be imported or is in a wrong place.
    """
    package = locate(package_location)
    make_importable(package)
    with recording():
        catalog = read_catalog(package)
    if catalog.failures:
        raise BuildFailed(catalog.failures, written=False)
    return catalog.site


def read_catalog(package: Package, output_dir: Path | None = None) -> Catalog:
    """Return the tree and its failures; `output_dir` is not read if it is in the package.

    Raises StorytimeError or BuildFailed if there is no Site.
    """
    files = [
        TreeNode(package.name, folder / STORIES, folder.relative_to(root).parts)
        for root, folder, entries in PackageFolders(package, output_dir).walk()
        if any(entry.name == STORIES for entry in entries)
    ]
    files.sort(key=lambda node: node.parts)
    if not files or files[0].parts:
        raise StorytimeError(
            f"{package.name} has no Site: expected {package.folders[0] / STORIES} with a function"
            " annotated -> Site"
        )
    root, *below = files
    catalog = Catalog(read_root(root))
    groups = {node.parts[:depth] for node in below for depth in range(len(node.parts))}
    for tree_node in counted_steps("Reading", below):
        _add(catalog, tree_node, is_group=tree_node.parts in groups)
    if output_dir is not None:
        _drop_unwritable(catalog, output_dir)
    at(REST)
    return catalog


def read_root(root: TreeNode) -> Site:
    """Return the root's Site and what its author put into it, once its setup was called.

    Raises BuildFailed if there is no Site, or if its setup raises.
    """
    try:
        site = root.read()
        if not isinstance(site, Site):
            raise StorytimeError(
                f"the root of a catalog gives a Site, got a {type(site).__name__}; annotate its"
                " function -> Site"
            )
        site.name = root.package.rpartition(".")[2]
        if site.title is None:
            site.title = readable(site.name)
        seat_children(site)
    except BaseException as error:
        raise BuildFailed([failure_from("", error, str(root.file))], written=False) from None
    if site.setup is not None:
        set_up(site.setup, str(root.file))
    return site


def _add(catalog: Catalog, tree_node: TreeNode, *, is_group: bool) -> None:
    """Read one `stories.py` and seat its node, or a placeholder and the failure."""
    if problem := _unplaceable(tree_node):
        catalog.failures.append(BuildFailure("", problem, file=printable(str(tree_node.file))))
        return
    group: Group = catalog.site
    *above, name = tree_node.parts
    for part in above:
        child = group.items.get(part)
        if isinstance(child, Subject):
            message = (
                f"{tree_node.path} stands below the subject {child.path}, and a subject holds only"
                " stories; make that one a Section, or move this folder"
            )
            catalog.failures.append(BuildFailure(child.path, message, file=str(tree_node.file)))
            return
        if child is None:
            child = Section()
            seat(group, part, child)
        group = child
    claimed = group.items.get(name)
    try:
        node = tree_node.read()
        if isinstance(node, Site):
            raise StorytimeError("a Site belongs in the package's root; return a Section here")
        seat(group, name, node)
        if isinstance(node, Subject) and not is_group:
            catalog.own.add(node.path)
    except BaseException as error:
        catalog.failures.append(failure_from(tree_node.path, error, str(tree_node.file)))
        if claimed is None:
            group.items.pop(name, None)
            seat(group, name, Section() if is_group else Subject())


def _drop_unwritable(catalog: Catalog, output_dir: Path) -> None:
    """Drop the nodes whose pages have names or paths that are too long for the file system."""
    longest_name, longest_path = longest_names(output_dir)
    rest = len(os.fsencode(output_dir)) + len("//index.html")

    def fits(node: Section | Subject | Story, parent: Node) -> bool:
        name, path = len(node.name.encode()), rest + len(node.path.encode())
        if name <= longest_name and path <= longest_path:
            return True
        problem = f"its name has {name:,} bytes, and the file system takes {longest_name:,}"
        if name <= longest_name:
            problem = f"its page's path has {path:,} bytes, and the system takes {longest_path:,}"
        message = f"{node.path[:LONGEST_SHOWN]}… can't be written: {problem}; shorten it"
        catalog.failures.append(BuildFailure(parent.path, message))
        return False

    for node in walk(catalog.site):
        if isinstance(node, Subject):
            node.items = [story for story in node.items if fits(story, node)]
        elif isinstance(node, Section | Site):
            node.items = {name: child for name, child in node.items.items() if fits(child, node)}


def _unplaceable(tree_node: TreeNode) -> str | None:
    """Return why there can't be a node here, not even one that shows an error."""
    if not tree_node.parts:
        return "two stories.py claim the site, in two folders of one namespace package; remove one"
    if tree_node.path != printable(tree_node.path):
        return f"the name of the folder {tree_node.path!r} is no valid Unicode; rename it"
    return None


def _copied(node: Any) -> Any:
    """Return a copy of what an author returned, so that seating it doesn't change their object.

    The function may return the same module-level object at every call.
    """
    if not isinstance(node, Site | Section | Subject | Story):
        return node  # seating it raises
    duplicate: Any = copy.copy(node)
    items: Any = getattr(node, "items", None)
    if isinstance(items, Mapping):
        duplicate.items = {name: _copied(child) for name, child in items.items()}
    elif isinstance(items, list | tuple):
        duplicate.items = [_copied(child) for child in items]
    return duplicate
