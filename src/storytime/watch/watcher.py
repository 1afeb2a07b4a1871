"""Watch: collects the changes to a catalog's package and to all other files it was built from."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import override

from watchfiles import Change

from ..build.manifest import Manifest
from ..errors import BuildFailure
from ..project.files import absolute, is_below, is_pruned
from ..project.package import Package
from ..project.package_folders import PackageFolders
from .changes import Enters
from .events import ChangeEvents
from .file_state import (
    Identity,
    Stamp,
    StartTime,
    folders_of,
    identity,
    missing,
    nearest_existing,
    newer_than,
    stamp_of,
    with_parents,
)
from .missing import missing_files
from .pending_changes import Changed, PendingChanges

logger = logging.getLogger(__name__)

MOST_LISTED = 500
"""Folders that builds listed and that are watched for new entries, besides the package's own."""

TEMPORARY = re.compile(
    r".*(~|#|\.tmp|\.sw\w|\.bak|\.bck|\.orig|\.vsctmp|\.py[cod]|___jb_(tmp|old)___)"
    r"|.*\.tmp\.[\w.]+|flycheck_.*|4913"
)
"""Names of files that editors write beside the one they save or check. Vim makes and removes 4913
to see whether the folder can be written."""


class Watch(PendingChanges):
    """Is told of the changes to everything that a build may depend on.

    `sources` are the files that the last build was made of.

    It watches the package's folders with all below them. In other folders it watches for the files
    that the last build imported, opened, asked for or missed, for new entries of those that it
    listed, and for Python files (which an import may find). It watches folders, not files, because
    editors save by renaming; the folders above them, because renaming one moves all; the nearest
    existing folder above one that is gone, because it may come back. That the output folder is
    removed is a change too.
    """

    def __init__(self, package: Package, output_dir: Path) -> None:
        super().__init__()
        self.sources: set[str] = set()
        self._package = package
        self._package_folders = PackageFolders(package, output_dir)
        self._roots = self._package_folders.roots
        self._output_dir = output_dir
        self._output = str(output_dir.resolve())
        self._outside: set[str] = set()
        self._missing: set[str] = set()
        self._lookups: set[str] = set()
        self._listed: set[str] = set()
        self._newly_listed: set[str] = set()
        self._lists_too_many = False
        self._appeared: set[str] = set()
        self._since = StartTime()
        self._newer: Mapping[str, Stamp | None] = {}
        self._events = ChangeEvents()
        self._find_folders()
        self._watched_roots = self._root_identities()
        self._watched_outside: Mapping[str, Identity] = {}
        self._roots_moved = asyncio.Event()
        self._outside_moved = asyncio.Event()

    async def follow_sources(
        self,
        sources: Iterable[str] | None = (),
        failures: Iterable[BuildFailure] = (),
        lookups: Iterable[str] | None = (),
        *,
        since: StartTime | None = None,
        are_all: bool = False,
    ) -> None:
        """Watch the files of the last build, which started at `since`.

        These are `sources` and `lookups` (relative to the package's base; None: those that are
        watched already), the files that `failures` missed and, unless `are_all` is set, those that
        the manifest names. A file that was not watched and has changed since then counts as
        changed.
        """
        base = str(self._package.base)
        found = self.sources if sources is None else absolute(base, sources)
        if not are_all:
            manifest = await asyncio.to_thread(Manifest.read, self._output_dir)
            if manifest is not None:
                found = found | absolute(base, manifest.sources)
                lookups = [*(lookups or ()), *manifest.lookups]
                failures = [*failures, *manifest.failures]
        if lookups is not None:
            folders = {each for each in lookups if each.endswith("/")}
            self._lookups = absolute(base, set(lookups) - folders)
            await self._list(absolute(base, folders))
        wanted = (self._lookups | missing_files(failures, base)) - found
        if not found | wanted | self._listed:
            return
        outside = await asyncio.to_thread(self._elsewhere, found)
        wanted = await asyncio.to_thread(self._elsewhere, wanted)
        self._missing |= await asyncio.to_thread(missing, wanted | (self._outside - outside))
        outside |= self._missing | wanted
        self.sources, self._outside, self._since = found | outside, outside, since or StartTime()
        folders = self._folders
        self._find_folders()
        appeared, self._appeared = self._appeared, wanted - self._missing
        if self._appeared - appeared:  # what was there before did not help
            self.tell(self._appeared - appeared)
        if self._folders != folders:
            self._outside_moved.set()
        else:
            await self._catch_up()

    @override
    def take(self) -> Changed:
        taken = super().take()
        # Times of files are too coarse to tell that these changes came before the build.
        known = {each: stamp_of(each) for each in self._outside.intersection(taken or ())}
        self._newer = {**self._newer, **known}
        return taken

    async def _list(self, folders: set[str]) -> None:
        """Watch folders for new entries, besides those of the package."""
        entries = {os.path.join(each, "") for each in folders}
        elsewhere = await asyncio.to_thread(self._elsewhere, entries)
        outside = sorted(os.path.dirname(each) for each in elsewhere)
        if len(outside) > MOST_LISTED and not self._lists_too_many:
            self._lists_too_many = True
            logger.warning(
                "the catalog lists %d folders outside of its package; new files are noticed in the"
                " first %d of them",
                len(outside),
                MOST_LISTED,
            )
        listed = set(outside[:MOST_LISTED])
        self._newly_listed, self._listed = listed - self._listed, listed

    def _elsewhere(self, paths: Iterable[str]) -> set[str]:
        """Return the paths in folders that are not watched with the package."""
        entered = dict.fromkeys(self._roots, True)

        def is_entered(folder: str) -> bool:
            if folder not in entered:
                is_in_package = is_below(folder, self._roots) and is_entered(
                    os.path.dirname(folder)
                )
                entered[folder] = is_in_package and self._package_folders.enters(folder)
            return entered[folder]

        return {path for path in paths if not is_entered(os.path.dirname(path))}

    def _find_folders(self) -> None:
        """Find the folders of all files, and the places whose removal takes files away."""
        self._folders = folders_of({*self._outside, *self._roots}) | self._listed
        self._places = with_parents([*self._roots, *self._folders, os.path.dirname(self._output)])

    async def watch_package(self) -> None:
        while True:
            existing = [folder for folder in self._roots if os.path.isdir(folder)]
            self._watched_roots = self._root_identities()
            await self._watch(existing, self._package_folders.enters, self._roots_moved)
            self.tell(None)  # no event tells of changes until it is watched again

    async def watch_outside(self) -> None:
        """Watch the folders of other sources, and those from which the package may be moved."""
        while True:
            self._watched_outside = self._existing_outside()
            catching_up = asyncio.create_task(self._catch_up())
            await self._watch(self._watched_outside, None, self._outside_moved)
            await catching_up

    def _existing_outside(self) -> dict[str, Identity]:
        """Return the folders to watch beside the package, as they are now."""
        wanted = {*self._folders, os.path.dirname(self._output)}
        existing = {nearest_existing(folder) for folder in wanted}
        if not self._events.polls:  # polling sees that a path is gone, whatever removed it
            existing = {each for each in with_parents(existing) if os.access(each, os.R_OK)}
        return {folder: identity(folder) for folder in existing}

    async def _watch(self, folders: Collection[str], enters: Enters, moved: asyncio.Event) -> None:
        """Watch until `moved` is set or an event may have been missed.

        This task doesn't pause before the folders are watched, so a task that it started before
        runs after that, and sees any change from before.
        """
        moved.clear()
        if not folders:
            await moved.wait()
            return
        events = self._events.watch(folders, self.is_relevant, enters, moved)
        async with aclosing(events):
            async for paths in events:
                if paths:
                    self.tell(paths)
                is_elsewhere = not self._places.isdisjoint(paths)
                if is_elsewhere or self._output in paths:  # relevant only when it is removed
                    self.tell(None)
                if is_elsewhere:
                    self._roots_moved.set()
                    self._outside_moved.set()

    async def _catch_up(self) -> None:
        """Look for changes outside the package from before it was watched."""
        if self._root_identities() != self._watched_roots:
            self._roots_moved.set()
        if await asyncio.to_thread(self._existing_outside) != self._watched_outside:
            self._outside_moved.set()
        outside = self._outside
        gone = await asyncio.to_thread(missing, outside)
        unwatched, self._newly_listed = self._newly_listed, set()
        newer = await asyncio.to_thread(newer_than, self._since, (outside - gone) | unwatched)
        # Once told is enough, even for a file whose time lies in the future.
        news = {file for file in newer if newer[file] != self._newer.get(file, 0)}
        news |= gone ^ self._missing
        self._missing, self._newer = gone, newer
        if news:
            self.tell(news)

    def _root_identities(self) -> list[Identity]:
        return [identity(folder) for folder in self._roots]

    def is_relevant(self, change: Change, path: str) -> bool:
        """Return True if the change may alter the catalog."""
        if change is Change.deleted and is_below(self._output, (path,)):
            return True
        if is_below(path, (self._output,)):
            return False
        if path in self.sources or path in self._lookups or path in self._places:
            return True
        if change is not Change.modified and os.path.dirname(path) in self._listed:
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
    """Yield a Watch that watches from the start of the block to its end."""
    watch = Watch(package, output_dir)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(watch.watch_package()),
                group.create_task(watch.watch_outside()),
            ]
            await asyncio.sleep(0)  # lets both start
            try:
                yield watch
            finally:
                for task in tasks:
                    task.cancel()
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _is_hidden(root: str, path: str) -> bool:
    """Return True if the path is hidden, or in a folder below the root that no build reads."""
    parent = root
    for part in os.path.relpath(path, root).split(os.sep):
        if part != os.curdir and is_pruned(part, parent):
            return True
        parent = os.path.join(parent, part)
    return False
