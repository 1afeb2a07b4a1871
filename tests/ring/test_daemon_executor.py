"""DaemonExecutor: one daemon thread that runs one job after the other."""

import threading
import weakref
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path

import pytest

from storytime.ring.daemon_executor import DaemonExecutor

from ..serving_support import LONG, wait_until
from ..support import run_python


def test_jobs_run_in_order_in_one_thread_that_is_a_daemon() -> None:
    executor = DaemonExecutor("thread")
    ran: list[int] = []

    def run(number: int) -> threading.Thread:
        ran.append(number)
        return threading.current_thread()

    threads = [executor.submit(partial(run, number)) for number in range(9)]
    used = {future.result(LONG) for future in threads}
    assert ran == list(range(9))
    assert [(thread.name, thread.daemon) for thread in used] == [("thread", True)]
    assert executor.close(LONG)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, StopIteration])
def test_what_a_job_raises_is_its_futures_and_the_next_one_runs(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error("told")

    executor = DaemonExecutor("thread")
    failing, following = executor.submit(fail), executor.submit(lambda: "ran")
    raised = failing.exception(LONG)
    assert type(raised) is error
    assert str(raised) == "told"
    assert following.result(LONG) == "ran"
    assert executor.close(LONG)


def test_a_job_that_is_cancelled_while_it_waits_never_runs() -> None:
    executor, go, ran = DaemonExecutor("thread"), threading.Event(), []
    executor.submit(lambda: go.wait(LONG))
    cancelled, last = executor.submit(lambda: ran.append("cancelled")), executor.submit(lambda: 1)
    assert cancelled.cancel()
    go.set()
    assert last.result(LONG) == 1
    assert ran == []
    with pytest.raises(CancelledError):
        cancelled.result(0)
    assert executor.close(LONG)


class Result:
    """Something that can be watched as it goes."""


@pytest.mark.parametrize("ends", ["result", "exception"])
def test_nothing_of_a_job_lives_on_once_it_is_taken(ends: str) -> None:
    def job() -> Result:
        result = Result()
        kept.append(weakref.ref(result))
        if ends == "exception":
            raise ValueError(result)
        return result

    kept: list[weakref.ref[Result]] = []
    executor = DaemonExecutor("thread")
    future = executor.submit(job)
    future.exception(LONG)
    del future
    wait_until(lambda: kept[0]() is None, "it went")
    assert executor.close(LONG)


def test_close_waits_for_queued_jobs_up_to_its_timeout() -> None:
    executor, go = DaemonExecutor("thread"), threading.Event()
    executor.submit(lambda: go.wait(LONG))
    last = executor.submit(lambda: "ran")
    assert not executor.close(0.01)
    go.set()
    assert executor.close(LONG)
    assert last.result(0) == "ran"


def test_an_executor_that_is_dropped_ends_its_thread() -> None:
    executor = DaemonExecutor("thread")
    thread = executor.submit(threading.current_thread).result(LONG)
    del executor
    thread.join(LONG)
    assert not thread.is_alive()


def test_a_job_that_never_ends_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    script = """
import threading
from storytime.ring.daemon_executor import DaemonExecutor

begun = threading.Event()
executor = DaemonExecutor("thread")
executor.submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
print(executor.close(0))
"""
    ended = run_python("-c", script, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "False\n", "")
