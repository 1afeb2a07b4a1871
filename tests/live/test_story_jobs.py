"""StoryJobs: single stories, rendered beside the builds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storytime.errors import SourcesChanged
from storytime.live.story_jobs import MOST_WAITING, StoryJobs, TooManyJobs
from storytime.ring import InterpreterRing

from .. import ring_jobs
from ..serving_support import ROOT, until

pytestmark = pytest.mark.usefixtures("unmeasured")


@asynccontextmanager
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StoryJobs]:
    monkeypatch.syspath_prepend(ROOT)
    async with InterpreterRing() as ring:
        jobs = StoryJobs()
        jobs.run_in_ring = ring.run_beside
        yield jobs


async def test_a_job_makes_way_for_a_save_and_begins_anew_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(monkeypatch) as jobs:
        job = asyncio.create_task(jobs.run(ring_jobs.note_and_wait_for, tmp_path, "begun", "go"))
        await until((tmp_path / "begun").exists, "the job began")
        with jobs.waiting():
            (tmp_path / "begun").unlink()
            (tmp_path / "go").touch()
            other = asyncio.create_task(jobs.run(ring_jobs.note, tmp_path, "other"))
            await asyncio.sleep(0.3)
            assert not (tmp_path / "begun").exists()
            assert not job.done()
            assert not (tmp_path / "other").exists()
        assert await job
        assert (tmp_path / "begun").exists()
        await other
    assert not caplog.messages


async def test_a_job_whose_client_leaves_is_stopped_and_the_next_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with running(monkeypatch) as jobs:
        first = asyncio.create_task(jobs.run(ring_jobs.note_and_spin, tmp_path, "begun"))
        await until((tmp_path / "begun").exists, "the job began")
        waiting = asyncio.create_task(jobs.run(ring_jobs.note, tmp_path, "never"))
        last = asyncio.create_task(jobs.run(ring_jobs.echo, "last"))
        await asyncio.sleep(0)
        first.cancel()
        waiting.cancel()
        assert await last == "last"
        assert first.cancelled()
        assert waiting.cancelled()
        assert not (tmp_path / "never").exists()


async def test_only_so_many_jobs_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(monkeypatch) as jobs:
        with jobs.waiting():
            tasks = [
                asyncio.create_task(jobs.run(ring_jobs.echo, number))
                for number in range(MOST_WAITING)
            ]
            await asyncio.sleep(0)
            with pytest.raises(TooManyJobs, match="too many browsers"):
                await jobs.run(ring_jobs.nothing)
            for task in tasks[1:]:
                task.cancel()
        assert await tasks[0] == 0


async def test_a_job_that_read_half_a_file_runs_again() -> None:
    found: list[object] = [SourcesChanged(["a.py"]), SourcesChanged(["a.py"]), "whole"]

    async def run(function: object) -> object:
        result = found.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    jobs = StoryJobs()
    jobs.run_in_ring = run
    assert await jobs.run(ring_jobs.nothing) == "whole"
