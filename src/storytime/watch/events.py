"""ChangeEvents: yields changes from inotify, watchfiles or polling, whichever works here."""

import asyncio
import errno
import logging
import os
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from watchfiles import awatch

from .changes import LONGEST_GROUP, QUIET, Changes, Filter
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
        stop: asyncio.Event,
        *,
        recursive: bool,
        without: str,
    ) -> AsyncGenerator[set[str]]:
        """Yield the relevant paths that changed in the folders, in groups that may be empty.

        With `recursive` the folders below are watched too; changes in the folder `without` need not
        be yielded. Ends when `stop` is set and when events may be missing: then start again, and
        look for changes. The folders are watched before anything is awaited. Raises OSError if they
        can't be.
        """
        polled = self.polls
        events: AsyncGenerator[Changes]
        if polled:
            events = polled_changes(folders, stop, recursive=recursive)
        elif USE_INOTIFY:
            events = inotify_changes(
                folders, is_relevant, stop, recursive=recursive, without=without
            )
        else:
            events = _watchfiles_changes(folders, stop, recursive=recursive)
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


async def _watchfiles_changes(
    folders: Collection[str], stop: asyncio.Event, *, recursive: bool
) -> AsyncGenerator[Changes]:
    watching = awatch(
        *folders,
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
            if len(changes) >= MANY:
                return
