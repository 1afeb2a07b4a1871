"""PendingChanges: what a build is for, and when many files change at once."""

import asyncio
from collections.abc import Iterable

import pytest

from storytime.watch.pending_changes import BURST, PendingChanges


@pytest.mark.parametrize(
    ("files", "is_burst"),
    [
        ((f"file-{number}" for number in range(BURST)), True),
        ((f"file-{number}" for number in range(BURST - 1)), False),
        (["helper.py"] * 10 * BURST, False),
    ],
    ids=["many files", "fewer files", "one file, saved often"],
)
async def test_only_many_files_are_waited_for(files: Iterable[str], is_burst: bool) -> None:
    pending = PendingChanges()
    for file in files:
        pending.tell({file})
    waiting = asyncio.create_task(pending.burst_ended())
    await asyncio.sleep(0)
    assert waiting.done() is not is_burst
    waiting.cancel()


async def test_a_burst_is_over_for_the_build_that_took_it() -> None:
    pending = PendingChanges()
    for number in range(2):
        for file in range(BURST - 1):
            pending.tell({f"{number}-{file}"})
        assert len(pending.take() or ()) == BURST - 1
    waiting = asyncio.create_task(pending.burst_ended())
    await asyncio.sleep(0)
    assert waiting.done()


def test_any_file_may_have_changed_once_that_was_told_until_it_is_taken() -> None:
    pending = PendingChanges()
    pending.tell({"a"})
    pending.tell(None)
    pending.tell({"b"})
    assert pending.take() is None
    assert pending.take() == set()
