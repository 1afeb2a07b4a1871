"""Finds the catalog's package by its dotted name or folder, without importing anything.

A server's main interpreter never imports user code, but `importlib.util.find_spec` imports the
parents of a dotted name.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import StorytimeError
from ..ring.import_caches import forget_listings


@dataclass(frozen=True)
class Package:
    """Where a package is. Only a namespace package can have several `folders`.

    `base` is the folder from which its dotted `name` is imported.
    """

    name: str
    folders: tuple[Path, ...]
    base: Path

    @cached_property
    def project(self) -> Path:
        """The repository's folder, or the nearest with a `pyproject.toml`, or else `base`."""
        above = (self.base, *self.base.parents)
        markers = (place / marker for marker in (".git", "pyproject.toml") for place in above)
        return next((marker.parent for marker in markers if marker.exists()), self.base)


def locate(location: str) -> Package:
    """Find the package at a dotted name ("my.catalog") or a folder ("examples/complete").

    Both are looked up along `sys.path` and from the current folder. Nothing is imported, and
    `sys.path` stays as it is: see `make_importable`. Raises StorytimeError (exit code 2) if there
    is no such package.
    """
    forget_listings()
    if all(part.isidentifier() for part in location.split(".")):
        return _by_name(location)
    return _by_folder(location)


def make_importable(package: Package) -> None:
    """Put the package's base first on `sys.path`, unless the package is imported from there anyway.

    Another package of the same name may precede it on the path.
    """
    if _folders_of(package.name)[:1] != list(package.folders[:1]):
        sys.path.insert(0, str(package.base))


def _by_name(name: str) -> Package:
    here = str(Path.cwd())
    folders = _folders_of(name)
    if not folders and here not in sys.path:
        folders = _folders_of(name, [here, *sys.path])
    if not folders:
        raise _error(
            f"no package {name!r}: expected a dotted name or a folder of a package (no module) that"
            f" is installed or lies below {here}"
        )
    return Package(name, tuple(folders), folders[0].parents[name.count(".")])


def _by_folder(location: str) -> Package:
    folder = Path(location).resolve()
    if not location or not folder.is_dir():
        expected = "a dotted name (my.catalog) or a folder that exists"
        raise _error(f"no package {location!r}: expected {expected}")
    base = _import_base(folder)
    if not _is_importable(folder, base):
        expected = "a folder whose name is a Python name"
        raise _error(f"{folder} can't be imported: expected {expected}")
    parts = folder.relative_to(base).parts
    if parts[0] in sys.stdlib_module_names:
        raise _error(
            f"{base / parts[0]} can't be imported: Python has a module {parts[0]!r} of its own;"
            " rename the folder"
        )
    return Package(".".join(parts), (folder,), base)


def _error(message: str) -> StorytimeError:
    return StorytimeError(message, exit_code=2)


def _import_base(folder: Path) -> Path:
    """Return the folder from which `folder` is imported.

    That is the nearest one on `sys.path`. If there is none, a package with an `__init__` is
    imported from above the outermost folder that has one, and other folders from the current
    folder or its `src`.
    """
    here = Path.cwd()
    on_path = {Path(entry or ".").resolve() for entry in sys.path}
    for base in folder.parents:
        if base in on_path - {here} and _is_importable(folder, base):
            return base
    nearest = folder.parent
    while (nearest / "__init__.py").is_file():
        nearest = nearest.parent
    if nearest == folder.parent and not (folder / "__init__.py").is_file():
        for base in (here / "src", here):
            if base in folder.parents and _is_importable(folder, base):
                return base
    return nearest


def _is_importable(folder: Path, base: Path) -> bool:
    return all(part.isidentifier() for part in folder.relative_to(base).parts)


def _folders_of(name: str, path: Sequence[str] | None = None) -> list[Path]:
    """Return the folders of a package, looked up along `path` (None: `sys.path`)."""
    top, *rest = name.split(".")
    finders = [each for each in sys.meta_path if hasattr(each, "find_spec")]
    spec = next(filter(None, (each.find_spec(top, path) for each in finders)), None)
    places = (spec and spec.submodule_search_locations) or ()
    folders = [Path(place).resolve() for place in places]
    for part in rest:
        folders = [folder / part for folder in folders if (folder / part).is_dir()]
        # As the import system does: the first with an `__init__`, or else all.
        folders = [each for each in folders if (each / "__init__.py").is_file()][:1] or folders
    return folders
