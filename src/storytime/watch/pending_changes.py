"""PendingChanges: what changed since the last build began."""

import asyncio

BURST = 100
"""Changed files between two builds that make a burst (a branch switch): nobody saves so many."""
BURST_PAUSE = 1.0
"""Seconds without a change that end a burst."""
LONGEST_BURST = 5.0
"""Seconds after which a build starts although the burst goes on."""

type Changed = set[str] | None
"""The paths that changed; None if any may have."""


class PendingChanges:
    """Collects changed paths: `tell` adds to them and sets `changed`, `take` returns all.

    `paths` are those that `take` would return.
    """

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.paths: Changed = set()
        self._told = asyncio.Event()
        # Each file once: a helper that is saved a hundred times is no burst. `paths` may be None.
        self._files: set[str] = set()
        self._last_burst = float("-inf")

    def take(self) -> Changed:
        """Return what changed since the last call, and clear `changed`.

        Call it as a build starts: what changes from now on needs another build.
        """
        self.changed.clear()
        taken, self.paths, self._files = self.paths, set(), set()
        return taken

    async def burst_ended(self) -> None:
        """Wait while many files change; return at once if they don't."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_BURST
        # No event says that no more will come.
        while (left := min(self._last_burst + BURST_PAUSE, until) - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    def tell(self, paths: Changed) -> None:
        """Add the paths to those that changed."""
        self._files |= paths or set()
        if paths and len(self._files) >= BURST:
            self._last_burst = asyncio.get_running_loop().time()
        self.paths = None if self.paths is None or paths is None else self.paths | paths
        self.changed.set()
        self._told.set()
        self._told.clear()

    async def told(self) -> None:
        """Wait for the next call of `tell`."""
        await self._told.wait()

    def force_full_build(self) -> None:
        """Make the next changes count as if anything had changed."""
        self.paths = None
