"""Notices: what the file system tells of changes; where it tells nothing, what looking finds."""

import asyncio
import logging
import os
import re
import sys
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing

from watchfiles import Change, awatch

# Raised where inotify gives no instance; it has no public name.
from watchfiles._rust_notify import WatchfilesRustInternalError

from .polling import POLLING, looking

if sys.platform == "linux":
    from .inotify import telling

logger = logging.getLogger(__name__)

# What watchfiles is told; `inotify` has figures of its own.
QUIET = 10
"""Milliseconds without a further event that end the gathering of one save's events."""
LONGEST_GATHERING = 400
"""Milliseconds after which changes are told of although more still come (a branch switch)."""
RETRY = 0.1
"""Seconds until watching begins anew where it broke off."""
FEW = 100
"""Changes that are looked through on the event loop: that takes it a millisecond."""
MANY = 1000
"""Changes at once after which some events may have been lost: the system keeps only so many for a
reader (fs.inotify.max_queued_events, commonly 16384; a new file makes three or four)."""

type Concerns = Callable[[Change, str], bool]

TELLS = (
    sys.platform == "linux"
    and "microsoft" not in os.uname().release.lower()
    and not os.environ.get("WATCHFILES_FORCE_POLLING")
)
"""Whether the system is asked itself. Elsewhere watchfiles is; in Windows' own Linux, and where its
user says so, that looks at files again and again, since the system tells nothing of some."""

ADVICE = {
    "limit of watches|watch limit": "raise fs.inotify.max_user_watches (sysctl)",
    "Errno 24|os error 24": "raise fs.inotify.max_user_instances (sysctl), or the limit of open"
    " files,",
    "": "mend that",
}
"""Patterns of what the watcher says, and what can be done."""


class Notices:
    """Tells which files change. Where the system gives no (more) watches it polls from then on."""

    def __init__(self) -> None:
        self.polls = False

    async def of(
        self,
        folders: Collection[str],
        concerns: Concerns,
        stop: asyncio.Event,
        *,
        recursive: bool,
        without: str,
    ) -> AsyncGenerator[set[str]]:
        """The paths that changed, time after time, of those that concern (there may be none).

        With `recursive` also those in folders below; in the folder `without` none need be told of.
        It ends when `stop` is set, and where events may have been missed: begin anew, and look.
        Nothing is awaited before the folders are watched. Raises OSError where that can't be.
        """
        polled = self.polls
        events: AsyncGenerator[set[tuple[Change, str]]]
        if polled:
            events = looking(folders, stop, recursive=recursive)
        elif TELLS:
            events = telling(folders, concerns, stop, recursive=recursive, without=without)
        else:
            events = self._by_watchfiles(folders, stop, recursive=recursive)
        try:
            async with aclosing(events):
                async for changes in events:
                    yield await _those_that(concerns, changes)
        except (FileNotFoundError, ExceptionGroup) as error:
            # A folder vanished just before, or awatch's task met a file whose name is no text.
            logger.debug("watching breaks off: %r", error)
            await asyncio.sleep(RETRY)
        except (OSError, WatchfilesRustInternalError) as error:
            if polled:
                raise
            self._poll(error)

    async def _by_watchfiles(
        self, folders: Collection[str], stop: asyncio.Event, *, recursive: bool
    ) -> AsyncGenerator[set[tuple[Change, str]]]:
        watching = awatch(
            *folders,
            watch_filter=None,
            recursive=recursive,
            stop_event=stop,
            step=QUIET,
            debounce=LONGEST_GATHERING,
            ignore_permission_denied=False,  # with it, it ignores the limits as well
        )
        async with aclosing(watching):
            async for changes in watching:
                yield changes
                if len(changes) >= MANY or (recursive and await self._lost_one(changes)):
                    return

    async def _lost_one(self, changes: Collection[tuple[Change, str]]) -> bool:
        """Whether new folders could not be watched, of which the watcher says nothing.

        It is asked for one more watch, of one of them; where it gets that, it got the others.
        """
        new = [path for change, path in changes if change is Change.added and os.path.isdir(path)]
        if not new or self.polls:
            return False
        ended = asyncio.Event()
        ended.set()
        try:
            async for _ in awatch(new[-1], recursive=False, stop_event=ended, step=1):
                pass
        except (FileNotFoundError, ExceptionGroup):
            return False  # it is gone again
        except (OSError, WatchfilesRustInternalError) as error:
            self._poll(error)
        return self.polls

    def _poll(self, error: Exception) -> None:
        if not self.polls:
            self.polls = True
            advice = next(ADVICE[words] for words in ADVICE if re.search(words, str(error)))
            logger.warning(
                "the system does not tell of changes (%s); looking for them every %s s instead:"
                " %s and start again to have them built at once",
                str(error).partition(" about ")[0].rstrip("."),
                POLLING,
                advice,
            )


async def _those_that(concerns: Concerns, changes: Collection[tuple[Change, str]]) -> set[str]:
    def concerned() -> set[str]:
        return {path for change, path in changes if concerns(change, path)}

    return concerned() if len(changes) <= FEW else await asyncio.to_thread(concerned)
