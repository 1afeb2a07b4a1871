"""ChangeEvents: yields changes from inotify, watchfiles or polling, whichever works here."""

import asyncio
import errno
import logging
import os
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from watchfiles import Change, awatch

from ..project.package_folders import entries_of, is_folder
from .changes import LONGEST_GROUP, QUIET, Changes, Enters, Filter
from .polling import INTERVAL, polled_changes

try:
    from .inotify import inotify_changes

    HAS_INOTIFY = True
except ImportError:  # not Linux, or another inotify_simple
    HAS_INOTIFY = False

logger = logging.getLogger(__name__)

RETRY = 0.1
"""Seconds until watching starts again after it broke off."""
MANY = 1000
"""Changes at once after which the system may have dropped some."""

USE_INOTIFY = (
    HAS_INOTIFY
    and "microsoft" not in os.uname().release.lower()
    and not os.environ.get("WATCHFILES_FORCE_POLLING")
)
"""Elsewhere watchfiles is used; it polls in WSL, where files of Windows cause no events."""

ADVICE = {
    errno.ENOSPC: "raise fs.inotify.max_user_watches (sysctl) and restart",
    errno.EMFILE: "raise fs.inotify.max_user_instances (sysctl), or the limit of open files, and"
    " restart",
}


class ChangeEvents:
    """Yields changes; polls from the first time on that the system refuses to watch."""

    def __init__(self) -> None:
        self.polls = False

    async def watch(
        self,
        folders: Collection[str],
        is_relevant: Filter,
        enters: Enters,
        stop: asyncio.Event,
    ) -> AsyncGenerator[set[str]]:
        """Yield the relevant paths that changed in the folders, in groups that may be empty.

        Folders below that it `enters` are watched too. Ends when `stop` is set and when events
        may be missing: then start again, and look for changes. The folders are watched before
        anything is awaited. Raises OSError if they can't be.
        """
        polled = self.polls
        events: AsyncGenerator[Changes]
        if polled:
            events = polled_changes(folders, enters, stop)
        elif USE_INOTIFY:
            events = inotify_changes(folders, is_relevant, enters, stop)
            is_relevant = _any_change  # it yields no others
        else:
            events = _watchfiles_changes(folders, enters, stop)
        try:
            async with aclosing(events):
                async for changes in events:
                    yield {path for change, path in changes if is_relevant(change, path)}
        except (FileNotFoundError, ExceptionGroup) as error:
            # A folder has just vanished, or awatch got a file name that is not UTF-8.
            logger.debug("watching again after %r", error)
            await asyncio.sleep(RETRY)
        except (OSError, RuntimeError) as error:
            # watchfiles raises a RuntimeError (a private kind) if inotify gives it no instance.
            if polled:
                raise
            self._poll(error)

    def _poll(self, error: Exception) -> None:
        if not self.polls:
            self.polls = True
            logger.warning(
                "can't get file events (%s); polling every %s s instead: %s",
                str(error).partition(" about ")[0].rstrip("."),
                INTERVAL,
                ADVICE.get(getattr(error, "errno", None) or 0, "fix that and restart"),
            )


def _any_change(_change: Change, _path: str) -> bool:
    return True


async def _watchfiles_changes(
    folders: Collection[str], enters: Enters, stop: asyncio.Event
) -> AsyncGenerator[Changes]:
    recursive, watched = _to_watch(folders, enters)

    def is_unwatched(change: Change, path: str) -> bool:
        is_new = change is Change.added and (os.path.islink(path) or not recursive)
        return bool(enters and is_new and os.path.isdir(path) and enters(path))

    watching = awatch(
        *watched,
        watch_filter=None,
        recursive=recursive,
        stop_event=stop,
        step=int(QUIET * 1000),
        debounce=int(LONGEST_GROUP * 1000),
        # If set, watchfiles ignores the limits of inotify as well (samuelcolvin/watchfiles#224).
        ignore_permission_denied=False,
    )
    async with aclosing(watching):
        async for changes in watching:
            yield changes
            if len(changes) >= MANY or any(is_unwatched(*each) for each in changes):
                return


def _to_watch(folders: Collection[str], enters: Enters) -> tuple[bool, Collection[str]]:
    """Return whether watchfiles watches the folders below too, and the folders to give it.

    It follows all links; so if one is not to be followed, it gets each folder by itself.
    """
    found, follows_all = list(folders), enters is not None
    for folder in found:
        for entry in entries_of(folder) if enters else ():
            if enters and is_folder(entry):
                if enters(entry.path):
                    found.append(entry.path)
                elif entry.is_symlink():
                    follows_all = False
    return (True, folders) if follows_all else (False, found)
