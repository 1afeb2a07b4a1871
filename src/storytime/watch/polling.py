"""Changes by polling, where the system gives no events.

watchfiles' polling compares times in whole seconds: it misses the second of two saves within one
(https://github.com/samuelcolvin/watchfiles/issues/319).
"""

import asyncio
from collections.abc import AsyncGenerator, Collection

from watchfiles import Change

from ..project.package_folders import entries_of
from .changes import Changes, Enters

INTERVAL = 0.3
"""Seconds between two scans."""

type Snapshot = dict[str, tuple[int, ...]]
"""Every file and folder with what changes when it does."""


async def polled_changes(
    folders: Collection[str], enters: Enters, stop: asyncio.Event
) -> AsyncGenerator[Changes]:
    """Yield the changes in the folders, and those below that it `enters`, until `stop` is set.

    The first scan is made before anything is awaited.
    """
    before = scan(folders, enters)
    while True:
        try:
            async with asyncio.timeout(INTERVAL):
                await stop.wait()
            return
        except TimeoutError:
            now = await asyncio.to_thread(scan, folders, enters)
        changes = {(Change.deleted, path) for path in before.keys() - now}
        for path in now:
            if now[path] != before.get(path):
                changes.add((Change.modified if path in before else Change.added, path))
        before = now
        if changes:
            yield changes


def scan(folders: Collection[str], enters: Enters) -> Snapshot:
    found: Snapshot = {}
    waiting = list(folders)
    while waiting:
        for entry in entries_of(waiting.pop()):
            try:
                stat, is_folder = entry.stat(), entry.is_dir()
            except OSError:
                continue
            if not is_folder:
                times = stat.st_mtime_ns, stat.st_ctime_ns
                found[entry.path] = (stat.st_ino, stat.st_size, *times)
                continue
            found[entry.path] = (stat.st_ino,)  # its times change with whatever is in it
            if enters and enters(entry.path):
                waiting.append(entry.path)
    return found
