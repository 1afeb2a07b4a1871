"""Tells the writes of builds from those of people, so that no build is its own cause.

A story may write a file into its own package. That is a change, so the catalog is built, so the
file is written again. Builds therefore tell what they wrote (see `project.file_writes`): a change
is a build's own if the file is still as the build left it. Anything else is a person's.

Only of a build that started a process, or loaded an extension module, isn't all known. What changes
while such a build runs may be a person's or its own, so it is built once more. If each build is
followed by a change of the same files, and no story reads them, a process is taken to write them:
they wait for the next build that has another cause. Files that stories read are built as long as
their content changes, since a save must never be lost.
"""

import hashlib
import logging
import os
from collections.abc import Collection
from typing import NamedTuple

from ..project.file_writes import BY_PROCESS, Writes, place_of

logger = logging.getLogger(__name__)

MOST_FILES = 1000
"""Changed files that are looked at. No story writes more, but a switch of branches does."""
MOST_KNOWN = 10_000
"""Files that builds wrote and that are remembered, the latest ones."""
AFTER = 0.5
"""Seconds after a build in which a process that it started may still write."""
DELAYS = (0.3, 0.3, 0.6)
"""Seconds without a change after which what may be a build's own write is built, by the number of
builds one after the other during which it changed."""
MANY = 10
"""Builds one after the other during which a file changed that make it worth a warning."""


class _Echo(NamedTuple):
    """A file, or a folder with others, that changed during `times` builds one after the other.

    `last` is the number of the last of these. `content` is the file's digest after it, `before`
    that after the build before it.
    """

    last: int = 0
    times: int = 0
    content: str | None = None
    before: str | None = None


class OwnWrites:
    """Is told of every build, and says which changes to build for, and when."""

    def __init__(self) -> None:
        self._writes = Writes()
        self._window = (0.0, 0.0)
        self._build = 0
        self._echoes: dict[str, _Echo] = {}
        self._saved: dict[str, None] = {}  # what people are known to have saved, the latest last
        self._was_said = False

    def built(self, writes: Writes, began: float, ended: float) -> None:
        """Note what the build wrote that ran from `began` to `ended` (Unix seconds)."""
        left = {**self._writes.left, **writes.left}
        self._writes = Writes(dict(list(left.items())[-MOST_KNOWN:]), writes.unseen)
        self._window = began, ended + (AFTER if writes.unseen == BY_PROCESS else 0.0)
        self._build += 1
        self._echoes = {
            path: echo for path, echo in self._echoes.items() if echo.last == self._build - 1
        }

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
        saved = dict.fromkeys(filter(self._is_a_persons, paths))
        self._saved = dict(list((self._saved | saved).items())[-MOST_KNOWN:])
        paths = paths - saved.keys()
        matter = {path for path in paths if self._may_matter(path, sources)}
        echoes = [self._noted(path if path in matter else os.path.dirname(path)) for path in paths]
        if saved:
            return 0.0
        times = min(echo.times for echo in echoes)
        # Twice the same: a person may have saved something else for the last build, and undone it.
        is_same = times > 2 and all(echo.content == echo.before for echo in echoes)
        if is_same or (times > 1 and not matter):
            self._warn(paths, "it is not built again")
            return None
        if times >= MANY:
            self._warn(matter, "stories read it, so each of its changes is built")
        return DELAYS[min(times, len(DELAYS)) - 1]

    def _may_matter(self, path: str, sources: Collection[str]) -> bool:
        is_known = path in sources or path in self._saved or path.endswith(".py")
        return is_known or self._writes.unseen != BY_PROCESS

    def _noted(self, path: str) -> _Echo:
        """Note that a path changed during the last build; return what is known of it."""
        echo = self._echoes.get(path, _Echo())
        if echo.last != self._build:
            echo = _Echo(self._build, echo.times + 1, before=echo.content)
        self._echoes[path] = echo._replace(content=_digest(path))
        return self._echoes[path]

    def _is_a_persons(self, path: str) -> bool:
        """Return True unless the file changed, or may have gone, while an unseen build ran."""
        began, ended = self._window
        return not (self._writes.unseen and began <= _changed(path, ended) <= ended)

    def _warn(self, paths: Collection[str], so: str) -> None:
        if not self._was_said:
            self._was_said = True
            logger.warning(
                "each build changes %s, which is watched; a process that a story starts seems to"
                " write it: %s",
                *(min(paths), so),
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
