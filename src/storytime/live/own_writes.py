"""Tells the writes of builds from those of people, so that no build is its own cause.

A story may write a file into its own package. That is a change, so the catalog is built, so the
file is written again. Builds therefore tell what they wrote (see `project.file_writes`): a change
is a build's own if the file is still as the build left it. Anything else is a person's.

Only of a build that started a process, or loaded an extension module, isn't all known. What changes
while such a build runs may be a person's or its own, so it is built once more. If each build is
followed by a change of the same files, a process is taken to write them, and they wait for the next
build that has another cause: at once if no story reads them, otherwise after a few builds. Python
code, and what a person is known to have saved, is built as long as its content changes.
"""

import hashlib
import logging
import os
from collections.abc import Collection

from ..project.file_writes import BY_PROCESS, Writes, place_of

logger = logging.getLogger(__name__)

MOST_FILES = 1000
"""Changed files that are looked at. No story writes more, but a switch of branches does."""
MOST_KNOWN = 10_000
"""Files that builds wrote and that are remembered, the latest ones."""
AFTER = 0.5
"""Seconds after a build in which a process that it started may still write."""
DELAYS = (0.3, 0.3, 0.6)
"""Seconds without a change after which what may be a build's own write is built: for each build
whose only cause that was, since the last one that had another. Further ones wait for the last."""


class OwnWrites:
    """Is told of every build, and says which changes to build for, and when."""

    def __init__(self) -> None:
        self._writes = Writes()
        self._window = (0.0, 0.0)
        self._echoes = 0
        self._is_counted = False
        self._earlier: dict[str, str] = {}  # what changed during the build before the last one
        self._suspects: dict[str, str] = {}  # during the last one, with digests
        self._saved: dict[str, None] = {}  # what people are known to have saved, the latest last
        self._was_said = False

    def built(self, writes: Writes, began: float, ended: float) -> None:
        """Note what the build wrote that ran from `began` to `ended` (Unix seconds)."""
        left = {**self._writes.left, **writes.left}
        self._writes = Writes(dict(list(left.items())[-MOST_KNOWN:]), writes.unseen)
        self._window = began, ended + (AFTER if writes.unseen == BY_PROCESS else 0.0)
        self._is_counted = False

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
        if not self._is_counted:  # else these are further changes during the same build
            self._is_counted = True
            self._echoes += 1
            self._earlier, self._suspects = self._suspects, {}
        self._suspects |= {path: _digest(path) for path in paths}
        if self._echoes > 1 and self._are_repeated(paths, sources):
            self._warn(paths)
            return None
        return DELAYS[min(self._echoes, len(DELAYS)) - 1]

    def _are_repeated(self, paths: Collection[str], sources: Collection[str]) -> bool:
        """Return True if the last build seems to have made the changes, like the one before it."""
        # Twice the same: a person may have saved something else for the last build, and undone it.
        is_same = all(self._earlier.get(path) == self._suspects[path] for path in paths)
        if is_same and self._echoes > 2:
            return True
        if self._writes.unseen != BY_PROCESS or any(
            path.endswith(".py") or path in self._saved for path in paths
        ):
            return False
        folders = {os.path.dirname(path) for path in self._earlier}
        are_known = all(
            path in self._earlier or (os.path.dirname(path) in folders and path not in sources)
            for path in paths
        )
        is_read = any(path in sources for path in paths)
        return are_known and self._echoes > (len(DELAYS) if is_read else 1)

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


def _digest(path: str) -> str:
    """Return a digest of the file's content, "" if it can't be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _changed(path: str, otherwise: float) -> float:
    """Return when a path changed (Unix seconds), or `otherwise` if it is gone."""
    try:
        return os.stat(path).st_ctime
    except OSError:
        return otherwise
