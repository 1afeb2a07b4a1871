"""Changes by polling, where the system gives no events.

watchfiles' polling compares times in whole seconds: it misses the second of two saves within one
(https://github.com/samuelcolvin/watchfiles/issues/319).
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Collection

from watchfiles import Change

from ..project.files import is_pruned
from .changes import Changes

INTERVAL = 0.3
"""Seconds between two scans."""

type Snapshot = dict[str, tuple[int, ...]]
"""Every file and folder with what changes when it does."""


async def polled_changes(
    folders: Collection[str], stop: asyncio.Event, *, recursive: bool
) -> AsyncGenerator[Changes]:
    """Yield the changes in the folders until `stop` is set.

    Folders that no build reads are left out. The first scan is made before anything is awaited.
    """
    before = scan(folders, recursive=recursive)
    while True:
        try:
            async with asyncio.timeout(INTERVAL):
                await stop.wait()
            return
        except TimeoutError:
            now = await asyncio.to_thread(scan, folders, recursive=recursive)
        changes = {(Change.deleted, path) for path in before.keys() - now}
        for path in now:
            if now[path] != before.get(path):
                changes.add((Change.modified if path in before else Change.added, path))
        before = now
        if changes:
            yield changes


def scan(folders: Collection[str], *, recursive: bool) -> Snapshot:
    found: Snapshot = {}
    waiting = list(folders)
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue  # it has vanished, or may not be read
        for entry in entries:
            try:
                stat, is_folder = entry.stat(), entry.is_dir()
            except OSError:
                continue
            if not is_folder:
                times = stat.st_mtime_ns, stat.st_ctime_ns
                found[entry.path] = (stat.st_ino, stat.st_size, *times)
                continue
            found[entry.path] = (stat.st_ino,)  # its times change with whatever is in it
            if recursive and not entry.is_symlink() and not is_pruned(entry.name, folder):
                waiting.append(entry.path)
    return found
