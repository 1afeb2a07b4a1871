"""Changes from Linux's inotify.

watchfiles would poll its queue of events a hundred times a second, which costs an idle server 1 %
of a core, and doesn't tell when a file that is being written has been closed.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Collection
from contextlib import suppress

from inotify_simple import Event, INotify, flags, parse_events
from watchfiles import Change

from ..project.package_folders import entries_of, is_folder
from .changes import LONGEST_GROUP, QUIET, Changes, Enters, Filter

UNFINISHED = 0.1
"""QUIET while a file that has been written to is still open: half a file would fail to build."""
SAVED = 0.004
"""QUIET after a file was closed, or renamed to its place, which ends its save. An editor that saves
several files at once does so faster."""
CHUNK = 4096
"""Bytes of events (a hundred) that are handled before other tasks get their turn. An answer to a
request takes some ten turns, and a branch switch causes ten thousands of events."""

GONE = flags.DELETE | flags.MOVED_FROM | flags.DELETE_SELF | flags.MOVE_SELF
CAME = flags.CREATE | flags.MOVED_TO
EVENTS = GONE | CAME | flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB


async def inotify_changes(
    folders: Collection[str], is_relevant: Filter, enters: Enters, stop: asyncio.Event
) -> AsyncGenerator[Changes]:
    """Yield the relevant changes in the folders, and those below that it `enters`.

    Ends when `stop` is set, or early if the kernel dropped events. The folders are watched before
    anything is awaited. Raises OSError if they can't be; ENOSPC and EMFILE are limits of the
    system.
    """
    loop = asyncio.get_running_loop()
    wake = asyncio.Event()
    with INotify(nonblocking=True) as inotify:
        watches = Watches(inotify, is_relevant, enters)
        for folder in folders:
            watches.add(folder)
        loop.add_reader(inotify.fd, wake.set)
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: wake.set())
        try:
            while not stop.is_set() and not watches.lost_events:
                await wake.wait()
                if changes := await _next_group(watches, wake):
                    yield changes
        finally:
            loop.remove_reader(inotify.fd)
            stopping.cancel()


async def _next_group(watches: Watches, wake: asyncio.Event) -> Changes:
    """Return the changes that are there, and those that follow at once."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_GROUP
    changes: Changes = set()
    while True:
        wake.clear()
        changes |= watches.read()
        left = until - loop.time()
        if not changes or left <= 0 or watches.lost_events:
            break
        try:
            async with asyncio.timeout(min(left, watches.quiet)):
                await wake.wait()
        except TimeoutError:
            break
    watches.unfinished.clear()
    return changes


class Watches:
    """The folders that one inotify instance watches, by path and by watch descriptor.

    `unfinished` are the files that have been written to and not closed.
    """

    def __init__(self, inotify: INotify, is_relevant: Filter, enters: Enters) -> None:
        self.unfinished: set[str] = set()
        self.lost_events = False
        self._last = flags.MODIFY
        self._inotify = inotify
        self._is_relevant = is_relevant
        self._enters = enters
        self._paths: dict[int, set[str]] = {}
        self._descriptors: dict[str, int] = {}

    @property
    def quiet(self) -> float:
        """How many seconds without an event end the group of those that have been read."""
        if self.unfinished:
            return UNFINISHED
        return SAVED if self._last & (flags.CLOSE_WRITE | flags.MOVED_TO) else QUIET

    def add(self, folder: str) -> list[str]:
        """Watch a folder and those to enter below it; return the paths that are in them."""
        found: list[str] = []
        self._add(folder)
        waiting = [folder]
        while waiting and self._enters:
            for entry in entries_of(waiting.pop()):
                found.append(entry.path)
                if is_folder(entry) and self._enters(entry.path):
                    # It has vanished, or may not be read; a change of its mode is an event.
                    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                        self._add(entry.path)
                        waiting.append(entry.path)
        return found

    def _add(self, folder: str) -> None:
        try:
            descriptor = self._inotify.add_watch(folder, EVENTS | flags.ONLYDIR)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise OSError(error.errno, "the limit of watches is reached") from None
            raise
        # Links may lead to a folder that is already watched.
        self._paths.setdefault(descriptor, set()).add(folder)
        self._descriptors[folder] = descriptor

    def read(self) -> Changes:
        """Return the relevant changes of the events that have come."""
        try:
            data = os.read(self._inotify.fd, CHUNK)
        except BlockingIOError:
            return set()
        changes: Changes = set()
        for event in parse_events(data):
            changes |= self._changes(event)
            self._last = event.mask
        return {each for each in changes if self._is_relevant(*each)}

    def _changes(self, event: Event) -> Changes:
        if event.mask & flags.Q_OVERFLOW:
            self.lost_events = True
        changes: Changes = set()
        for folder in self._paths.get(event.wd, set()).copy():
            path = os.path.join(folder, event.name) if event.name else folder
            if event.mask & flags.IGNORED:  # the folder is gone, and its watch with it
                self._forget(path)
                continue
            change = Change.modified
            if event.mask & GONE:
                change = Change.deleted
            elif event.mask & CAME:
                change = Change.added
            if self._is_folder(event, path):
                changes |= {(change, path), *self._update_watch(event, path)}
            elif event.mask & flags.CLOSE_WRITE:
                self.unfinished.discard(path)
            else:
                changes.add((change, path))
                if change is Change.deleted:
                    self.unfinished.discard(path)
                elif event.mask & flags.MODIFY and self._is_relevant(change, path):
                    self.unfinished.add(path)
        return changes

    def _is_folder(self, event: Event, path: str) -> bool:
        """Return True for a link to a folder as well, of which the event doesn't say so."""
        if event.mask & flags.ISDIR or path in self._descriptors:
            return True
        return bool(event.mask & CAME) and os.path.isdir(path)

    def _update_watch(self, event: Event, folder: str) -> Changes:
        """Forget a folder that is gone; watch one that came or became readable."""
        if event.mask & GONE or (event.mask & CAME and os.path.islink(folder)):
            self._forget(folder)  # a link may have replaced another
        is_new = not event.mask & GONE and folder not in self._descriptors
        if is_new and self._enters and self._enters(folder):
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                return {(Change.added, each) for each in self.add(folder)}
        return set()

    def _forget(self, folder: str) -> None:
        """Stop watching a folder and all below it."""
        below = os.path.join(folder, "")
        for path, descriptor in list(self._descriptors.items()):
            if path == folder or path.startswith(below):
                del self._descriptors[path]
                paths = self._paths[descriptor]
                paths.discard(path)
                if not paths:
                    del self._paths[descriptor]
                    with suppress(OSError):  # the kernel has removed it
                        self._inotify.rm_watch(descriptor)
