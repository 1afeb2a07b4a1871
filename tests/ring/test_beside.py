"""Jobs that run beside others: in the interpreter that stands by, never in a third one."""

import asyncio
import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from storytime.ring import InterpreterRing
from storytime.ring.cleanup import kept_surroundings
from storytime.ring.errors import JobStopped, RingError
from storytime.ring.interpreter_ring import CLOSE_TIMEOUT, NOT_NEEDED
from storytime.ring.isolation import Kind

from .. import ring_jobs
from ..serving_support import (
    LONG,
    alive,
    until,
    wait_until,
    within,
    workers,
)

pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.mark.parametrize("isolation", ["auto", "process"])
async def test_a_short_job_does_not_wait_for_a_long_one(isolation: Kind, tmp_path: Path) -> None:
    with InterpreterRing(isolation=isolation) as ring:
        long = asyncio.create_task(
            ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "begun", "go")
        )
        await until((tmp_path / "begun").exists, "the long job began")
        async with asyncio.timeout(LONG):
            # The second one runs in the slot that replaces the first one's.
            assert [await ring.run_beside(ring_jobs.echo, number) for number in range(2)] == [0, 1]
        assert not long.done()
        assert len(alive()) <= 2
        (tmp_path / "go").touch()
        await long


async def test_reports_and_orders_concern_the_other_job(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    short = asyncio.create_task(
        ring.run_beside(ring_jobs.note_and_wait_for, tmp_path, "begun", "go")
    )
    await until((tmp_path / "begun").exists, "the short job began")
    ring.ask_to_stop()
    ring.tell("nothing")
    assert ring.reports() == []
    (tmp_path / "go").touch()
    assert await short


async def test_short_jobs_run_one_at_a_time(ring: InterpreterRing, tmp_path: Path) -> None:
    log = tmp_path / "log"
    jobs = [ring.run_beside(ring_jobs.begin_and_end, log) for _ in range(3)]
    await asyncio.gather(*jobs)
    lines = log.read_text().split()
    assert lines[::2] == lines[1::2]
    assert len(set(lines)) == 3


async def test_a_cancelled_short_job_is_stopped_and_the_long_one_is_not(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    long = asyncio.create_task(ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "long", "go"))
    short = asyncio.create_task(ring.run_beside(ring_jobs.note_and_spin, tmp_path, "short"))
    await until((tmp_path / "long").exists, "the long job began")
    await until((tmp_path / "short").exists, "the short job began")
    short.cancel(NOT_NEEDED)
    with pytest.raises(asyncio.CancelledError):
        await short
    assert not long.done()
    (tmp_path / "go").touch()
    assert await long


async def test_the_long_job_that_waits_gets_the_next_standby(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    """Also if a short one has waited longer."""
    one = asyncio.create_task(ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "1", "go"))
    await until((tmp_path / "1").exists, "the first job began")
    two = asyncio.create_task(ring.run_beside(ring_jobs.note_and_wait_for, tmp_path, "2", "on"))
    await until((tmp_path / "2").exists, "the second job began")
    standbys = ring._standbys
    taken: list[str] = []

    def take(name: str, yields: bool) -> None:
        slot = standbys.take(Future(), yields=yields)
        taken.append(name)
        standbys.replace(slot)

    waiting = [
        threading.Thread(target=take, args=[name, yields])
        for name, yields in (("short", True), ("long", False))
    ]
    for each in waiting:
        each.start()
        await asyncio.sleep(0.05)  # it waits for a standby; nothing tells when
    (tmp_path / "on").touch()
    await until(lambda: len(taken) == 2, "both got a standby")
    assert taken == ["long", "short"]
    (tmp_path / "go").touch()
    await asyncio.gather(one, two)


async def test_what_is_stopped_as_it_waits_for_a_standby_takes_none(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    one = asyncio.create_task(ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "1", "go"))
    two = asyncio.create_task(ring.run_beside(ring_jobs.note_and_wait_for, tmp_path, "2", "go"))
    await until(lambda: (tmp_path / "1").exists() and (tmp_path / "2").exists(), "both began")
    stopped: Future[str] = Future()
    threading.Timer(0.05, stopped.set_result, ["no longer needed"]).start()
    with pytest.raises(JobStopped, match="no longer needed"):
        await asyncio.to_thread(ring._standbys.take, stopped)
    (tmp_path / "go").touch()
    await asyncio.gather(one, two)
    assert await ring.run_beside(ring_jobs.echo, "on") == "on"


def test_closing_ends_both_jobs_in_time(tmp_path: Path) -> None:
    async def run(attempt: int) -> float:
        folder = tmp_path / str(attempt)
        folder.mkdir()
        ring = InterpreterRing(name="closing")
        jobs = [
            asyncio.create_task(run(ring_jobs.note_and_spin, folder, name))
            for name, run in (("long", ring.run_async), ("short", ring.run_beside))
        ]
        waiting = asyncio.create_task(ring.run_beside(ring_jobs.note, folder, "never"))
        names = "long", "short"
        await until(lambda: all((folder / name).exists() for name in names), "both began")
        start = time.monotonic()
        await asyncio.to_thread(ring.close)
        took = time.monotonic() - start
        ended = await asyncio.gather(*jobs, waiting, return_exceptions=True)
        assert list(map(type, ended)) == [JobStopped, JobStopped, RingError]
        assert not (folder / "never").exists()
        with pytest.raises(RingError, match="is closed"):
            await ring.run_beside(ring_jobs.nothing)
        return took

    within(CLOSE_TIMEOUT + 0.4, lambda attempt: asyncio.run(run(attempt)))
    wait_until(lambda: not workers("closing-"), "its interpreters were closed")


def test_the_last_of_two_jobs_restores_what_the_first_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, long, short = tmp_path / "start", tmp_path / "long", tmp_path / "short"
    for folder in (start, long, short):
        folder.mkdir()
    monkeypatch.chdir(start)
    before, descriptors = os.umask(0o022), len(os.listdir("/dev/fd"))
    first, second = kept_surroundings(), kept_surroundings()
    first.__enter__()
    os.chdir(long)
    os.umask(0o077)
    second.__enter__()
    os.chdir(short)
    second.__exit__(None, None, None)
    assert Path.cwd() == long
    second = kept_surroundings()
    second.__enter__()
    first.__exit__(None, None, None)
    os.chdir(short)
    second.__exit__(None, None, None)
    assert Path.cwd() == start
    assert os.umask(before) == 0o022
    assert len(os.listdir("/dev/fd")) == descriptors
