"""What Linux tells of changes, without being asked again and again.

Elsewhere watchfiles is told; here it would look for news a hundred times a second, which costs an
idle server a percent of a core, and it does not tell whether who writes a file has finished.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import suppress

from inotify_simple import Event, INotify, flags, parse_events
from watchfiles import Change

QUIET = 0.01
"""Seconds without a further event that end the gathering of one save's events."""
UNFINISHED = 0.1
"""The same while a file is open into which somebody has written: half of it would be an error."""
LONGEST_GATHERING = 0.4
"""Seconds after which changes are told of although more still come (a branch switch)."""
CHUNK = 65_536
"""Bytes of events (some thousand) that are looked through before other tasks get their turn."""

GONE = flags.DELETE | flags.MOVED_FROM | flags.DELETE_SELF | flags.MOVE_SELF
CAME = flags.CREATE | flags.MOVED_TO
EVENTS = GONE | CAME | flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB

type Concerns = Callable[[Change, str], bool]
type Changes = set[tuple[Change, str]]


async def telling(
    folders: Collection[str],
    concerns: Concerns,
    stop: asyncio.Event,
    *,
    recursive: bool,
    without: str,
) -> AsyncGenerator[Changes]:
    """What changed in the folders, of that which concerns, time after time until `stop` is set.

    With `recursive` also in the folders below them, but not in the folder `without`. It ends early
    where events were lost. Nothing is awaited before the folders are watched. Raises OSError
    where they can't be: with ENOSPC or EMFILE for the limits of the system.
    """
    loop = asyncio.get_running_loop()
    news = asyncio.Event()
    with INotify(nonblocking=True) as inotify:
        watches = Watches(inotify, concerns, recursive=recursive, without=without)
        for folder in folders:
            watches.add(folder)
        loop.add_reader(inotify.fd, news.set)
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: news.set())
        try:
            while not stop.is_set():
                await news.wait()
                if changes := await _gathered(watches, news):
                    yield changes
                if watches.lost_events:
                    return
        finally:
            loop.remove_reader(inotify.fd)
            stopping.cancel()


async def _gathered(watches: Watches, news: asyncio.Event) -> Changes:
    """The changes of now, and those that follow at once."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_GATHERING
    changes: Changes = set()
    while True:
        news.clear()
        changes |= watches.read()
        left = until - loop.time()
        if not changes or left <= 0 or watches.lost_events:
            break
        try:
            async with asyncio.timeout(min(left, UNFINISHED if watches.unfinished else QUIET)):
                await news.wait()
        except TimeoutError:
            break
    watches.unfinished.clear()
    return changes


class Watches:
    """The folders that one inotify instance watches, by the numbers that it gives them.

    `unfinished` are the files that somebody has begun to write and not closed.
    """

    def __init__(
        self, inotify: INotify, concerns: Concerns, *, recursive: bool, without: str
    ) -> None:
        self.unfinished: set[str] = set()
        self.lost_events = False
        self._inotify = inotify
        self._concerns = concerns
        self._recursive, self._without = recursive, without
        self._paths: dict[int, set[str]] = {}
        self._numbers: dict[str, int] = {}

    def add(self, folder: str) -> list[str]:
        """Watches a folder, and all below it; what is in those that were not watched before."""
        found: list[str] = []
        waiting = [folder] if self._add(folder) and self._recursive else []
        while waiting:
            for entry in _entries(waiting.pop()):
                found.append(entry.path)
                if entry.is_dir() and entry.path != self._without:
                    # It is gone again, or closed: that it is opened will be an event.
                    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                        if self._add(entry.path):
                            waiting.append(entry.path)
        return found

    def _add(self, folder: str) -> bool:
        """Whether it was not watched, under whatever name (a link may lead to a folder above)."""
        try:
            number = self._inotify.add_watch(folder, EVENTS | flags.ONLYDIR)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise OSError(error.errno, "the limit of watches is reached") from None
            raise
        paths = self._paths.setdefault(number, set())
        is_new = not paths
        paths.add(folder)
        self._numbers[folder] = number
        return is_new

    def read(self) -> Changes:
        """What the events of now tell, of that which concerns."""
        try:
            data = os.read(self._inotify.fd, CHUNK)
        except BlockingIOError:
            return set()
        changes: Changes = set()
        for event in parse_events(data):
            changes |= self._changes(event)
        return {each for each in changes if self._concerns(*each)}

    def _changes(self, event: Event) -> Changes:
        if event.mask & flags.Q_OVERFLOW:
            self.lost_events = True
        changes: Changes = set()
        for folder in self._paths.get(event.wd, set()).copy():
            path = os.path.join(folder, event.name) if event.name else folder
            if event.mask & flags.IGNORED:  # it is gone, and its watch with it
                self._forget(path)
            elif self._is_folder(event, path):
                changes |= self._changes_of_folder(event, path)
            else:
                changes |= self._changes_of_file(event, path)
        return changes

    def _is_folder(self, event: Event, path: str) -> bool:
        """Whether it is a folder or a link to one, of which the event does not say that."""
        if event.mask & flags.ISDIR or path in self._numbers:
            return True
        return bool(event.mask & CAME) and os.path.isdir(path)

    def _changes_of_folder(self, event: Event, path: str) -> Changes:
        """Forgets a folder that went; watches one that came, or that can be read now."""
        if event.mask & GONE:
            self._forget(path)
        elif self._recursive and path not in self._numbers and path != self._without:
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                found = {(Change.added, each) for each in self.add(path)}
                return {(_kind(event), path), *found}
        return {(_kind(event), path)}

    def _changes_of_file(self, event: Event, path: str) -> Changes:
        if event.mask & (flags.CLOSE_WRITE | GONE):
            self.unfinished.discard(path)
        if event.mask & flags.MODIFY and self._concerns(Change.modified, path):
            self.unfinished.add(path)
        return set() if event.mask & flags.CLOSE_WRITE else {(_kind(event), path)}

    def _forget(self, folder: str) -> None:
        """Ends the watches of a folder and of all below it."""
        below = os.path.join(folder, "")
        for path, number in list(self._numbers.items()):
            if path == folder or path.startswith(below):
                del self._numbers[path]
                paths = self._paths[number]
                paths.discard(path)
                if not paths:
                    del self._paths[number]
                    with suppress(OSError):  # it has ended by itself
                        self._inotify.rm_watch(number)


def _kind(event: Event) -> Change:
    if event.mask & GONE:
        return Change.deleted
    return Change.added if event.mask & CAME else Change.modified


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []  # it is gone again
