"""Echoes: builds whose only cause is the build before them, and what is done about these.

A story may write a file into its own package. That is a change, so it is built, so the file is
written again. No watcher can tell who wrote a file; but a person's saves don't fall into builds
only, one after the other.
"""

import logging
import os
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path

logger = logging.getLogger(__name__)

SAME = 3
"""Times in a row that changes during a build leave the files as the changes during the build
before left them, after which they are none."""
ENDLESS = 10
"""The same, after which each build has to wait, although the files change."""
LONGEST_WAIT = 10.0
"""Seconds that it then waits at most; a change by anybody else begins it at once."""
MOST_FILES = 100
"""Changed files that are looked at; no story writes so many, but a branch switch does."""


class Echoes:
    """Told of every build, it says how long the next should wait."""

    def __init__(self) -> None:
        self._count = self._same = 0
        self._began = self._ended = 0.0
        self._contents: Mapping[str, bytes] = {}
        self._settled: Mapping[str, bytes] | None = None
        self._said: set[str] = set()

    def built(self, began: float, ended: float) -> None:
        """The last build, in Unix seconds."""
        self._began, self._ended = began, ended

    def wait(self, paths: Collection[str] | None) -> float | None:
        """The seconds that a build for these changes is to wait; None where there is no need of it.

        `paths` is None where anything may have changed. A further change is to cut the wait short.
        """
        if paths is None or not self._is_echo(paths):
            self._count //= 2  # and not 0: the story goes on to write after somebody else's save
            return 0.0
        self._count += 1
        before, self._contents = self._contents, _contents(paths)
        self._same = self._same + 1 if self._contents == before else 0
        if self._same >= SAME or self._contents == self._settled:
            self._settled = self._contents
            self._say(paths, "it always writes the same, which is not built again")
            return None
        if self._count < ENDLESS:
            return 0.0
        self._say(paths, "as long as it does, it is built again ever more rarely")
        return min(LONGEST_WAIT, 2.0 ** (self._count - ENDLESS - 1))

    @property
    def are_many(self) -> bool:
        """Whether the builds seem to be each other's cause."""
        return self._count >= SAME

    def _is_echo(self, paths: Collection[str]) -> bool:
        """Whether all of them changed while the last build ran; what is gone may have."""
        if not 0 < len(paths) <= MOST_FILES:
            return False
        return all(self._began <= time <= self._ended for time in map(self._changed, paths))

    def _changed(self, path: str) -> float:
        try:
            return os.stat(path).st_ctime
        except OSError:
            return self._ended

    def _say(self, paths: Collection[str], outcome: str) -> None:
        if outcome not in self._said:
            self._said.add(outcome)
            logger.warning(
                "each build changes %s, which is watched; a story seems to write it: %s",
                min(paths),
                outcome,
            )


def _contents(paths: Collection[str]) -> dict[str, bytes]:
    """Digests of what each path holds: nothing for a folder, for what is gone, and for a pipe,
    which never ends. They have their names all the same: that one file went is not that another
    did."""
    return {path: _digest(path) for path in paths}


def _digest(path: str) -> bytes:
    if not os.path.isfile(path):
        return b""
    try:
        return blake2b(Path(path).read_bytes()).digest()
    except OSError:
        return b""
