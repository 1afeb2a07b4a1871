"""InterpreterRing: its guarantees, on real interpreters."""

import asyncio
import gc
import logging
import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storytime.errors import BuildFailed, RaisedInInterpreter, StorytimeError
from storytime.output import Manifest
from storytime.ring import SIZE, InterpreterRing
from storytime.slots import SlotAbandoned

from . import ring_jobs
from .serving_support import LONG, ROOT, alive, until, wait_until, wait_until_closed, workers
from .support import SMALL, Catalog, gives, run_python

WEB = {"starlette", "uvicorn", "watchfiles", "click", "websockets", "anyio", "h11", "asyncio"}
"""What a server loads and a build doesn't need."""


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture
def ring() -> Iterator[InterpreterRing]:
    with InterpreterRing() as ring:
        yield ring
    wait_until_closed()


# One interpreter, one job.


def test_no_interpreter_runs_two_jobs(ring: InterpreterRing) -> None:
    ids = [ring.run(ring_jobs.interpreter) for _ in range(5)]
    assert len({*ids, 0}) == 6


def test_a_job_finds_nothing_of_an_earlier_one(ring: InterpreterRing) -> None:
    assert [ring.run(ring_jobs.remember, word) for word in "abc"] == [[], [], []]


def test_the_standby_is_warm_before_a_job_asks_for_anything(ring: InterpreterRing) -> None:
    loaded = ring.run(ring_jobs.modules)
    assert {"tdom", "storytime", "storytime.build", "storytime.views"} <= set(loaded)


def test_a_standby_warms_up_although_no_job_has_come(ring: InterpreterRing) -> None:
    wait_until(lambda: len(workers()) == SIZE, "both interpreters were made")


def test_no_module_of_the_web_is_loaded_in_a_builds_interpreter(
    ring: InterpreterRing, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    loaded = ring.run(ring_jobs.build, "kit", tmp_path / "site")
    assert WEB.isdisjoint(loaded)
    assert "kit.forms.button.stories" in loaded


def test_there_is_never_a_third_interpreter(ring: InterpreterRing) -> None:
    most, done = 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, len(workers()))

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(6):
        ring.run(ring_jobs.nothing)
    done.set()
    looking.join()
    assert most == SIZE


def test_the_main_interpreter_never_imports_what_a_job_does(
    ring: InterpreterRing, catalog: Catalog, tmp_path: Path
) -> None:
    own = "class Own(Exception): pass\ndef button(): raise Own('mine')"
    subject = gives("Subject(target=button, items=[Story()])", "from own import button")
    (tmp_path / "own.py").write_text(own)
    catalog.write({**SMALL, "forms/button/stories.py": subject})
    with pytest.raises(BuildFailed, match="Own: mine"):
        ring.build("kit", tmp_path / "site")
    assert {"kit", "own"}.isdisjoint(name.partition(".")[0] for name in sys.modules)


def test_of_two_edits_within_a_second_that_keep_the_size_the_second_is_imported(
    ring: InterpreterRing, catalog: Catalog, tmp_path: Path
) -> None:
    found = []
    for word in ("one", "two", "six", "ten"):
        (tmp_path / "helper.py").write_text(f"WORD = {word!r}")
        found.append(ring.run(ring_jobs.attribute, "helper", "WORD"))
    assert found == ["one", "two", "six", "ten"]


# Building.


