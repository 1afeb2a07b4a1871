"""A ring that is used without the server, with subinterpreters and with processes."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storytime.ring import InterpreterRing, RingError
from storytime.ring.isolation import Kind

from .. import ring_jobs
from ..serving_support import LONG, ROOT, wait_until
from ..support import SOURCE, run_python


@pytest.fixture(params=["auto", "process"])
def isolation(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture
def ring(isolation: Kind) -> Iterator[InterpreterRing]:
    with InterpreterRing(isolation=isolation, timeout=LONG) as ring:
        yield ring


# The environment.


def test_a_job_sees_the_variables_of_its_caller_at_the_call(
    ring: InterpreterRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RING_CHANGED", "old")
    monkeypatch.setenv("RING_DELETED", "old")
    ring.run(ring_jobs.nothing)
    for slot in list(ring._standbys._slots):
        slot.wait_until_warm()
    monkeypatch.setenv("RING_CHANGED", "new")
    monkeypatch.delenv("RING_DELETED")
    assert ring.run(ring_jobs.variable, "RING_CHANGED") == "new"
    assert ring.run(ring_jobs.child_sees, "RING_CHANGED") == "new"
    assert ring.run(ring_jobs.variable, "RING_DELETED") is None


def test_a_job_does_not_set_its_callers_variables_back(
    ring: InterpreterRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RING_CHANGED", "old")
    monkeypatch.delenv("RING_ADDED", raising=False)
    for name, value in (("RING_CHANGED", "new"), ("RING_ADDED", None)):
        (tmp_path / "set").unlink(missing_ok=True)
        (tmp_path / "go").unlink(missing_ok=True)
        with ThreadPoolExecutor(1) as threads:
            arguments = name, "job", tmp_path, "go"
            job = threads.submit(ring.run, ring_jobs.set_variable_and_wait_for, *arguments)
            wait_until((tmp_path / "set").exists, "the job set the variable")
            if value:
                monkeypatch.setenv(name, value)
            (tmp_path / "go").touch()
            assert job.result(LONG) in ("job", value)
        assert os.environ.get(name) == value
        assert ring_jobs.child_sees(name) == (value or "")


def test_a_job_does_not_change_its_callers_time_zone(ring: InterpreterRing) -> None:
    before = time.localtime(0).tm_hour
    assert ring.run(ring_jobs.hour_in, "<+05>-5") == 5
    assert time.localtime(0).tm_hour == before


# The current folder.


def test_a_warm_up_that_fails_in_a_removed_folder_says_why(
    isolation: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)  # no Python starts with a relative one there
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    expected = r"can't be warmed: FileNotFoundError: .* \(the current folder was removed\)$"
    with (
        InterpreterRing(isolation=isolation, warm_up=os.getcwd) as ring,
        pytest.raises(RingError, match=expected),
    ):
        ring.run(ring_jobs.nothing)


# Preparing.


def test_what_is_forgotten_is_prepared_in_no_standby(ring: InterpreterRing) -> None:
    ring.prepare(ring_jobs.find, ["one"])
    assert ring.run(ring_jobs.found) == ["one"]
    ring.forget(ring_jobs.find)
    assert [ring.run(ring_jobs.found) for _ in range(3)] == [[], [], []]


# Ends.


def test_to_prepare_a_closed_ring_is_refused(isolation: Kind) -> None:
    with InterpreterRing(isolation=isolation) as ring:
        pass
    with pytest.raises(RingError, match="the interpreter ring is closed; make a new one"):
        ring.prepare(ring_jobs.nothing)


def test_ctrl_c_while_a_job_runs_stops_it(ring: InterpreterRing, tmp_path: Path) -> None:
    def press() -> None:
        wait_until((tmp_path / "begun").exists, "the job began")
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        ring.run(ring_jobs.note_and_spin, tmp_path, "begun")
    pressing.join()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(ring.run, ring_jobs.echo, "on").result(LONG / 2) == "on"


def test_a_job_that_forks_and_returns_twice_gives_its_own_result() -> None:
    with InterpreterRing(isolation="process") as ring:
        process, same = ring.run(ring_jobs.fork_and_return)
        assert process == same
        assert ring.run(ring_jobs.echo, "on") == "on"


def test_a_refusal_names_the_package_that_its_user_knows() -> None:
    said: list[str] = []
    with InterpreterRing(on_notice=said.append) as ring:
        ring.run(ring_jobs.attribute, "websockets.speedups", "__name__")
    assert said == [
        "websockets refuses to work in a subinterpreter; jobs run in processes from now on"
        " (isolation 'process' starts with them)"
    ]


# The end of the process.

SCRIPT = """
import atexit, signal, sys
from storytime.ring import InterpreterRing
from tests import ring_jobs

atexit.register(print, "first handler")
if __name__ == "__main__":
    with InterpreterRing() as ring:
        ring.run(getattr(ring_jobs, sys.argv[1]))
    atexit.register(print, "last handler")
    sys.stdout.write("end of script, ")
    {end}
"""

ENDS = {
    "sys.exit(3)": (3, ""),
    "raise SystemExit": (0, ""),
    "sys.exit('told')": (1, "told\n"),
    "raise ValueError('mine')": (1, "ValueError: mine\n"),
    "signal.raise_signal(signal.SIGINT)": (-signal.SIGINT, "KeyboardInterrupt\n"),
    "pass": (0, ""),
}
"""How a script ends; its exit status, and how its standard error ends."""


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "job",
    [
        ring_jobs.nothing,
        ring_jobs.leave_a_waiting_thread,
        ring_jobs.leave_a_timer,
        ring_jobs.leave_a_sleeping_thread,
        ring_jobs.leave_a_waiting_worker,
        ring_jobs.leave_a_sleeping_exit_handler,
    ],
    ids=lambda job: str(job.__name__),
)
def test_a_process_ends_regularly_although_a_job_left_a_thread(
    job: Callable[[], None], end: str, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT.replace("{end}", end))
    command = "-X", "dev", "-W", "error", "script.py", str(job.__name__)
    path = f"{ROOT}:{SOURCE}"
    ended = run_python(*command, cwd=tmp_path, env={"PYTHONPATH": path}, timeout=LONG)
    status, last = ENDS[end]
    assert ended.stdout == "end of script, last handler\nfirst handler\n"
    assert ended.returncode == status, ended.stderr
    assert ended.stderr.endswith(last)
    told = [line for line in ended.stderr.splitlines() if "Warning" in line or "Fatal" in line]
    assert told == []
