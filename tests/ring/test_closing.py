"""InterpreterRing: how it begins and ends, on real interpreters."""

import asyncio
import gc
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from storytime.ring import InterpreterRing, RingError
from storytime.ring.errors import JobStopped
from storytime.ring.standbys import SIZE

from .. import ring_jobs
from ..serving_support import LONG, ROOT, alive, until, wait_until, wait_until_closed, workers
from ..support import run_python

pytestmark = pytest.mark.usefixtures("unmeasured")


# Warming up.

BREAKS = """
import pathlib, sys

folder = pathlib.Path(__file__).parent
breaks = folder / "breaks"
try:  # both standbys may be warmed at once, and only one of them break
    broken = breaks.read_text()
    if broken == "once":
        breaks.unlink()
except FileNotFoundError:
    broken = ""
if broken:
    raise ImportError("markupsafe is broken here")
sys.path.remove(str(folder))
del sys.modules["markupsafe"]
import markupsafe  # the real one
"""


@pytest.fixture
def breaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file; as long as it exists, no interpreter can be warmed; one alone with "once" in it."""
    (tmp_path / "markupsafe.py").write_text(BREAKS)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "breaks"


def test_a_warm_up_that_fails_shows_its_cause_and_the_ring_recovers(breaking: Path) -> None:
    breaking.write_text("always")
    with InterpreterRing(warm_up=ring_jobs.import_markupsafe) as ring:
        for _ in range(3):
            with pytest.raises(RingError, match="can't be warmed: (?s:.*)is broken here"):
                ring.run(ring_jobs.nothing)
        breaking.unlink()

        def works() -> bool:
            try:  # the standbys at that time may have been warmed before
                return bool(ring.run(ring_jobs.interpreter))
            except RingError:
                return False

        wait_until(works, "an interpreter was warmed")
    assert alive() == set()


def test_one_standby_that_can_not_be_warmed_costs_a_log_line_and_no_job(
    breaking: Path, caplog: pytest.LogCaptureFixture
) -> None:
    breaking.write_text("once")
    with InterpreterRing(warm_up=ring_jobs.import_markupsafe) as ring:
        assert [ring.run(ring_jobs.echo, n) for n in range(3)] == [0, 1, 2]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "markupsafe is broken here" in record.message
    assert alive() == set()


# Closing.


def test_closing_leaves_no_interpreter_and_no_thread() -> None:
    threads = set(threading.enumerate())
    ring = InterpreterRing()
    ring.run(ring_jobs.nothing)
    ring.close()
    assert alive() == set()
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("pause", [0, 0.01, 0.03, 0.06])
def test_a_ring_can_be_closed_while_it_warms_up(pause: float) -> None:
    ring = InterpreterRing()
    threading.Event().wait(pause)
    ring.close()
    assert alive() == set()


def test_closing_again_is_harmless_and_from_other_threads_too() -> None:
    ring = InterpreterRing()
    ring.run(ring_jobs.nothing)
    with ThreadPoolExecutor(4) as threads:

        def close(_: int) -> set[int]:
            ring.close()
            return alive()  # whichever came second returned only when all were closed

        assert list(threads.map(close, range(4))) == [set()] * 4
    ring.close()


@pytest.mark.parametrize("error", [None, ValueError])
async def test_leaving_the_block_closes_the_ring(error: type[Exception] | None) -> None:
    def end() -> None:
        if error:
            raise error

    for _ in range(2):
        ring = InterpreterRing()
        with suppress(ValueError), ring:
            end()
        with pytest.raises(RingError, match="is closed"):
            ring.run(ring_jobs.nothing)
        ring = InterpreterRing()
        with suppress(ValueError):
            async with ring:
                end()
        with pytest.raises(RingError, match="is closed"):
            await ring.run_async(ring_jobs.nothing)
    assert alive() == set()


def test_a_job_that_ends_soon_after_the_ring_is_closed_gives_its_result(tmp_path: Path) -> None:
    ring = InterpreterRing()
    with ThreadPoolExecutor(2) as threads:
        job = threads.submit(ring.run, ring_jobs.note_and_wait_for, tmp_path, "begun", "go")
        wait_until((tmp_path / "begun").exists, "the job began")
        closing = threads.submit(ring.close)
        wait_until(lambda: _is_closed(ring), "closing began")
        (tmp_path / "go").touch()
        assert job.result(LONG) > 0
        closing.result(LONG)
    assert alive() == set()


def _is_closed(ring: InterpreterRing) -> bool:
    try:
        ring.run(ring_jobs.nothing)
    except RingError:
        return True
    return False


def test_jobs_that_wait_when_the_ring_is_closed_are_told_so(tmp_path: Path) -> None:
    ring = InterpreterRing()
    with ThreadPoolExecutor(4) as threads:
        job = threads.submit(ring.run, ring_jobs.note_and_stay, tmp_path, "begun", "go")
        wait_until((tmp_path / "begun").exists, "the job began")
        waiting = [threads.submit(ring.run, ring_jobs.note, tmp_path, "ran") for _ in range(3)]
        wait_until(lambda: ring._jobs._jobs.qsize() == 3, "the jobs were queued")
        ring.close()
        assert isinstance(job.exception(LONG), JobStopped)
        assert {str(each.exception(LONG)) for each in waiting} == {
            "the interpreter ring is closed; make a new one"
        }
    (tmp_path / "go").touch()
    wait_until_closed()
    assert not (tmp_path / "ran").exists()


NEVER_ENDING = """
import sys, threading, time
from storytime.ring.interpreter_executor import interpreters
from pathlib import Path

