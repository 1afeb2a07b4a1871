"""Tells the writes of builds from those of people, so that no build is its own cause.

A story may write a file into its own package. That is a change, so the catalog is built, so the
file is written again. Builds therefore tell what they wrote (see `project.file_writes`): a change
is a build's own if the file is still as the build left it. Anything else is a person's.

Only of a build that started a process, or loaded an extension module, isn't all known. What changes
while such a build runs may be a person's or its own, so it is built once more. If that changes the
same files again, a process is taken to write them. A file that a person is known to have saved, or
of Python code, is built for a few times, later and later.
"""

import logging
import os
from collections.abc import Collection

from ..project.file_writes import Writes, place_of

logger = logging.getLogger(__name__)

MOST_FILES = 1000
"""Changed files that are looked at. No story writes more, but a switch of branches does."""
MOST_KNOWN = 10_000
"""Files that builds wrote and that are remembered, the latest ones."""
AFTER = 0.5
"""Seconds after a build in which a process that it started may still write."""
DELAYS = (0.3, 0.6, 1.2)
"""Seconds without a change after which what may be a build's own write is built: for each build
whose only cause that was, since the last one that had another."""


class OwnWrites:
    """Is told of every build, and says which changes to build for, and when."""

    def __init__(self) -> None:
        self._writes = Writes()
        self._window = (0.0, 0.0)
        self._echoes = 0
        self._suspects: set[str] = set()
        self._saved: dict[str, None] = {}  # what people are known to have saved, the latest last
        self._was_said = False

    def built(self, writes: Writes, began: float, ended: float) -> None:
        """Note what the build wrote that ran from `began` to `ended` (Unix seconds)."""
        left = {**self._writes.left, **writes.left}
        self._writes = Writes(dict(list(left.items())[-MOST_KNOWN:]), writes.unseen)
        self._window = began, ended + AFTER

    def may_have(self, paths: Collection[str], writing: Collection[str]) -> bool:
        """Return True if the running build, which writes the paths `writing`, may have written all.

        What earlier builds wrote it may write, too.
        """
        return {*self._writes.left, *writing} >= set(map(place_of, paths))

    def others(self, paths: Collection[str]) -> set[str]:
        """Return those of the changed paths that are not as a build left them."""
        if len(paths) > MOST_FILES:
            return set(paths)
        return {path for path in paths if not self._writes.are_at(path)}

    def delay(self, paths: set[str], sources: Collection[str]) -> float | None:
        """Return the seconds without a change to wait for before these changes are built.

        None: don't build them, since each build seems to make them. `sources` are the files that
        the catalog is made of.
        """
        if len(paths) > MOST_FILES:
            return 0.0
        if saved := dict.fromkeys(filter(self._is_a_persons, paths)):
            self._saved = dict(list((self._saved | saved).items())[-MOST_KNOWN:])
            self._echoes = 0
            return 0.0
        self._echoes += 1
        folders = {os.path.dirname(path) for path in self._suspects}
        is_repeated = all(
            path in self._suspects or (os.path.dirname(path) in folders and path not in sources)
            for path in paths
        )
        self._suspects = paths
        matters = any(path.endswith(".py") or path in self._saved for path in paths)
        if self._echoes > (1 if is_repeated and not matters else len(DELAYS)):
            self._warn(paths)
            return None
        return DELAYS[self._echoes - 1]

    def _is_a_persons(self, path: str) -> bool:
        """Return True unless the file changed, or may have gone, while an unseen build ran."""
        began, ended = self._window
        return not (self._writes.unseen and began <= _changed(path, ended) <= ended)

    def _warn(self, paths: Collection[str]) -> None:
        if not self._was_said:
            self._was_said = True
            logger.warning(
                "each build changes %s, which is watched; a process that a story starts seems to"
                " write it: it is not built again",
                min(paths),
            )


def _changed(path: str, otherwise: float) -> float:
    """Return when a path changed (Unix seconds), or `otherwise` if it is gone."""
    try:
        return os.stat(path).st_ctime
    except OSError:
        return otherwise
