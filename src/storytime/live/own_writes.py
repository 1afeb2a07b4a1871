"""Tells the writes of builds from those of people, so that no build is its own cause.

A story may write a file into its own package. That is a change, so the catalog is built, so the
file is written again. Builds therefore tell what they wrote (see `project.file_writes`): a change
is a build's own if the file is still as the build left it. Anything else is a person's.

Only of a build that started a process, or loaded an extension module, isn't all known. What changes
while such a build runs may be a person's or its own, so it is built, but later and later, and not
for ever.
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
        self._folders: set[str] = set()
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

        None: don't build them. The build itself may have made them, and the build before it did the
        same. `sources` are the files that the catalog is made of.
        """
        before, self._folders = self._folders, {os.path.dirname(path) for path in paths}
        if not self._may_be_own(paths):
            self._echoes = 0
            return 0.0
        self._echoes += 1
        is_known = self._folders <= before
        matters = any(path in sources or path.endswith(".py") for path in paths)
        if self._echoes > (len(DELAYS) if matters or not is_known else 1):
            self._warn(paths)
            return None
        return DELAYS[self._echoes - 1]

    def _may_be_own(self, paths: Collection[str]) -> bool:
        """Return True if all of them changed, or may have gone, while the last build ran."""
        if not self._writes.unseen or not 0 < len(paths) <= MOST_FILES:
            return False
        began, ended = self._window
        return all(began <= _changed(path, ended) <= ended for path in paths)

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
