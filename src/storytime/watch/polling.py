"""Looking at files again and again, where the system tells of no changes.

watchfiles could do it as well, but compares times in whole seconds: it misses the second of two
saves within one.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Collection, Iterator

from watchfiles import Change

from ..project.files import is_pruned

POLLING = 0.3
"""Seconds between two looks."""

type Look = dict[str, tuple[int, ...]]
"""Every file and folder that was there, with what changes when it does."""


async def looking(
    folders: Collection[str], stop: asyncio.Event, *, recursive: bool
) -> AsyncGenerator[set[tuple[Change, str]]]:
    """What changed in the folders since the time before, until `stop` is set.

    Folders into which no build looks are left out. The first look is taken at once, by this thread.
    """
    before = look(folders, recursive=recursive)
    while True:
        try:
            async with asyncio.timeout(POLLING):
                await stop.wait()
            return
        except TimeoutError:
            now = await asyncio.to_thread(look, folders, recursive=recursive)
        changes = {(Change.deleted, path) for path in before.keys() - now}
        for path in now:
            if now[path] != before.get(path):
                changes.add((Change.modified if path in before else Change.added, path))
        before = now
        if changes:
            yield changes


def look(folders: Collection[str], *, recursive: bool) -> Look:
    found: Look = {}
    for folder in folders:
        found.update(_below(folder, recursive=recursive))
    return found


def _below(folder: str, *, recursive: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return  # it is gone, or closed
    for entry in entries:
        try:
            stat, is_folder = entry.stat(), entry.is_dir()
        except OSError:
            continue
        if is_folder:  # its time is another whenever something in it comes or goes
            yield entry.path, (stat.st_ino,)
        else:
            yield entry.path, (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        is_link = entry.is_symlink()
        if is_folder and recursive and not is_link and not is_pruned(entry.name, folder):
            yield from _below(entry.path, recursive=True)
