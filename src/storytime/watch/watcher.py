"""Watch: tells of changes to a catalog's package and to the other files it was built from."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from watchfiles import Change

from ..build.manifest import Manifest
from ..errors import BuildFailure
from ..project.files import absolute, is_below, is_pruned
from ..project.package import Package
from .events import Notices
from .file_state import (
    Identity,
    Moment,
    Stamp,
    folders_of,
    gone,
    identity,
    is_readable,
    nearest,
    newer_than,
    with_all_above,
)
from .missing import missing_files

FLOOD = 100
"""Changed files between two builds that are a flood: nobody saves so many."""
CALM = 1.0
"""Seconds without a further change that end it; while it lasts, changes are told of every 0.4 s."""
LONGEST_FLOOD = 5.0
"""Seconds after which a build begins although many files still change."""

TEMPORARY = re.compile(
    r".*(~|#|\.tmp|\.sw\w|\.bak|\.bck|\.orig|\.vsctmp|\.py[cod]|___jb_(tmp|old)___)"
    r"|.*\.tmp\.[\w.]+|flycheck_.*|4913"
)
"""Names of what editors write beside a file while they save it or look it over. 4913 is Vim's trial
file, made and removed to see whether the folder can be written."""


type Changed = set[str] | None
"""The paths of what changed; None where anything may have."""


def both(one: Changed, other: Changed) -> Changed:
    """What changed in either of two times."""
    return None if one is None or other is None else one | other


class Watch:
    """Sets `changed` whenever something changed that a build may depend on; `take` tells what.

    The package's folders are watched with all below them; of other folders the files that the last
    build imported or opened, or looked for in vain, and Python files (a missing module that
    appears). Folders are watched, not files: editors save by rename. Those above are watched as
    well, for the renames that take all away; of one that is gone the nearest above is, as it may
    return. The output folder counts as changed when it goes.
    """

    def __init__(self, package: Package, output_dir: Path) -> None:
        self.changed = asyncio.Event()
        self._paths: Changed = set()
        self._package = package
        self._roots = tuple(str(folder) for folder in package.folders)
        self._output_dir = output_dir
        self._output = str(output_dir.resolve())
        self._sources: set[str] = set()
        self._outside: set[str] = set()
        self._gone: set[str] = set()
        self._appeared: set[str] = set()
        self._since = Moment()
        self._newer: Mapping[str, Stamp] = {}
        self._notices = Notices()
        self._count = 0
        self._flooded = float("-inf")
        self._survey()
        self._watched_roots = self._root_identities()
        self._watched_outside: Mapping[str, Identity] = {}
        self._roots_moved = asyncio.Event()
        self._outside_moved = asyncio.Event()

    def take(self) -> Changed:
        """What changed since the last time; `changed` is not set any more.

        That is the beginning of a build: what changes from now on leads to another.
        """
        self.changed.clear()
        taken, self._paths, self._count = self._paths, set(), 0
        return taken

    async def flood_over(self) -> None:
        """Returns at once; while many files change (a branch switch), when those are through."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_FLOOD
        # No event tells that no more come.
        while (left := min(self._flooded + CALM, until) - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    def tell(self, paths: Changed) -> None:
        """Has these count as changed."""
        self._count += len(paths or ())
        if paths and self._count >= FLOOD:
            self._flooded = asyncio.get_running_loop().time()
        self._paths = both(self._paths, paths)
        self.changed.set()

    def expect_anything(self) -> None:
        """The next changes are not all that the next build has to heed."""
        self._paths = None

    async def follow_sources(
        self,
        sources: Iterable[str] | None = (),
        failures: Iterable[BuildFailure] = (),
        *,
        since: Moment | None = None,
        are_all: bool = False,
    ) -> None:
        """Watches what the last build was made from; `since` is when it began.

        That is `sources` (relative to the package's base; None: those that are watched
        already), what `failures` say to be missing, and unless these `are_all` what the
        manifest names. A file that was not watched then and has changed since counts as a
        change.
        """
        base = str(self._package.base)
        if are_all:
            found, wanted = set[str](), missing_files(failures, base)
        else:
            found, wanted = await asyncio.to_thread(self._last_build, failures)
        found.update(self._sources if sources is None else absolute(base, sources))
        if not found | wanted:
            return
        outside = {file for file in found if not is_below(file, self._roots)}
        wanted = {file for file in wanted - found if not is_below(file, self._roots)}
        self._gone |= await asyncio.to_thread(gone, wanted | (self._outside - outside))
        outside |= self._gone | wanted
        moved = folders_of(outside) != folders_of(self._outside)
        self._sources, self._outside, self._since = found | outside, outside, since or Moment()
        self._survey()
        appeared, self._appeared = self._appeared, wanted - self._gone
        if self._appeared - appeared:  # else it is there, and no help
            self.tell(self._appeared - appeared)
        if moved:
            self._outside_moved.set()
        else:
            await self._catch_up()

    def _survey(self) -> None:
        """Where the files lie now: their folders, and all places that can take them away."""
        self._folders = folders_of({*self._outside, *self._roots})
        self._places = with_all_above([*self._roots, *self._folders, os.path.dirname(self._output)])

    async def watch_package(self) -> None:
        while True:
            existing = [folder for folder in self._roots if os.path.isdir(folder)]
            self._watched_roots = self._root_identities()
            await self._watch(existing, self._roots_moved, recursive=True)
            self.tell(None)  # what happened between that watching and the next was not seen

    async def watch_outside(self) -> None:
        """Watches the sources' folders, and those in which the package itself may come and go."""
        while True:
            self._watched_outside = self._existing_outside()
            catching_up = asyncio.create_task(self._catch_up())
            await self._watch(self._watched_outside, self._outside_moved, recursive=False)
            await catching_up

    def _existing_outside(self) -> dict[str, Identity]:
        """The folders that are to be watched beside the package, as they are at the moment."""
        wanted = {*self._folders, os.path.dirname(self._output)}
        existing = {nearest(folder) for folder in wanted}
        if not self._notices.polls:  # which sees a path that is gone, whatever took it
            existing = {folder for folder in with_all_above(existing) if is_readable(folder)}
        return {folder: identity(folder) for folder in existing}

    async def _watch(
        self, folders: Collection[str], moved: asyncio.Event, *, recursive: bool
    ) -> None:
        """Watches until `moved` is set, or an event may have been missed.

        The task runs on without a pause until the folders are watched, so whatever it set off
        before comes after that, and nothing can change unseen between the two.
        """
        moved.clear()
        if not folders:
            await moved.wait()
            return
        notices = self._notices.of(
            folders, self.concerns, moved, recursive=recursive, without=self._output
        )
        async with aclosing(notices):
            async for paths in notices:
                if paths:
                    self.tell(paths)
                is_elsewhere = not self._places.isdisjoint(paths)
                if is_elsewhere or self._output in paths:  # told of only when it is gone
                    self.tell(None)
                if is_elsewhere:
                    self._roots_moved.set()
                    self._outside_moved.set()

    async def _catch_up(self) -> None:
        """Looks for what changed outside before it was watched."""
        if self._root_identities() != self._watched_roots:
            self._roots_moved.set()
        if await asyncio.to_thread(self._existing_outside) != self._watched_outside:
            self._outside_moved.set()
        outside = self._outside
        missing = await asyncio.to_thread(gone, outside)
        newer = await asyncio.to_thread(newer_than, self._since, outside - missing)
        # What has been told of is so once, also where its time lies in the future.
        news = {file for file in newer if newer[file] != self._newer.get(file)}
        news |= missing ^ self._gone
        self._gone, self._newer = missing, newer
        if news:
            self.tell(news)

    def _root_identities(self) -> list[Identity]:
        """Which folders the package's are at the moment; another may take one's place."""
        return [identity(folder) for folder in self._roots]

    def _last_build(self, failures: Iterable[BuildFailure]) -> tuple[set[str], set[str]]:
        """The files of the build that is in the output folder, and those that a build missed."""
        manifest = Manifest.read(self._output_dir)
        if manifest is None:
            manifest = Manifest("", {})
        base = str(self._package.base)
        found = absolute(base, manifest.sources)
        return found, missing_files([*manifest.failures, *failures], base)

    def concerns(self, change: Change, path: str) -> bool:
        """Whether a change may change the catalog: the filter of the watchers."""
        if change is Change.deleted and is_below(self._output, (path,)):
            return True
        if is_below(path, (self._output,)):
            return False
        if path in self._sources or path in self._places:
            return True
        name = os.path.basename(path)
        if TEMPORARY.fullmatch(name):
            return False
        for root in self._roots:
            if is_below(path, (root,)):
                return not _is_hidden(root, path)
        is_module = name.endswith(".py") and not name.startswith(".")
        return is_module and os.path.dirname(path) in self._folders


@asynccontextmanager
async def watching(package: Package, output_dir: Path) -> AsyncIterator[Watch]:
    """A Watch that watches, from the first moment to the last of the block."""
    watch = Watch(package, output_dir)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(watch.watch_package()),
                group.create_task(watch.watch_outside()),
            ]
            await asyncio.sleep(0)  # lets both begin
            try:
                yield watch
            finally:
                for task in tasks:
                    task.cancel()
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _is_hidden(root: str, path: str) -> bool:
    """Whether the path lies in a folder below the root that no build looks into, or is hidden."""
    parent = root
    for part in os.path.relpath(path, root).split(os.sep):
        if part != os.curdir and is_pruned(part, parent):
            return True
        parent = os.path.join(parent, part)
    return False
