"""Lane: one daemon thread, one job after the other."""

import threading
import weakref
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path

import pytest

from storytime.ring.daemon_executor import Lane

from ..serving_support import LONG, wait_until
from ..support import run_python


def test_jobs_run_in_order_in_one_thread_that_is_a_daemon() -> None:
    lane = Lane("lane")
    ran: list[int] = []

    def run(number: int) -> threading.Thread:
        ran.append(number)
        return threading.current_thread()

    threads = [lane.submit(partial(run, number)) for number in range(9)]
    used = {future.result(LONG) for future in threads}
    assert ran == list(range(9))
    assert [(thread.name, thread.daemon) for thread in used] == [("lane", True)]
    assert lane.close(LONG)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, StopIteration])
def test_what_a_job_raises_is_its_futures_and_the_next_one_runs(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error("told")

    lane = Lane("lane")
    failing, following = lane.submit(fail), lane.submit(lambda: "ran")
    raised = failing.exception(LONG)
    assert type(raised) is error
    assert str(raised) == "told"
    assert following.result(LONG) == "ran"
    assert lane.close(LONG)


def test_a_job_that_is_cancelled_while_it_waits_never_runs() -> None:
    lane, go, ran = Lane("lane"), threading.Event(), []
    lane.submit(lambda: go.wait(LONG))
    cancelled, last = lane.submit(lambda: ran.append("cancelled")), lane.submit(lambda: 1)
    assert cancelled.cancel()
    go.set()
    assert last.result(LONG) == 1
    assert ran == []
    with pytest.raises(CancelledError):
        cancelled.result(0)
    assert lane.close(LONG)


class Result:
    """Something that can be watched as it goes."""


@pytest.mark.parametrize("ends", ["result", "exception"])
def test_nothing_of_a_job_lives_on_in_the_lane_once_it_is_taken(ends: str) -> None:
    def job() -> Result:
        result = Result()
        kept.append(weakref.ref(result))
        if ends == "exception":
            raise ValueError(result)
        return result

    kept: list[weakref.ref[Result]] = []
    lane = Lane("lane")
    future = lane.submit(job)
    future.exception(LONG)
    del future
    wait_until(lambda: kept[0]() is None, "it went")
    assert lane.close(LONG)


def test_close_waits_for_queued_jobs_up_to_its_timeout() -> None:
    lane, go = Lane("lane"), threading.Event()
    lane.submit(lambda: go.wait(LONG))
    last = lane.submit(lambda: "ran")
    assert not lane.close(0.01)
    go.set()
    assert lane.close(LONG)
    assert last.result(0) == "ran"


def test_a_lane_that_is_dropped_ends_its_thread() -> None:
    lane = Lane("lane")
    thread = lane.submit(threading.current_thread).result(LONG)
    del lane
    thread.join(LONG)
    assert not thread.is_alive()


def test_a_job_that_never_ends_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    script = """
import threading
from storytime.ring.daemon_executor import Lane

begun = threading.Event()
lane = Lane("lane")
lane.submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
print(lane.close(0))
"""
    ended = run_python("-c", script, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "False\n", "")
