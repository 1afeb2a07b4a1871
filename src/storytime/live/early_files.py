"""EarlyFiles: files that the first build has rendered before it has ended."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ..build.manifest import digest_of
from ..build.report_kinds import EARLY, WHOLE
from .building_ring import InterpreterRing

POLL = 0.005
"""Seconds between two looks at what the build has reported, while somebody waits for it: a job
reports into memory, which nobody can be woken by."""
MOST = 8
"""Files that the build is told at a time; it answers between two stories."""
LONGEST = 1024
"""Characters of a file's name; longer ones wait for the end of the build."""


class EarlyFiles:
    """Has the files that somebody waits for rendered before the rest of the first build.

    `ended` is set when that build has ended, in success or not. `known` are files that need no
    build. The others are in the reports of the running build and nowhere else, so a build that
    begins anew answers anew. Pages that are sent early are to have the `mark`.
    """

    def __init__(
        self, ring: InterpreterRing, ended: asyncio.Event, known: Mapping[str, bytes]
    ) -> None:
        self.mark = secrets.token_hex(8)
        self._ring, self._ended, self._known = ring, ended, known
        self._waiting: dict[str, asyncio.Future[bytes | None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._build: int | None = None
        self._told: set[str] = set()
        self._sent: set[tuple[str, str]] = set()

    async def get(self, file: str) -> bytes | None:
        """Return a file of the output; None if it can't be rendered before the build has ended."""
        if self._ended.is_set() or len(file) > LONGEST:
            return None
        if file in self._known:
            return self._sending(file, self._known[file])
        if file not in self._waiting:
            self._waiting[file] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._waiting[file])

    def changed(self, changed: Iterable[str], output_dir: Path) -> list[str]:
        """Return what browsers have to load again when a build has changed files of the folder.

        Of the files that were sent early these are the ones that are different in the folder.
        """
        sent = {file for file, _ in self._sent}
        different = {file for file, digest in self._sent if _digest(output_dir / file) != digest}
        return sorted({*changed} - sent | different)

    async def _ask(self) -> None:
        """Tell the build what is waited for and give out its answers, while somebody waits."""
        try:
            while self._waiting and not self._ended.is_set():
                self._exchange()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._ended.wait()
        finally:
            self._give(dict.fromkeys(self._waiting))

    def _exchange(self) -> None:
        build, answers = None, dict[str, str | None]()
        for kind, value in self._ring.reports():
            if kind == WHOLE:
                build = value
            elif kind == EARLY:
                answers[value[0]] = value[1]
        if build != self._build:
            self._build, self._told = build, set()
        self._give(answers)
        open_questions = len(self._told - answers.keys())
        for file in [*self._waiting.keys() - self._told][: MOST - open_questions]:
            if build is not None:
                self._told.add(file)
                self._ring.tell(file)

    def _give(self, answers: dict[str, str | None]) -> None:
        for file in answers.keys() & self._waiting.keys():
            text, waiting = answers[file], self._waiting.pop(file)
            data = None if text is None else text.encode(errors="surrogateescape")
            waiting.set_result(data and self._sending(file, data))

    def _sending(self, file: str, data: bytes) -> bytes:
        self._sent.add((file, digest_of(data)))
        return data


def _digest(place: Path) -> str | None:
    with suppress(OSError):
        return digest_of(place.read_bytes())
    return None