from storytime.ring import InterpreterRing, RingError
from tests import ring_jobs

folder = Path(sys.argv[1])
ring = InterpreterRing()
told = []

def run():
    try:
        ring.run({job})
    except RingError as error:
        told.append(error)

waiting = threading.Thread(target=run)
waiting.start()
while not (folder / "begun").exists():
    time.sleep(0.005)
start = time.monotonic()
ring.close()
ring.close()
print(time.monotonic() - start)
waiting.join()
print(len(interpreters.list_all()), *told, flush=True)
"""


@pytest.mark.parametrize(
    ("job", "left"),
    [
        ("ring_jobs.note_and_spin, folder, 'begun'", 1),
        ("ring_jobs.note_and_wait_for_a_lock, folder, 'begun'", 2),
    ],
    ids=["spins", "waits"],
)
def test_neither_closing_nor_the_process_waits_for_a_job_that_never_ends(
    job: str, left: int, tmp_path: Path
) -> None:
    ended = run_python("-c", NEVER_ENDING.replace("{job}", job), tmp_path, cwd=ROOT)
    seconds, told = ended.stdout.splitlines()
    assert ended.returncode == 0, ended
    assert float(seconds) < 5  # it takes some 0.4 s
    assert told.startswith(f"{left} the job was still running when the ring closed; it was stopped")
    assert "ring_jobs.py" in told
    assert "Traceback" not in ended.stderr


def test_a_thread_left_by_a_job_delays_neither_jobs_nor_close(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    ring = InterpreterRing()
    assert ring.run(ring_jobs.leave_a_thread, tmp_path / "go") == "left"
    assert [ring.run(ring_jobs.echo, n) for n in range(3)] == [0, 1, 2]
    ring.close()
    assert len(workers()) == 1
    (record,) = caplog.records
    assert re.fullmatch(r"ring-interpreter-\d can't be closed, since code .*", record.message)
    (tmp_path / "go").touch()
    wait_until_closed()


def test_a_job_that_waits_for_a_standby_when_the_ring_is_closed_is_told_so(tmp_path: Path) -> None:
    ring = InterpreterRing()
    for _ in range(SIZE):  # whose interpreters take a second each to be given up
        ring.run(ring_jobs.leave_a_thread, tmp_path / "go")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(ring.run, ring_jobs.nothing)
        wait_until(waiting.running, "the job waited")
        ring.close()
        assert "is closed" in str(waiting.exception(LONG))
    (tmp_path / "go").touch()
    wait_until_closed()


def test_a_ring_that_is_dropped_open_is_warned_of() -> None:
    threads = set(threading.enumerate())
    ring = InterpreterRing()
    ring.run(ring_jobs.nothing)
    wait_until(lambda: len(workers()) == SIZE, "both interpreters were made")
    with pytest.warns(ResourceWarning, match="an InterpreterRing was not closed"):
        del ring
        gc.collect()
        wait_until_closed()
    wait_until(lambda: set(threading.enumerate()) <= threads, "its threads ended")


async def test_closing_does_not_block_the_loop(tmp_path: Path) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    turning = asyncio.create_task(turn())
    ring = InterpreterRing()
    async with ring:
        job = asyncio.create_task(ring.run_async(ring_jobs.note_and_stay, tmp_path, "begun", "go"))
        await until((tmp_path / "begun").exists, "the job began")
        turns = 0
    assert turns > 3  # in the 0.4 s for which it waits for the job
    turning.cancel()
    (tmp_path / "go").touch()
    with pytest.raises(JobStopped):
        await job
    await asyncio.to_thread(wait_until_closed)
