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
