"""Slows down builds whose only cause is the build before them.

A story may write a file into its own package. That is a change, so the catalog is built, so the
file is written again. Watchers can't tell who wrote a file. But a person's saves don't all happen
during builds, one after the other.
"""

import logging
import os
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path

logger = logging.getLogger(__name__)

SAME = 3
"""Times in a row that changes during a build leave the files as the build before did. After that
they are ignored."""
ENDLESS = 10
"""Builds in a row, each caused by the one before, after which each has to wait."""
LONGEST_WAIT = 10.0
"""The most seconds that such a build waits. A change between builds ends the wait."""
MOST_FILES = 100
"""Changed files that are compared. No story writes more, but a switch of branches does."""


class WriteLoops:
    """Is told of every build and says how long the next one has to wait."""

    def __init__(self) -> None:
        self._count = self._same = 0
        self._began = self._ended = 0.0
        self._contents: Mapping[str, bytes] = {}
        self._ignored: Mapping[str, bytes] | None = None
        self._said: set[str] = set()

    def built(self, began: float, ended: float) -> None:
        """Note when the last build ran (Unix seconds)."""
        self._began, self._ended = began, ended

    def wait(self, paths: Collection[str] | None) -> float | None:
        """Return the seconds to wait before these changes are built; None: don't build them.

        `paths` is None if anything may have changed. A further change ends the wait.
        """
        if paths is None or not self._is_own(paths):
            self._count //= 2  # not 0: the story goes on writing after somebody else's save
            return 0.0
        self._count += 1
        before, self._contents = self._contents, {path: _digest(path) for path in paths}
        self._same = self._same + 1 if self._contents == before else 0
        if self._same >= SAME or self._contents == self._ignored:
            self._ignored = self._contents
            self._warn(paths, "it always writes the same, which is not built again")
            return None
        if self._count < ENDLESS:
            return 0.0
        self._warn(paths, "as long as it does, it is built again ever more rarely")
        return min(LONGEST_WAIT, 2.0 ** (self._count - ENDLESS - 1))

    @property
    def are_many(self) -> bool:
        """Whether builds seem to cause each other."""
        return self._count >= SAME

    def _is_own(self, paths: Collection[str]) -> bool:
        """Return True if all of them changed, or may have gone, while the last build ran."""
        if not 0 < len(paths) <= MOST_FILES:
            return False
        return all(self._began <= time <= self._ended for time in map(self._changed, paths))

    def _changed(self, path: str) -> float:
        try:
            return os.stat(path).st_ctime
        except OSError:
            return self._ended

    def _warn(self, paths: Collection[str], outcome: str) -> None:
        if outcome not in self._said:
            self._said.add(outcome)
            logger.warning(
                "each build changes %s, which is watched; a story seems to write it: %s",
                min(paths),
                outcome,
            )


def _digest(path: str) -> bytes:
    """Return b"" for folders, for what is gone, and for pipes, which never end."""
    try:
        return blake2b(Path(path).read_bytes()).digest() if os.path.isfile(path) else b""
    except OSError:
        return b""