async def test_both_builds_are_the_same_as_a_direct_one(
    ring: InterpreterRing, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    ring.build("kit", tmp_path / "sync")
    await ring.build_async("kit", tmp_path / "async")
    manifests = [Manifest.read(tmp_path / folder) for folder in ("sync", "async")]
    assert manifests[0] is not None
    assert manifests[0] == manifests[1]
    assert "forms/button/refusal/index.html" in manifests[0].pages


def test_a_failed_build_tells_its_failures(
    ring: InterpreterRing, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write({**SMALL, "forms/button/stories.py": "1 / 0"})
    with pytest.raises(BuildFailed) as raised:
        ring.build("kit", tmp_path / "site")
    (failure,) = raised.value.failures
    assert raised.value.written
    assert failure.path == "forms/button"
    assert failure.message == "ZeroDivisionError: division by zero"
    assert failure.file == str(catalog.folder / "forms/button/stories.py")
    assert failure.line == 1


def test_a_users_mistake_keeps_its_exit_code(ring: InterpreterRing, tmp_path: Path) -> None:
    with pytest.raises(StorytimeError, match="no package 'no_such'") as raised:
        ring.build("no_such", tmp_path / "site")
    assert raised.value.exit_code == 2


# Errors.


def test_whatever_a_job_ends_with_is_told_and_the_ring_goes_on(ring: InterpreterRing) -> None:
    for function, message in ring_jobs.ENDINGS.items():
        with pytest.raises(RaisedInInterpreter, match=re.escape(message)):
            ring.run(function)
    for function in (ring_jobs.raise_hostile, ring_jobs.close_the_streams):
        try:
            assert ring.run(function) == "closed"
        except RaisedInInterpreter as error:
            assert function is ring_jobs.raise_hostile, error
    assert ring.run(ring_jobs.echo, "on") == "on"


def test_nothing_is_a_result_like_any_other(ring: InterpreterRing) -> None:
    assert ring.run(ring_jobs.nothing) is None
    assert ring.run(ring_jobs.echo, None) is None


def test_what_can_not_be_sent_is_refused_at_once(ring: InterpreterRing) -> None:
    for function, argument in ((lambda _: None, 1), (ring_jobs.echo, object())):
        with pytest.raises(TypeError, match="expected"):
            ring.run(function, argument)
    assert ring.run(ring_jobs.echo, "on") == "on"


BREAKS = """
import pathlib, sys

folder = pathlib.Path(__file__).parent
breaks = folder / "breaks"
if breaks.exists():
    if breaks.read_text() == "once":
        breaks.unlink()
    raise ImportError("tdom is broken here")
sys.path.remove(str(folder))
del sys.modules["tdom"]
import tdom  # the real one
"""


@pytest.fixture
def breaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file; as long as it exists, no interpreter can be warmed; one alone with "once" in it."""
    (tmp_path / "tdom.py").write_text(BREAKS)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "breaks"


def test_a_warm_up_that_fails_shows_its_cause_and_the_ring_recovers(breaking: Path) -> None:
    breaking.write_text("always")
    with InterpreterRing() as ring:
        for _ in range(3):
            with pytest.raises(StorytimeError, match="can't be warmed: (?s:.*)tdom is broken here"):
                ring.run(ring_jobs.nothing)
        breaking.unlink()

        def works() -> bool:
            try:  # the standbys at that time may have been warmed before
                return bool(ring.run(ring_jobs.interpreter))
            except StorytimeError:
                return False

        wait_until(works, "an interpreter was warmed")
    assert alive() == set()


def test_one_standby_that_can_not_be_warmed_costs_a_log_line_and_no_job(
    breaking: Path, caplog: pytest.LogCaptureFixture
) -> None:
    breaking.write_text("once")
    with InterpreterRing() as ring:
        assert [ring.run(ring_jobs.echo, n) for n in range(3)] == [0, 1, 2]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "tdom is broken here" in record.message
    assert alive() == set()


def test_where_no_interpreter_can_be_made_the_cause_is_told_and_the_ring_recovers(
    ring: InterpreterRing,
) -> None:
    def works() -> bool:
        try:
            return bool(ring.run(ring_jobs.interpreter))
        except StorytimeError as error:
            told.append(error.message)
            return False

    told: list[str] = []
    assert works()
    threading.stack_size(1 << 46)  # no thread can be started with it
    try:
        wait_until(lambda: not works(), "making an interpreter failed")
    finally:
        threading.stack_size(0)
    assert re.fullmatch("no interpreter can be made: .*can't start new thread", told[0])
    wait_until(works, "an interpreter was made")


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
        try:
            with InterpreterRing() as ring:
                end()
        except ValueError:
            pass
        with pytest.raises(StorytimeError, match="is closed"):
            ring.run(ring_jobs.nothing)
        try:
            async with InterpreterRing() as ring:
                end()
        except ValueError:
            pass
        with pytest.raises(StorytimeError, match="is closed"):
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
    except StorytimeError:
        return True
    return False


def test_jobs_that_wait_when_the_ring_is_closed_are_told_so(tmp_path: Path) -> None:
    ring = InterpreterRing()
    with ThreadPoolExecutor(4) as threads:
        job = threads.submit(ring.run, ring_jobs.note_and_wait_for, tmp_path, "begun", "go")
        wait_until((tmp_path / "begun").exists, "the job began")
        waiting = [threads.submit(ring.run, ring_jobs.note, tmp_path, "ran") for _ in range(3)]
        wait_until(lambda: ring._jobs._jobs.qsize() == 3, "the jobs were queued")
        ring.close()
        assert isinstance(job.exception(LONG), SlotAbandoned)
        assert {str(each.exception(LONG)) for each in waiting} == {
            "the interpreter ring is closed; make a new one"
        }
    (tmp_path / "go").touch()
    wait_until_closed()
    assert not (tmp_path / "ran").exists()


NEVER_ENDING = """
import sys, threading, time
from concurrent import interpreters
from pathlib import Path

from storytime.errors import StorytimeError
from storytime.ring import InterpreterRing
from tests import ring_jobs

folder = Path(sys.argv[1])
ring = InterpreterRing()
told = []

def run():
    try:
        ring.run({job})
    except StorytimeError as error:
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
    "job",
    [
        "ring_jobs.note_and_spin, folder, 'begun'",
        "ring_jobs.note_and_sleep, folder, 'begun', 1000",
    ],
    ids=["spins", "sleeps"],
)
def test_neither_closing_nor_the_process_waits_for_a_job_that_never_ends(
    job: str, tmp_path: Path
) -> None:
    ended = run_python("-c", NEVER_ENDING.replace("{job}", job), tmp_path, cwd=ROOT)
    seconds, told = ended.stdout.splitlines()
    assert ended.returncode == 0, ended
    assert float(seconds) < 5  # it takes some 0.4 s
    assert told == "2 given up: it was still running when the ring closed"
    assert "Traceback" not in ended.stderr


def test_a_thread_that_a_job_leaves_holds_up_neither_the_next_job_nor_the_closing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ring = InterpreterRing()
    assert ring.run(ring_jobs.leave_a_thread, 2.5) == "left"
    assert [ring.run(ring_jobs.echo, n) for n in range(3)] == [0, 1, 2]
    ring.close()
    assert len(workers()) == 1
    (record,) = caplog.records
    assert re.fullmatch(r"storytime-interpreter-\d does not end: a thread .*", record.message)
    wait_until_closed()


def test_a_ring_that_is_dropped_open_is_warned_of() -> None:
    threads = set(threading.enumerate())
    ring = InterpreterRing()
    wait_until(lambda: len(workers()) == SIZE, "both interpreters were made")
    with pytest.warns(ResourceWarning, match="an InterpreterRing was not closed"):
        del ring
        gc.collect()
        wait_until_closed()
    wait_until(lambda: set(threading.enumerate()) <= threads, "its threads ended")


# Order, and the event loop.


def test_jobs_of_many_threads_run_one_at_a_time(ring: InterpreterRing, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with ThreadPoolExecutor(6) as threads:
        ids = list(threads.map(lambda _: ring.run(ring_jobs.begin_and_end, log), range(6)))
    lines = log.read_text().split()
    assert len(set(ids)) == 6
    assert lines[::2] == lines[1::2]  # each job ended before the next one began


async def test_the_loop_runs_on_while_a_job_does(ring: InterpreterRing, tmp_path: Path) -> None:
    running = asyncio.create_task(
        ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "begun", "go")
    )
    await until((tmp_path / "begun").exists, "the job began")
    assert not running.done()
    (tmp_path / "go").touch()
    async with asyncio.timeout(LONG):
        assert await running > 0


async def test_jobs_that_are_awaited_together_run_in_order(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    ids = await asyncio.gather(*(ring.run_async(ring_jobs.begin_and_end, log) for _ in range(4)))
    assert log.read_text().split()[::2] == [str(number) for number in ids]


async def test_a_task_that_is_cancelled_while_its_job_runs_takes_nothing_with_it(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    task = asyncio.create_task(ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "begun", "go"))
    await until((tmp_path / "begun").exists, "the job began")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    following = asyncio.create_task(ring.run_async(ring_jobs.echo, "on"))
    (tmp_path / "go").touch()
    async with asyncio.timeout(LONG):
        assert await following == "on"


async def test_a_job_whose_task_is_cancelled_while_it_waits_never_runs(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    first = asyncio.create_task(
        ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "begun", "go")
    )
    await until((tmp_path / "begun").exists, "the job began")
    second = asyncio.create_task(ring.run_async(ring_jobs.note, tmp_path, "second"))
    await asyncio.sleep(0)
    second.cancel()
    (tmp_path / "go").touch()
    async with asyncio.timeout(LONG):
        await first
        assert await ring.run_async(ring_jobs.echo, "on") == "on"
    assert not (tmp_path / "second").exists()


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
        job = asyncio.create_task(ring.run_async(ring_jobs.note_and_wait_for, tmp_path, "begun", "go"))
        await until((tmp_path / "begun").exists, "the job began")
        turns = 0
    assert turns > 3  # in the 0.4 s for which it waits for the job
    turning.cancel()
    (tmp_path / "go").touch()
    with pytest.raises(SlotAbandoned):
        await job
    await asyncio.to_thread(wait_until_closed)
