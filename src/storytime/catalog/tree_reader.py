"""From the `stories.py` files of a package to its tree of nodes."""

import copy
import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import BuildFailed, BuildFailure, StorytimeError
from ..project.failures import failure_from
from ..project.files import ENVIRONMENT, _is_passed_over
from ..project.fresh_imports import recording
from ..project.package import Package, locate, make_importable
from ..project.usage import REST, at
from ..ring.progress import report
from ..ring.text import printable
from .model import Group, Section, Site, Story, Subject, readable, seat, seat_children
from .signatures import required_parameters, return_annotation, written_function

STORIES = "stories.py"
type AuthoredNode = Site | Section | Subject


@dataclass(frozen=True)
class TreeNode:
    """One `stories.py` and its place: `parts` are the folders from the package down to it."""

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
        """Imports the module and calls its function; the node that it returned, not yet seated.

        Raises whatever user code raises, and StorytimeError where the function is missing, there
        is more than one, or it returns something else than it says.
        """
        report("at", self.path, latest=True)
        unimportable = [part for part in self.parts if "." in part]
        if unimportable:
            raise StorytimeError(
                f"the folder {unimportable[0]!r} can't be imported; rename it without the dot"
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
        return _unseated(node)

    def _function(
        self, module: ModuleType
    ) -> tuple[Callable[[], AuthoredNode], type[AuthoredNode]]:
        """The module's one function with a node for its return annotation, and that annotation."""
        own = {
            function: value
            for value in vars(module).values()
            if (function := written_function(value)) and function.__module__ == module.__name__
        }
        found = {
            function: kind
            for function in own
            if isinstance(kind := return_annotation(function), type)
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
        function, kind = found.popitem()
        return own[function], kind


@dataclass
class Catalog:
    """A package's whole tree, and what of it could not be read (a placeholder stands there).

    `own` are the paths of the subjects that a `stories.py` of their own gave.
    """

    site: Site
    failures: list[BuildFailure] = field(default_factory=list)
    own: set[str] = field(default_factory=set)


def make_site(package_location: str) -> Site:
    """The tree of the package at a dotted name or folder, whole.

    Raises StorytimeError where there is no such package or it gives no Site, and BuildFailed where
    any `stories.py` can't be imported or stands in a wrong place.
    """
    package = locate(package_location)
    make_importable(package)
    with recording():
        catalog = read_catalog(package)
    if catalog.failures:
        raise BuildFailed(catalog.failures, written=False)
    return catalog.site


def read_catalog(package: Package, output_dir: Path | None = None) -> Catalog:
    """The tree with its failures; `output_dir` is passed over where it lies in the package.

    Raises StorytimeError or BuildFailed where there is no Site.
    """
    files = sorted(_stories_files(package, output_dir), key=lambda node: node.parts)
    if not files or files[0].parts:
        raise StorytimeError(
            f"{package.name} has no Site: expected {package.folders[0] / STORIES} with a function"
            " annotated -> Site"
        )
    root, *below = files
    catalog = Catalog(read_root(root))
    groups = {node.parts[:depth] for node in below for depth in range(len(node.parts))}
    for tree_node in below:
        _add(catalog, tree_node, is_group=tree_node.parts in groups)
    at(REST)
    return catalog


def read_root(root: TreeNode) -> Site:
    """The root's Site, with what its author put into it; without one there is no catalog."""
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
    return site


def _add(catalog: Catalog, tree_node: TreeNode, *, is_group: bool) -> None:
    """Reads one `stories.py` and seats its node, or a placeholder and the failure."""
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
    at(tree_node.path)
    try:
        node = tree_node.read()
        if isinstance(node, Site):
            raise StorytimeError("a Site belongs in the package's root; return a Section here")
        seat(group, name, node)
        if isinstance(node, Subject) and not is_group:
            catalog.own.add(node.path)
    except BaseException as error:
        failure = failure_from(tree_node.path, error, str(tree_node.file))
        catalog.failures.append(failure)
        if claimed is None:
            group.items.pop(name, None)
            seat(group, name, Section() if is_group else Subject())


def _unplaceable(tree_node: TreeNode) -> str | None:
    """Why there can be no node at this place, not even one that shows an error."""
    if not tree_node.parts:
        return "two stories.py claim the site, in two folders of one namespace package; remove one"
    if tree_node.path != printable(tree_node.path):
        return f"the name of the folder {tree_node.path!r} is no valid Unicode; rename it"
    return None


def _stories_files(package: Package, output_dir: Path | None) -> Iterator[TreeNode]:
    """Every `stories.py`, unsorted; folders are read once, and links to them not followed."""
    output = str(output_dir.resolve()) if output_dir else None
    for root in package.folders:
        waiting: list[tuple[str, tuple[str, ...]]] = [(str(root), ())]
        while waiting:
            folder, parts = waiting.pop()
            entries = _entries(folder)
            if parts and ENVIRONMENT in entries:
                continue
            if STORIES in entries and not entries[STORIES].is_dir():
                yield TreeNode(package.name, Path(folder, STORIES), parts)
            waiting += [
                (entry.path, (*parts, name))
                for name, entry in entries.items()
                if not _is_passed_over(name)
                and entry.path != output
                and entry.is_dir(follow_symlinks=False)
            ]


def _entries(folder: str) -> dict[str, os.DirEntry[str]]:
    """What a folder holds; nothing where it is gone or can't be read."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in entries}
    except OSError:
        return {}


def _unseated[Authored: AuthoredNode](node: Authored) -> Authored:
    """A copy of what the author returned, so that seating it never changes an object of theirs.

    Authors may return the same module-level object at every call; a direct build calls the
    function again at each rebuild.
    """
    duplicate = copy.copy(node)
    items: Any = duplicate.items
    if isinstance(items, Mapping):
        duplicate.items = {name: _copied(child) for name, child in items.items()}
    elif isinstance(items, list | tuple):
        duplicate.items = [_copied(child) for child in items]
    return duplicate


def _copied(child: Any) -> Any:
    match child:
        case Section() | Subject():
            return _unseated(child)
        case Story():
            return copy.copy(child)
    return child
