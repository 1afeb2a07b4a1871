"""Preloading: a standby imports the installed libraries that the last whole build imported.

A library is imported ahead only if that changes nothing: its import raises nothing, imports and
reads nothing of the project's, and leaves no thread and no other environment or current folder.
Nor is a preload used once the environment, the search path or an installed file has changed, or the
project doesn't import one of the libraries any more. The build then raises StalePreload.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from ..catalog.tree_reader import read_catalog
from ..errors import StalePreload
from ..project.files import is_project_file
from ..project.fresh_imports import FreshFinder, recording
from ..project.package import Package, locate, make_importable
from ..ring._cpython import thread_count
from ..ring.cleanup import current_folder
from ..ring.refusals import check_refused
from .highlights import read_highlighter
from .manifest import digest_of
from .pages import OWN_PACKAGE, render_catalog


@dataclass(frozen=True)
class _Preloaded:
    """What this interpreter imported ahead, besides what the warm-up imported.

    `named` are the modules of it that the project's import statements named, `tops` the top-level
    names, `failed` the modules that can't be imported ahead. `surroundings` are those of `files`.
    """

    named: Set[str]
    tops: Set[str]
    files: Sequence[str]
    surroundings: Any
    failed: Sequence[str]


_preloaded: list[_Preloaded] = []
"""The latest last. There are several if the list of libraries grew while this stood by."""


def preload(package_location: str, libraries: Mapping[str, Any]) -> None:
    """Import what `libraries_in` returned, in an interpreter that stands by."""
    make_importable(locate(package_location))
    with recording() as finder:
        failed = [name for name in libraries["modules"] if not _import_ahead(name, finder)]
        finder.preloaded = libraries["users"], finder.accesses.written.unseen
    files = [spec.origin for name in finder.found if (spec := _spec_of_library(name))]
    tops = {name.partition(".")[0] for name in libraries["modules"]}
    there = _surroundings(tops, files)
    _preloaded.append(_Preloaded({*libraries["named"]}, tops, files, there, failed))


def _import_ahead(name: str, finder: FreshFinder) -> bool:
    """Import the module. Return False, without it, if that did more than define what is in it."""
    if name in sys.modules:
        return True
    before, folder, state = set(sys.modules), current_folder(), _process_state()
    try:
        import_module(name)
    except BaseException:  # it may raise SystemExit
        is_fit = False
    else:
        is_fit = finder.accesses.is_untouched() and not finder.has_loaded()
    if is_fit and _process_state() == state:
        return True
    os.chdir(folder)
    for each in sys.modules.keys() - before:
        del sys.modules[each]
    finder.begin(is_complete=False)
    return False


def _process_state() -> Any:
    return thread_count(), current_folder(), dict(os.environ)


def check_preload() -> None:
    """Raise StalePreload if a build must not use what was imported ahead in this interpreter."""
    for each in _preloaded:
        if each.failed or _surroundings(each.tops, each.files) != each.surroundings:
            raise StalePreload(each.failed)


def _surroundings(tops: Set[str], files: Iterable[str]) -> Any:
    """Return what decides which files these top-level names stand for, and what is in them."""
    installed = [folder for folder in sys.path if not is_project_file(os.path.join(folder, ""))]
    names = [tops & _names_in(folder) for folder in sys.path if folder not in installed]
    stamps = [_stamp(file) for file in (*installed, *files)]
    return dict(os.environ), current_folder(), [*sys.path], names, stamps


def _names_in(folder: str) -> set[str]:
    """Return the names of modules that may be in the folder."""
    try:
        return {name.partition(".")[0] for name in os.listdir(folder)}
    except OSError:
        return set()


def _stamp(file: str) -> Any:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def libraries_in(package: Package, finder: FreshFinder) -> dict[str, Any]:
    """Return what standbys may import ahead after this build of a whole catalog, for `preload`.

    Raises StalePreload if the project doesn't import a library any more that was imported ahead.
    """
    own = {OWN_PACKAGE, package.name.partition(".")[0]}
    modules = [
        name
        for name in finder.found
        if name.partition(".")[0] not in own and _spec_of_library(name)
    ]
    # The standard library changes nothing when it is imported.
    others = [each for each in modules if each.partition(".")[0] not in sys.stdlib_module_names]
    named = finder.recorder.named().intersection(others)
    if any(not each.named <= named for each in _preloaded):
        raise StalePreload(())
    return {
        "modules": modules,
        "named": sorted(named),
        "users": finder.recorder.users_of_libraries(),
    }


def _spec_of_library(name: str) -> Any:
    """Return the spec of an installed module of that name that has a file; else None."""
    module: Any = sys.modules.get(name)
    spec = vars(module).get("__spec__") if isinstance(module, ModuleType) else None
    if not isinstance(spec, ModuleSpec) or spec.name != name or not spec.has_location:
        return None
    return None if is_project_file(str(spec.origin)) else spec


def digests_of_pages(package_location: str, output_dir: Path) -> dict[str, str]:
    """Return the digest of each file of the catalog, of which none is written.

    Raises StalePreload as a build does, and BuildFailed if nothing can be built.
    """
    package = locate(package_location)
    make_importable(package)
    check_preload()
    with (
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        recording(),
    ):
        catalog = read_catalog(package, output_dir)
        highlighter = read_highlighter(output_dir)
        pages, _ = render_catalog(catalog, package, output_dir, highlighter)
        check_refused()
    return {path: digest_of(data) for path, data in pages.items()}
