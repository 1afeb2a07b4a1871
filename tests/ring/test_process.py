"""ProcessSlot and the ring's choice between processes and subinterpreters."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from storytime.errors import StorytimeError
from storytime.ring import InterpreterRing
from storytime.ring.errors import JobStopped, RingError
from storytime.ring.interpreter_executor import LEAKS
from storytime.ring.isolation import Isolation
from storytime.ring.process import ProcessSlot, ending
from storytime.ring.progress import Progress, line, read_lines
from storytime.ring.slot import CLEARING
from storytime.ring.wire import Setup, encode, importable_name

from .. import ring_jobs
from ..serving_support import LONG, ROOT, alive, wait_until, within


@pytest.fixture
def slot() -> Iterator[ProcessSlot]:
    slot = ProcessSlot("slot", SETUP, "label")
    yield slot
    assert slot.close(LONG)


SETUP = Setup(
    loggers=("storytime",),
    warm_up="storytime.build.warm_up:warm_up",
    error_types=("storytime.errors:StorytimeError",),
)


def run(slot: ProcessSlot, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return slot.run(importable_name(function), encode(arguments), **options)


def test_a_job_runs_in_another_process_whose_path_is_this_ones(slot: ProcessSlot) -> None:
    slot.wait_until_warm()
    pid, path = run(slot, ring_jobs.process_and_path)
    assert pid != os.getpid()
    assert path[0] == str(ROOT)


def test_an_endless_exit_handler_is_not_waited_for_long() -> None:
    def closing(_: int) -> float:
        slot = ProcessSlot("slot", SETUP, "label")
        run(slot, ring_jobs.leave_an_exit_handler)
        began = time.monotonic()
        assert slot.close()
        return time.monotonic() - began

    within(4 * CLEARING, closing)


def test_what_a_job_raises_arrives(slot: ProcessSlot) -> None:
    with pytest.raises(StorytimeError, match="no such package") as raised:
        run(slot, ring_jobs.raise_storytime_error)
    assert raised.value.exit_code == 2


def test_what_a_job_logs_and_prints_arrives_and_only_prints_are_labelled(
    slot: ProcessSlot, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "storytime")
    levels = run(slot, ring_jobs.levels_and_lines, "it says")
    assert levels[0] == logging.INFO
    run_prints = "label | printed"
    wait_until(lambda: run_prints in capfd.readouterr().err, "what was printed arrived")


def test_a_process_that_dies_tells_what_it_was_doing(slot: ProcessSlot) -> None:
    with pytest.raises(JobStopped) as raised:
        run(slot, ring_jobs.say_and_die, "forms/button", "/project/kit/button.py")
    assert raised.value.latest == ("at", "forms/button")
    assert raised.value.why == "the job's process was ended with exit code 3"
    assert raised.value.reports[-1] == ("uses", "/project/kit/button.py")


def test_a_process_that_dies_before_its_job_can_not_be_warmed() -> None:
    slot = ProcessSlot("slot", SETUP)
    os.kill(slot._process.pid, signal.SIGKILL)
    with pytest.raises(RingError, match="slot was ended by SIGKILL before its job began"):
        slot.wait_until_warm()
    assert slot.close()


def test_a_job_whose_process_dies_before_it_begins_runs_in_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with InterpreterRing(isolation="process") as ring, ThreadPoolExecutor(1) as threads:
        ring.run(ring_jobs.nothing)
        slots: list[Any] = []

        def stand_by() -> bool:
            slots[:] = ring._standbys._slots
            return [slot._used for slot in slots] == [False, False]

        wait_until(stand_by, "two processes stand by")
        for slot in slots:
            slot.wait_until_warm()
            os.kill(slot._process.pid, signal.SIGSTOP)
        job = threads.submit(ring.run, ring_jobs.echo, "ran")
        wait_until(lambda: any(slot._used for slot in slots), "a process was given the job")
        for slot in slots:
            os.kill(slot._process.pid, signal.SIGKILL)
        assert job.result(LONG) == "ran"
    names = sorted(slot.name for slot in slots)
    assert sorted(record.message for record in caplog.records) == [
        f"{name} was ended by SIGKILL before its job began" for name in names
    ]


def test_a_job_that_no_process_lives_to_begin_is_given_up(tmp_path: Path) -> None:
    with InterpreterRing(isolation="process") as ring:
        ring.prepare(ring_jobs.kill_the_process)
        with pytest.raises(RingError, match="was ended by SIGKILL"):
            ring.run(ring_jobs.note, tmp_path, "ran")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("job", [ring_jobs.note_and_spin, ring_jobs.note_and_stay])
def test_a_job_that_takes_too_long_is_stopped_and_its_place_told(
    slot: ProcessSlot, tmp_path: Path, job: Callable[..., Any]
) -> None:
    slot.wait_until_warm()
    more = ["never"] if job is ring_jobs.note_and_stay else []
    with pytest.raises(JobStopped, match=r"took longer than 0\.3 s") as raised:
        run(slot, job, tmp_path, "begun", *more, timeout=0.3)
    assert raised.value.stack["file"] == ring_jobs.__file__
    assert slot.close()
    assert not slot.is_alive()


def test_a_closed_slot_takes_what_its_job_started_with_it(
    slot: ProcessSlot, tmp_path: Path
) -> None:
    pid = run(slot, ring_jobs.start_a_process)
    slot.close()

    def is_gone() -> bool:
        listed = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False
        )
        return listed.stdout.strip()[:1] in (b"", b"Z")

    wait_until(is_gone, "the job's own process ended")


@pytest.mark.parametrize(
    ("code", "how"), [(0, "with exit code 0"), (-11, "by SIGSEGV"), (-250, "by signal 250")]
)
def test_the_end_of_a_process_is_told_in_words(code: int, how: str) -> None:
    assert ending(code) == how


def test_progress_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    progress = Progress()
    data = [
        line("at", "a", b", 1]\n"),
        line("uses", "/f.py"),
        line("at", "b", b", 1]\n"),
        b'["at", "c',
        b"5\n",
        b"\xff\n",
    ]
    for entry in read_lines(data):
        progress.take(entry)
    assert (progress.latest, progress.reports) == (("at", "b"), [("uses", "/f.py")])


# Which kind of slot a ring makes.


def test_a_ring_of_processes_makes_no_interpreter() -> None:
    with InterpreterRing(isolation="process") as ring:
        pids = [ring.run(ring_jobs.process_and_path)[0] for _ in range(3)]
        assert alive() == set()
    assert len({*pids, os.getpid()}) == 4


def test_a_module_that_refuses_subinterpreters_switches_to_processes() -> None:
    said: list[str] = []
    with InterpreterRing(on_notice=said.append) as ring:
        assert ring.run(ring_jobs.interpreter) > 0
        for _ in range(3):
            assert ring.run(ring_jobs.main_interpreter_only) == "done"
        assert ring.run(ring_jobs.interpreter) == 0
    (notice,) = said
    assert "refuses to work in a subinterpreter; jobs run in processes from now on" in notice
    assert "fork not supported for isolated subinterpreters" in notice


def test_a_refused_module_counts_even_if_its_import_error_is_caught() -> None:
    said: list[str] = []
    with InterpreterRing(on_notice=said.append) as ring:
        assert ring.run(ring_jobs.numpy_or_nothing) == "numpy"
    assert "numpy" in said[0]


@pytest.mark.parametrize("how", ["signal", "set_wakeup_fd", "add_signal_handler"])
def test_setting_a_signal_handler_switches_even_if_the_error_is_caught(how: str) -> None:
    said: list[str] = []
    with InterpreterRing(on_notice=said.append) as ring:
        assert ring.run(ring_jobs.set_signal_handler, how) == "handled"
    name = "set_wakeup_fd" if how == "add_signal_handler" else how
    assert said[0].startswith(f"signal.{name} (called in ")


def test_what_works_beside_the_main_thread_does_not_switch() -> None:
    said: list[str] = []
    with InterpreterRing(on_notice=said.append) as ring:
        assert ring.run(ring_jobs.is_main_thread)
        assert ring.run(ring_jobs.signal_in_thread) == "ValueError"
    assert said == []


@pytest.mark.parametrize("bound", [0.001, 100_000])
def test_leaked_memory_above_the_bound_switches_to_processes(
    bound: float,
) -> None:
    said: list[str] = []
    with InterpreterRing(memory_bound=bound, on_notice=said.append) as ring:
        for _ in range(6):
            ring.run(ring_jobs.nothing)
        where = ring.run(ring_jobs.interpreter)
    if LEAKS and bound < 1:
        assert where == 0
        assert "closed subinterpreters left" in said[0]
    else:
        assert where > 0
        assert said == []


def test_abandoned_interpreters_count_so_the_next_slots_are_processes(
    tmp_path: Path,
) -> None:
    isolation = Isolation(SETUP, tell=lambda text: None)
    made: list[Any] = []
    thread = threading.Thread(
        target=lambda: made.extend(isolation.new_slot(n) for n in range(3)), daemon=True
    )
    thread.start()
    thread.join()
    kinds = [type(each).__name__ for each in made]
    assert kinds == ["InterpreterSlot", "InterpreterSlot", "ProcessSlot"]
    for each in made:
        each.wait_until_warm()
        assert each.close(LONG)


def test_a_job_runs_in_the_folder_that_is_current_when_it_is_given(
    slot: ProcessSlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot.wait_until_warm()
    monkeypatch.chdir(tmp_path)
    assert run(slot, os.getcwd) == str(tmp_path)
