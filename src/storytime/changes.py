"""Watch: tells of changes to a catalog's package and to the other files it was built from."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from watchfiles import Change, awatch

from .nodes import is_pruned
from .output import Manifest
from .packages import Package

QUIET = 10
"""Milliseconds without a further event that end the gathering of one save's events."""
LONGEST_GATHERING = 400
"""Milliseconds after which changes are told of although more still come (a branch switch)."""
CLOCK_TICK = 0.005
"""Seconds by which a file's time may lag behind the clock: the kernel's tick."""

TEMPORARY = ("~", ".tmp", ".swp", ".swx", ".bak", ".orig", ".pyc", "___jb_tmp___", "___jb_old___")
"""Endings of what editors write beside a file while they save it."""
PROBES = {"4913"}
"""Vim's trial file, made and removed to see whether the folder can be written."""


class Watch:
    """Sets `changed` whenever something changed that a build may depend on.

    The package's folders are watched with all below them; of other folders the files that the last
    build imported or opened, and Python files (a missing module that appears). Folders are watched,
    not files: editors save by rename.
    """

    def __init__(self, package: Package, output_dir: Path) -> None:
        self.changed = asyncio.Event()
        self._package = package
        self._roots = tuple(str(folder) for folder in package.folders)
        self._output_dir = output_dir
        self._output = str(output_dir.resolve())
        self._sources: set[str] = set()
        self._since = time.time()
        self._roots_moved = asyncio.Event()
        self._sources_moved = asyncio.Event()

    async def follow_sources(self, *, since: float) -> None:
        """Watches what the last build was made from; `since` is when it began (Unix seconds).

        A file that was not watched then and has changed since counts as a change.
        """
        sources = await asyncio.to_thread(self._outside_sources)
        if sources is None:
            return
        moved = _folders(sources) != _folders(self._sources)
        self._sources, self._since = sources, since
        if moved:
            self._sources_moved.set()
        else:
            await self._catch_up()

    async def watch_package(self) -> None:
        await self._watch(lambda: self._roots, self._roots_moved, recursive=True)

    async def watch_outside(self) -> None:
        """Watches the sources' folders, and those in which the package itself may come and go."""
        await self._watch(
            lambda: _folders(self._sources) | _folders(self._roots),
            self._sources_moved,
            recursive=False,
        )

    async def _watch(
        self, folders: Callable[[], Collection[str]], moved: asyncio.Event, *, recursive: bool
    ) -> None:
        while True:
            moved.clear()
            existing = [folder for folder in folders() if os.path.isdir(folder)]
            # This task runs on without a pause until `awatch` watches and waits, so what it begins
            # here comes after that, and nothing can change unseen between the two.
            catching_up = asyncio.create_task(self._catch_up())
            if existing:
                async for changes in awatch(
                    *existing,
                    watch_filter=self.concerns,
                    recursive=recursive,
                    stop_event=moved,
                    step=QUIET,
                    debounce=LONGEST_GATHERING,
                ):
                    self.changed.set()
                    if any(path in self._roots for _, path in changes):
                        self._roots_moved.set()
            else:
                await moved.wait()
            await catching_up

    async def _catch_up(self) -> None:
        if await asyncio.to_thread(changed_since, self._sources, self._since - CLOCK_TICK):
            self.changed.set()

    def _outside_sources(self) -> set[str] | None:
        """The files of the last build outside the package; None where there was no build."""
        manifest = Manifest.read(self._output_dir)
        if manifest is None:
            return None
        base = self._package.base
        files = (os.path.normpath(base / file) for file in manifest.sources)
        return {file for file in files if not is_below(file, self._roots)}

    def concerns(self, change: Change, path: str) -> bool:
        """Whether a change may change the catalog: the filter of the watchers."""
        name = os.path.basename(path)
        if name.endswith(TEMPORARY) or name in PROBES or is_below(path, (self._output,)):
            return False
        for root in self._roots:
            if is_below(path, (root,)):
                return not _is_hidden(root, path)
        return path in self._sources or path in self._roots or name.endswith(".py")


@asynccontextmanager
async def watching(package: Package, output_dir: Path) -> AsyncIterator[Watch]:
    """A Watch that watches, from the first moment to the last of the block."""
    watch = Watch(package, output_dir)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watch.watch_package()), group.create_task(watch.watch_outside())]
        await asyncio.sleep(0)  # lets both begin
        try:
            yield watch
        finally:
            for task in tasks:
                task.cancel()


def changed_since(files: Collection[str], moment: float) -> bool:
    """Whether any of the files was written or renamed since then (Unix seconds), or is gone.

    A file's status time is what counts: a rename changes it too, and nobody can set it back.
    """
    for file in files:
        try:
            if os.stat(file).st_ctime >= moment:
                return True
        except OSError:
            return True
    return False


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


def _folders(files: Collection[str]) -> set[str]:
    return {os.path.dirname(file) for file in files}
