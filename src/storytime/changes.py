"""Watch: tells of changes to a catalog's package and to the other files it was built from."""

import asyncio
import logging
import os
import re
import time
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from watchfiles import Change, awatch

from .files import CLOCK_TICK, absolute, changed_since, gone
from .manifest import Manifest
from .nodes import is_pruned
from .packages import Package

logger = logging.getLogger(__name__)

QUIET = 10
"""Milliseconds without a further event that end the gathering of one save's events."""
LONGEST_GATHERING = 400
"""Milliseconds after which changes are told of although more still come (a branch switch)."""
RETRY = 0.1
"""Seconds until watching begins anew where it broke off."""

TEMPORARY = re.compile(
    r".*(~|#|\.tmp|\.sw\w|\.bak|\.bck|\.orig|\.vsctmp|\.py[cod]|___jb_(tmp|old)___)"
    r"|.*\.tmp\.[\w.]+|flycheck_.*|4913"
)
"""Names of what editors write beside a file while they save it or look it over. 4913 is Vim's trial
file, made and removed to see whether the folder can be written."""


class Watch:
    """Sets `changed` whenever something changed that a build may depend on; `changes` tells what.

    The package's folders are watched with all below them; of other folders the files that the last
    build imported or opened, and Python files (a missing module that appears). Folders are watched,
    not files: editors save by rename. Of one that is gone the nearest above is, as it may return.
    """

    def __init__(self, package: Package, output_dir: Path) -> None:
        self.changed = asyncio.Event()
        self._files: set[str] = set()
        self._anything = False
        self._package = package
        self._roots = tuple(str(folder) for folder in package.folders)
        self._output_dir = output_dir
        self._output = str(output_dir.resolve())
        self._sources: set[str] = set()
        self._outside: set[str] = set()
        self._gone: set[str] = set()
        self._since = time.time()
        self._places = _with_all_above(self._roots)
        self._watched_roots = self._root_identities()
        self._roots_moved = asyncio.Event()
        self._outside_moved = asyncio.Event()

    async def changes(self) -> list[str] | None:
        """Waits for changes: the files (absolute paths), None where any may have changed."""
        await self.changed.wait()
        self.changed.clear()
        files, self._files = self._files, set()
        anything, self._anything = self._anything, False
        return None if anything else sorted(files)

    def expect_anything(self) -> None:
        """The next changes are not all that the next build has to heed."""
        self._anything = True

    def tell_anything(self) -> None:
        """Tells of a change of which it isn't known what it is."""
        self._anything = True
        self.changed.set()

    async def follow_sources(
        self, sources: Iterable[str] = (), *, since: float, are_all: bool = False
    ) -> None:
        """Watches what the last build was made from; `since` is when it began (Unix seconds).

        That is `sources` (absolute paths), and unless they `are_all` what the manifest names. A
        file that was not watched then and has changed since counts as a change.
        """
        found = set() if are_all else await asyncio.to_thread(self._manifest_sources)
        found.update(sources)
        if not found:
            return
        outside = {file for file in found if not is_below(file, self._roots)}
        self._gone |= await asyncio.to_thread(gone, self._outside - outside)
        outside |= self._gone
        moved = _folders(outside) != _folders(self._outside)
        self._sources, self._outside, self._since = found | outside, outside, since
        self._places = _with_all_above([*self._roots, *_folders(outside)])
        if moved:
            self._outside_moved.set()
        else:
            await self._catch_up()

    async def watch_package(self) -> None:
        while True:
            existing = [folder for folder in self._roots if os.path.isdir(folder)]
            self._watched_roots = self._root_identities()
            await self._watch(existing, self._roots_moved, recursive=True)
            self.tell_anything()  # what happened between that watching and the next was not seen

    async def watch_outside(self) -> None:
        """Watches the sources' folders, and those in which the package itself may come and go."""
        while True:
            existing = {_nearest(folder) for folder in _folders({*self._outside, *self._roots})}
            catching_up = asyncio.create_task(self._catch_up())
            await self._watch(existing, self._outside_moved, recursive=False)
            await catching_up

    async def _watch(
        self, folders: Collection[str], moved: asyncio.Event, *, recursive: bool
    ) -> None:
        """Watches until `moved` is set, or an event can't be read.

        The task runs on without a pause until `awatch` watches and waits, so whatever it set off
        before comes after that, and nothing can change unseen between the two.
        """
        moved.clear()
        if not folders:
            await moved.wait()
            return
        try:
            async for changes in awatch(
                *folders,
                watch_filter=self.concerns,
                recursive=recursive,
                stop_event=moved,
                step=QUIET,
                debounce=LONGEST_GATHERING,
            ):
                self._files.update(path for _, path in changes)
                self.changed.set()
                if any(path in self._places for _, path in changes):
                    self._anything = True
                    self._roots_moved.set()
                    self._outside_moved.set()
        except (FileNotFoundError, ExceptionGroup) as error:
            # A folder vanished just before, or awatch's task met a file whose name is no text.
            logger.debug("watching breaks off: %r", error)
            await asyncio.sleep(RETRY)

    async def _catch_up(self) -> None:
        """Looks for what changed outside before it was watched."""
        if self._root_identities() != self._watched_roots:
            self._roots_moved.set()
        outside = self._outside
        missing = await asyncio.to_thread(gone, outside)
        newer = await asyncio.to_thread(changed_since, outside - missing, self._since - CLOCK_TICK)
        if newer or missing != self._gone:
            self.tell_anything()
        self._gone = missing

    def _root_identities(self) -> list[tuple[int, int] | None]:
        """Which folders the package's are at the moment; another may take one's place."""
        return [_identity(folder) for folder in self._roots]

    def _manifest_sources(self) -> set[str]:
        """The files of the build that is in the output folder."""
        manifest = Manifest.read(self._output_dir)
        files = manifest.sources if manifest else ()
        return absolute(str(self._package.base), files)

    def concerns(self, change: Change, path: str) -> bool:
        """Whether a change may change the catalog: the filter of the watchers."""
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
        return name.endswith(".py") and not name.startswith(".")


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


def is_below(path: str, folders: Collection[str]) -> bool:
    """Whether the path lies in one of the folders, or is one."""
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


def _is_hidden(root: str, path: str) -> bool:
    """Whether the path lies in a folder below the root that no build looks into, or is hidden."""
    parent = root
    for part in os.path.relpath(path, root).split(os.sep):
        if part != os.curdir and is_pruned(part, parent):
            return True
        parent = os.path.join(parent, part)
    return False


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _folders(files: Iterable[str]) -> set[str]:
    return {os.path.dirname(file) for file in files}


def _nearest(folder: str) -> str:
    """The folder, or where it is gone the nearest above it."""
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _with_all_above(folders: Iterable[str]) -> set[str]:
    """The folders and all in which they lie: what can take them away."""
    return {str(place) for folder in folders for place in (Path(folder), *Path(folder).parents)}
