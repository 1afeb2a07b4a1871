"""Finding the catalog's package by its dotted name or its folder, without importing anything.

The main interpreter of a server never imports user code, so what `importlib.util.find_spec` does
for a dotted name (it imports the parents) can't be used here.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import StorytimeError
from ..ring.import_caches import forget_listings


@dataclass(frozen=True)
class Package:
    """Where a package lies. `folders` are several for a namespace package that has portions.

    `base` is the folder from which its dotted name is imported, `name` that name.
    """

    name: str
    folders: tuple[Path, ...]
    base: Path


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
        raise StorytimeError(
            f"no package {name!r}: expected a dotted name or a folder of a package (no module) that"
            f" is installed or lies below {here}",
            exit_code=2,
        )
    return Package(name, tuple(folders), folders[0].parents[name.count(".")])


def _by_folder(location: str) -> Package:
    folder = Path(location).resolve()
    if not location or not folder.is_dir():
        raise StorytimeError(
            f"no package {location!r}: expected a dotted name (my.catalog) or a folder that exists",
            exit_code=2,
        )
    base = _import_base(folder)
    if not _is_importable(folder, base):
        raise StorytimeError(
            f"{folder} can't be imported: expected a folder whose name is a Python name",
            exit_code=2,
        )
    parts = folder.relative_to(base).parts
    if parts[0] in sys.stdlib_module_names:
        raise StorytimeError(
            f"{base / parts[0]} can't be imported: Python has a module {parts[0]!r} of its own;"
            " rename the folder",
            exit_code=2,
        )
    return Package(".".join(parts), (folder,), base)


def _import_base(folder: Path) -> Path:
    """The folder from which `folder` is imported.

    That is the nearest on `sys.path`. Elsewhere a package with an `__init__` lies where the last
    of those above it ends; one without has all names from the current folder (or its `src`) down.
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
    folders = _top_level_folders(top, path)
    for part in rest:
        folders = _portions(folders, part)
    return folders


def _top_level_folders(name: str, path: Sequence[str] | None) -> list[Path]:
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        spec = find_spec and find_spec(name, path)
        if spec:
            return [Path(place).resolve() for place in spec.submodule_search_locations or ()]
    return []


def _portions(folders: Iterable[Path], part: str) -> list[Path]:
    """The import system's rule: the first folder with an `__init__` alone, else all of the name."""
    portions = [folder / part for folder in folders if (folder / part).is_dir()]
    regular = [folder for folder in portions if (folder / "__init__.py").is_file()]
    return regular[:1] or portions
