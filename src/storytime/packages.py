"""Finding the catalog's package by its dotted name or its folder, without importing anything.

The main interpreter of a server never imports user code, so what `importlib.util.find_spec` does
for a dotted name (it imports the parents) can't be used here.
"""

import importlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import StorytimeError


@dataclass(frozen=True)
class Package:
    """Where a package lies. `folders` are several for a namespace package that has portions.

    `base` is the folder from which its dotted name is imported, `name` that name.
    """

    name: str
    folders: tuple[Path, ...]
    base: Path


def locate(location: str) -> Package:
    """The package at a dotted name ("my.catalog") or a folder ("examples/complete").

    Both are looked for from the current folder as well as along `sys.path`; the folder that the
    package must be imported from is put on `sys.path` where it is missing. Raises StorytimeError
    (exit code 2) where there is no such package.
    """
    importlib.invalidate_caches()
    if all(part.isidentifier() for part in location.split(".")):
        return _by_name(location)
    return _by_folder(location)


def _by_name(name: str) -> Package:
    folders = _folders_of(name)
    if not folders and _put_on_path(Path.cwd()):
        folders = _folders_of(name)
    if not folders:
        raise StorytimeError(
            f"no package {name!r}: expected a dotted name or a folder of a package that is"
            f" installed or lies below {Path.cwd()}",
            exit_code=2,
        )
    base = folders[0].parents[name.count(".")]
    return Package(name, tuple(folders), base)


def _by_folder(location: str) -> Package:
    folder = Path(location).resolve()
    if not folder.is_dir():
        raise StorytimeError(
            f"no package {location!r}: expected a dotted name (my.catalog) or a folder that exists",
            exit_code=2,
        )
    base = _import_base(folder)
    parts = folder.relative_to(base).parts
    if not all(part.isidentifier() for part in parts):
        raise StorytimeError(
            f"{folder} can't be imported: expected a folder whose name is a Python name",
            exit_code=2,
        )
    _put_on_path(base)
    return Package(".".join(parts), (folder,), base)


def _import_base(folder: Path) -> Path:
    """The folder from which `folder` is imported: the nearest on the path, else by `__init__`s."""
    here = Path.cwd()
    entries = [*(Path(entry or ".").resolve() for entry in sys.path), here, here / "src"]
    above = [entry for entry in entries if entry in folder.parents]
    if above:
        return max(above, key=lambda entry: len(entry.parts))
    base = folder.parent
    while (base / "__init__.py").is_file():
        base = base.parent
    return base


def _put_on_path(base: Path) -> bool:
    """Whether `base` had to be added to `sys.path`."""
    if str(base) in sys.path:
        return False
    sys.path.insert(0, str(base))
    return True


def _folders_of(name: str) -> list[Path]:
    """The folders of a package; the parents are not imported."""
    top, *rest = name.split(".")
    folders = _top_level_folders(top)
    for part in rest:
        folders = _portions(folders, part)
    return folders


def _top_level_folders(name: str) -> list[Path]:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, None)
        if spec is not None:
            return [Path(place).resolve() for place in spec.submodule_search_locations or ()]
    return []


def _portions(folders: Iterable[Path], part: str) -> list[Path]:
    """The import system's rule: the first folder with an `__init__` alone, else all of the name."""
    portions = [folder / part for folder in folders if (folder / part).is_dir()]
    regular = [folder for folder in portions if (folder / "__init__.py").is_file()]
    return regular[:1] or portions
