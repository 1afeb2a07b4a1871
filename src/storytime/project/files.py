"""Questions to the file system that builds and the watching share."""

import os
from collections.abc import Iterable

CLOCK_TICK = 0.01
"""Seconds by which a file's time may lag behind the clock: the kernel's tick."""


def changed_since(files: Iterable[str], moment: float) -> bool:
    """Whether any of the files was written, renamed or removed since then (Unix seconds).

    A file's status time is what counts: a rename changes it too, and nobody can set it back.
    """
    for file in files:
        try:
            if os.stat(file).st_ctime >= moment:
                return True
        except OSError:
            return True
    return False


def relative_to(base: str, files: Iterable[str]) -> list[str]:
    """The files as POSIX paths relative to the folder, in the order given."""
    inside = os.path.join(base, "")
    return [
        (file[len(inside) :] if file.startswith(inside) else os.path.relpath(file, base)).replace(
            os.sep, "/"
        )
        for file in files
    ]


def absolute(base: str, files: Iterable[str]) -> set[str]:
    """The files that `relative_to` gave."""
    return {os.path.normpath(os.path.join(base, file)) for file in files}


PRUNED = {"__pycache__", "node_modules"}
"""Folders that hold no stories; hidden ones and virtual environments are passed over as well."""
ENVIRONMENT = "pyvenv.cfg"
"""The file in a virtual environment that tells that it is one."""


def is_pruned(name: str, parent: str) -> bool:
    """Whether the folder can't hold stories: caches, hidden folders, virtual environments."""
    return _is_passed_over(name) or os.path.exists(os.path.join(parent, name, ENVIRONMENT))


def _is_passed_over(name: str) -> bool:
    return name in PRUNED or name.startswith(".")


OWN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
SHOWN = (os.path.join(OWN, "stories.py"), os.path.join(OWN, "views", ""))
"""Storytime's files, and those of them that its own catalog shows: there they are the project's."""

FOREIGN = (
    os.path.join(os.path.dirname(os.__file__), ""),  # the standard library
    OWN,
    *("/proc/", "/sys/", "/etc/", "/usr/lib/", "/usr/share/"),
)
"""Folders whose files are no part of anybody's project."""
INSTALLED = {"site-packages", "dist-packages", "__pycache__"}
"""Names of folders with the same meaning, wherever they lie."""


def is_project_file(path: str) -> bool:
    """Whether a file belongs to somebody's project: neither installed, nor the system's or ours."""
    return not path.startswith(FOREIGN) and INSTALLED.isdisjoint(path.split(os.sep))


def is_own(path: str) -> bool:
    """Whether a file is Storytime's, and no part of its own catalog."""
    return path.startswith(OWN) and not path.startswith(SHOWN)
