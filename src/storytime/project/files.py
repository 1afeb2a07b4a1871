"""Which files belong to a project, and where they are."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

OWN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
SHOWN = (os.path.join(OWN, "stories.py"), os.path.join(OWN, "views", ""))
"""Those of Storytime's files that its own catalog shows: there they are the project's."""

LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
"""The standard library's folder."""
FOREIGN = (
    LIBRARY,
    OWN,
    *([os.path.join(sys.prefix, "")] if sys.prefix != sys.base_prefix else []),  # a venv
    *("/proc/", "/sys/", "/etc/", "/usr/lib/", "/usr/share/"),
)
INSTALLED = {"site-packages", "dist-packages", "__pycache__"}


def is_project_file(path: str) -> bool:
    """Return True unless the file is installed, the system's or Storytime's."""
    return not path.startswith(FOREIGN) and INSTALLED.isdisjoint(path.split(os.sep))


def is_own(path: str) -> bool:
    """Return True if the file is Storytime's, and not part of its own catalog."""
    return path.startswith(OWN) and not path.startswith(SHOWN)


def is_pruned(name: str, parent: str) -> bool:
    """Return True if the folder can't hold stories: a cache, hidden, or a virtual environment."""
    return (
        name in ("__pycache__", "node_modules")
        or name.startswith(".")
        or os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))
    )


def longest_names(folder: Path) -> tuple[int, int]:
    """Return how many bytes a name in the folder may have, which need not exist yet, and a path."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    with suppress(OSError, ValueError):
        return os.pathconf(folder, "PC_NAME_MAX"), os.pathconf(folder, "PC_PATH_MAX") - 1
    return 255, 4095


def changed_since(files: Iterable[str], moment: float) -> bool:
    """Return True if any file was written, renamed or removed since then (Unix seconds).

    This compares `st_ctime`, which a rename changes too and nobody can set back.
    """
    for file in files:
        try:
            if os.stat(file).st_ctime >= moment:
                return True
        except OSError:
            return True
    return False


def relative_to(base: str, files: Iterable[str]) -> list[str]:
    """Return the files as POSIX paths relative to the folder, in the order given.

    Those of folders keep the separator at their end.
    """
    inside = os.path.join(base, "")

    def relative(file: str) -> str:
        if file.startswith(inside):
            return file[len(inside) :] or "./"
        return os.path.relpath(file, base) + os.sep * file.endswith(os.sep)

    return [relative(file).replace(os.sep, "/") for file in files]


def outside(folder: Path, files: Iterable[str]) -> list[str]:
    """Return the files that are not in the folder or below it."""
    inside = os.path.join(folder.resolve(), "")
    return [file for file in files if not file.startswith(inside)]


def is_below(path: str, folders: Iterable[str], separator: str = os.sep) -> bool:
    """Return True if the path is one of the folders, or in one of them."""
    return any(path == folder or path.startswith(folder + separator) for folder in folders)


def with_targets(files: Iterable[str]) -> set[str]:
    """Return the files, and those that links among them or in their folders lead to."""
    folders: dict[str, str] = {}
    found = set()
    for file in files:
        folder, name = os.path.split(file)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        target = os.path.join(folders[folder], name)
        found |= {file, os.path.realpath(target) if os.path.islink(target) else target}
    return found


def absolute(base: str, files: Iterable[str]) -> set[str]:
    """Return the absolute paths of what `relative_to` gave."""
    return {os.path.normpath(os.path.join(base, file)) for file in files}
