"""InterpreterRing: its guarantees, on real interpreters."""

import asyncio
import gc
import math
import os
import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as compile_to_bytecode
from typing import Any

import pytest

from storytime import InterpreterRing as BuildingRing
from storytime.build.manifest import Manifest
from storytime.errors import BuildFailed, StorytimeError
from storytime.ring import InterpreterRing, Named, slot
from storytime.ring.errors import JobRaised, JobStopped, RingError
from storytime.ring.isolation import Kind
from storytime.ring.progress import told as told_to_job
from storytime.ring.standbys import MOST_CARRIED, SIZE

from .. import ring_jobs
from ..serving_support import LONG, until, wait_until, workers
from ..support import SMALL, Catalog, gives

pytestmark = pytest.mark.usefixtures("unmeasured")

WEB = {"starlette", "uvicorn", "watchfiles", "click", "websockets", "anyio", "h11", "asyncio"}
"""What a server loads and a build doesn't need."""


@pytest.fixture(scope="module")
def building_ring() -> Iterator[BuildingRing]:
    """One for the tests that need Storytime's warm-up, which takes longer than the jobs."""
    with BuildingRing(memory_bound=100_000) as ring:
        yield ring


# Making one.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "timeout must be a positive number of seconds or None, not 0"),
        ({"timeout": -1.5}, "timeout must be a positive number of seconds or None, not -1.5"),
        ({"timeout": math.nan}, "timeout must be a positive number of seconds or None, not nan"),
        ({"timeout": math.inf}, "timeout must be a positive number of seconds or None, not inf"),
        ({"timeout": "1"}, "timeout must be a positive number of seconds or None, not '1'"),
        ({"timeout": True}, "timeout must be a positive number of seconds or None, not True"),
        ({"isolation": "thread"}, "isolation must be 'auto' or 'process', not 'thread'"),
        ({"isolation": "processes"}, "isolation must be 'auto' or 'process', not 'processes'"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_made(
    options: dict[str, Any], message: str
) -> None:
    before = started_threads()
    is_number = isinstance(options.get("timeout", 1.0), float) or options.get("timeout") == 0
    expected = ValueError if "isolation" in options or is_number else TypeError
    with pytest.raises(expected, match=message):
        BuildingRing(**options)
    gc.collect()  # a complaint of `__del__` would be an error
    assert started_threads() == before


def started_threads() -> list[threading.Thread]:
    """Return those that Python started; what a test before left may look for a name meanwhile."""
    return [each for each in threading.enumerate() if not each.name.startswith("Dummy-")]


def test_an_unknown_option_is_refused_without_further_complaint() -> None:
    unknown: Any = {"nope": 1}
    with pytest.raises(TypeError, match="unexpected keyword argument 'nope'"):
        InterpreterRing(**unknown)
    gc.collect()  # a complaint of `__del__` would be an error


@pytest.mark.parametrize("option", ["warm_up", "frame_kind", "carry_over"])
def test_a_hook_that_interpreters_can_not_import_is_refused_at_once(option: str) -> None:
    def local() -> None: ...

    hook: Any = (local, local) if option == "carry_over" else local
    with pytest.raises(TypeError, match="local.* can't be imported in another interpreter"):
        InterpreterRing(**{option: hook})
    gc.collect()


# One interpreter, one job.


def test_no_interpreter_runs_two_jobs(ring: InterpreterRing) -> None:
    ids = [ring.run(ring_jobs.interpreter) for _ in range(5)]
    assert len({*ids, 0}) == 6


def test_a_job_finds_nothing_of_an_earlier_one(ring: InterpreterRing) -> None:
    assert [ring.run(ring_jobs.remember, word) for word in "abc"] == [[], [], []]


def test_the_standby_is_warm_before_a_job_asks_for_anything(building_ring: BuildingRing) -> None:
    loaded = building_ring.run(ring_jobs.modules)
    assert {"tdom", "storytime", "storytime.build", "storytime.views"} <= set(loaded)


def test_a_standby_warms_up_although_no_job_has_come(ring: InterpreterRing) -> None:
    wait_until(lambda: len(workers("ring-interpreter-")) == SIZE, "both interpreters were made")


def test_no_module_of_the_web_is_loaded_in_a_builds_interpreter(
    building_ring: BuildingRing, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    loaded = building_ring.run(ring_jobs.build, "kit", tmp_path / "site")
    assert WEB.isdisjoint(loaded)
    assert "kit.forms.button.stories" in loaded


def test_there_is_never_a_third_interpreter(ring: InterpreterRing) -> None:
    most, done = 0, threading.Event()

    def count() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, len(workers("ring-interpreter-")))

    counter = threading.Thread(target=count)
    counter.start()
    for _ in range(6):
        ring.run(ring_jobs.nothing)
    done.set()
    counter.join()
    assert most == SIZE


def test_the_main_interpreter_never_imports_what_a_job_does(
    building_ring: BuildingRing, catalog: Catalog, tmp_path: Path
) -> None:
    own = "class Own(Exception): pass\ndef button(): raise Own('mine')"
    subject = gives("Subject(target=button, items=[Story()])", "from own import button")
    (tmp_path / "own.py").write_text(own)
    catalog.write({**SMALL, "forms/button/stories.py": subject})
    with pytest.raises(BuildFailed, match="Own: mine"):
        building_ring.build("kit", tmp_path / "site")
    assert {"kit", "own"}.isdisjoint(name.partition(".")[0] for name in sys.modules)


def test_a_same_size_edit_within_a_second_is_imported(
    building_ring: BuildingRing, catalog: Catalog, tmp_path: Path
) -> None:
    helper = tmp_path / "helper.py"
    found = []
    for word in ("one", "two", "six", "ten"):
        helper.write_text(f"WORD = {word!r}")
        os.utime(helper, (1_700_000_000, 1_700_000_000))
        found.append(building_ring.run(ring_jobs.attribute, "helper", "WORD"))
        # As an interpreter does that isn't told not to; for Python it stands for the next edit too.
        compile_to_bytecode(str(helper), invalidation_mode=PycInvalidationMode.TIMESTAMP)
    assert found == ["one", "two", "six", "ten"]


# Building.


async def test_both_builds_are_the_same_as_a_direct_one(
    building_ring: BuildingRing, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    building_ring.build("kit", tmp_path / "sync")
    await building_ring.build_async("kit", tmp_path / "async")
    manifests = [Manifest.read(tmp_path / folder) for folder in ("sync", "async")]
    assert manifests[0] is not None
    assert manifests[0] == manifests[1]
    assert "forms/button/refusal/index.html" in manifests[0].pages


def test_a_failed_build_tells_its_failures(
    building_ring: BuildingRing, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write({**SMALL, "forms/button/stories.py": "1 / 0"})
    with pytest.raises(BuildFailed) as raised:
        building_ring.build("kit", tmp_path / "site")
    (failure,) = raised.value.failures
    assert raised.value.written
    assert failure.path == "forms/button"
    assert failure.message == "ZeroDivisionError: division by zero"
    assert failure.file == str(catalog.folder / "forms/button/stories.py")
    assert failure.line == 1


def test_a_users_mistake_keeps_its_exit_code(building_ring: BuildingRing, tmp_path: Path) -> None:
    with pytest.raises(StorytimeError, match="no package 'no_such'") as raised:
        building_ring.build("no_such", tmp_path / "site")
    assert raised.value.exit_code == 2


# What jobs leave for later ones.


def test_only_the_latest_things_that_jobs_left_are_handed_on() -> None:
    carried = [*range(MOST_CARRIED - 1), [MOST_CARRIED]]
    with InterpreterRing(carry_over=(ring_jobs.left, ring_jobs.find)) as plain:
        plain.run(ring_jobs.leave, carried)
        wait_until(lambda: plain.run(ring_jobs.found) == carried, "all of it was found")
        plain.run(ring_jobs.leave, [0, [MOST_CARRIED], "new"])
        handed_on = [*carried[1:], "new"]
        wait_until(lambda: plain.run(ring_jobs.found) == handed_on, "what is new was found")


# Errors.


def test_whatever_a_job_ends_with_is_told_and_the_ring_goes_on(ring: InterpreterRing) -> None:
    for function, message in ring_jobs.ENDINGS.items():
        with pytest.raises(JobRaised, match=re.escape(message)):
            ring.run(function)
    for function in (ring_jobs.raise_hostile, ring_jobs.close_the_streams):
        try:
            assert ring.run(function) == "closed"
        except JobRaised as error:
            assert function is ring_jobs.raise_hostile, error
    assert ring.run(ring_jobs.echo, "on") == "on"


def test_a_job_that_is_named_is_not_imported_here(
    ring: InterpreterRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named_job.py").write_text("def double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert ring.run(Named("named_job:double"), 3) == 6
    assert "named_job" not in sys.modules


def test_nothing_is_a_result_like_any_other(ring: InterpreterRing) -> None:
    assert ring.run(ring_jobs.nothing) is None
    assert ring.run(ring_jobs.echo, None) is None


def test_what_can_not_be_sent_is_refused_at_once(ring: InterpreterRing) -> None:
    for function, argument in ((lambda _: None, 1), (ring_jobs.echo, object())):
        with pytest.raises(TypeError, match="expected"):
            ring.run(function, argument)
    assert ring.run(ring_jobs.echo, "on") == "on"


def test_failing_to_create_an_interpreter_is_explained_and_survived(
    ring: InterpreterRing,
) -> None:
    def works() -> bool:
        try:
            return bool(ring.run(ring_jobs.interpreter))
        except RingError as error:
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


async def test_a_job_that_stops_itself_is_never_given_up_however_slow_it_is(
    ring: InterpreterRing, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slowly = 3 * slot.STOPPING
    task = asyncio.create_task(ring.run_async(ring_jobs.write_slowly, tmp_path, slowly))
    await until((tmp_path / "0").exists, "the job began")
    task.cancel("no longer wanted")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.name for each in tmp_path.iterdir()] == ["0"]
    await ring.run_async(ring_jobs.nothing)
    assert not caplog.messages  # not even that it was stopped, since nobody has to know where


async def test_a_job_that_ends_although_it_is_cancelled_leaves_its_result(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    task = asyncio.create_task(ring.run_async(ring_jobs.finish_writing, tmp_path, "begun"))
    await until((tmp_path / "begun").exists, "the job began")
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    assert getattr(raised.value, "result", None) == "written"


async def test_a_job_that_is_asked_ends_when_it_checks_whether_to_stop(
    ring: InterpreterRing, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = asyncio.create_task(ring.run_async(ring_jobs.answer_questions, tmp_path, "begun"))
    await until((tmp_path / "begun").exists, "the job began")
    ring.ask_to_stop()
    with pytest.raises(JobStopped) as raised:
        await task
    assert raised.value.by_itself
    assert not caplog.messages


async def test_a_job_that_is_asked_and_never_checks_comes_to_its_end(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    job = ring.run_async(ring_jobs.note_and_stay, tmp_path, "begun", "go")
    task = asyncio.create_task(job)
    await until((tmp_path / "begun").exists, "the job began")
    ring.ask_to_stop()
    await asyncio.wait([task], timeout=3 * slot.STOPPING)
    assert not task.done()
    (tmp_path / "go").touch()
    assert await task == "ended"


async def test_the_running_job_tells_what_it_reported(
    ring: InterpreterRing, tmp_path: Path
) -> None:
    task = asyncio.create_task(ring.run_async(ring_jobs.write_slowly, tmp_path, 0.01))
    await until((tmp_path / "3").exists, "the job wrote")
    written = [value for kind, value in ring.reports() if kind == "wrote"]
    assert written[:3] == [0, 1, 2]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ring.reports() == []


@pytest.mark.parametrize("isolation", ["auto", "process"])
async def test_the_running_job_gets_what_it_is_told_and_no_other(isolation: Kind) -> None:
    values = [{"path": Path("/kit/f\N{LATIN SMALL LETTER U WITH DIAERESIS}r")}, ["a\nb"], "end"]
    with InterpreterRing(isolation=isolation) as ring:
        ring.tell("nobody")
        for _ in range(2):
            task = asyncio.create_task(ring.run_async(ring_jobs.answer_all, "end"))
            for number, value in enumerate(values, 1):
                await until(partial(has_reported, ring, number), "the job listened")
                ring.tell(value)
            assert await task == values


def has_reported(ring: InterpreterRing, times: int) -> bool:
    return len(ring.reports()) == times


def test_a_job_without_a_ring_is_told_nothing() -> None:
    assert told_to_job() == []


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


def test_objects_from_before_a_job_are_frozen_until_it_ends(
    tmp_path: Path,
) -> None:
    at_exit = tmp_path / "at exit"
    with BuildingRing() as ring:
        assert ring.run(ring_jobs.count_frozen, at_exit) > 10_000
    assert at_exit.read_text() == "0"
