"""`ready` tells when a job could begin at once, and leaves the standby to that job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storytime.ring import InterpreterRing
from storytime.ring.errors import RingError, StandbyFailed

from .. import ring_jobs
from ..serving_support import LONG, until

pytestmark = pytest.mark.usefixtures("unmeasured")


@asynccontextmanager
async def warming(folder: Path) -> AsyncIterator[InterpreterRing]:
    """A ring whose standbys warm up until there is a file `go`."""
    async with InterpreterRing() as ring, asyncio.timeout(LONG):
        ring.prepare(ring_jobs.note_and_wait_for, folder, "begun", "go")
        await until((folder / "begun").exists, "a standby warms up")
        yield ring
        (folder / "go").touch()  # which `close` would wait for


async def test_ready_waits_until_a_standby_is_warm_and_leaves_it(tmp_path: Path) -> None:
    async with warming(tmp_path) as ring:
        waiting = asyncio.create_task(ring.ready())
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        (tmp_path / "go").touch()
        await waiting
        assert await ring.run_async(ring_jobs.echo, "one") == "one"


async def test_a_cancelled_ready_leaves_the_standby_to_the_next_job(tmp_path: Path) -> None:
    async with warming(tmp_path) as ring:
        waiting = asyncio.create_task(ring.ready())
        await asyncio.wait([waiting], timeout=0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        (tmp_path / "go").touch()
        assert await ring.run_async(ring_jobs.echo, "one") == "one"


async def test_ready_returns_as_soon_as_the_ring_is_closed(tmp_path: Path) -> None:
    async with warming(tmp_path) as ring:
        waiting = asyncio.create_task(ring.ready())
        await asyncio.wait([waiting], timeout=0.1)
        closing = asyncio.create_task(asyncio.to_thread(ring.close))
        await waiting
        (tmp_path / "go").touch()
        await closing


async def test_ready_leaves_it_to_the_job_to_say_why_no_standby_is_warm() -> None:
    async with asyncio.timeout(LONG):
        async with InterpreterRing(warm_up=ring_jobs.raise_value_error) as ring:
            await ring.ready()
            with pytest.raises(StandbyFailed, match="can't be warmed"):
                await ring.run_async(ring_jobs.nothing)
        await ring.ready()
        with pytest.raises(RingError, match="closed"):
            await ring.run_async(ring_jobs.nothing)
