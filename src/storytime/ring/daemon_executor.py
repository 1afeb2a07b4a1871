"""Lane: jobs that run one after the other in a daemon thread."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

type Queue = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
"""The jobs that wait, and None after the last."""


class Lane:
    """A thread of its own that does what it is given, in order.

    Unlike a `ThreadPoolExecutor`'s, its thread is a daemon and is not joined when the process
    ends, so that a job which never ends can't keep the process alive. It ends after the jobs that
    are queued when the lane is closed or dropped.
    """

    def __init__(self, name: str) -> None:
        self._jobs: Queue = SimpleQueue()
        self._thread = threading.Thread(target=_work, args=[self._jobs], name=name, daemon=True)
        self._thread.start()

    def submit[Result](self, job: Callable[[], Result]) -> Future[Result]:
        """Queues a job; its future gives what the job returns or raises."""
        future: Future[Result] = Future()
        self._jobs.put((future, job))
        return future

    def close(self, timeout: float) -> bool:
        """Ends the thread after the jobs that are queued; whether it ended within the seconds."""
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __del__(self) -> None:
        self._jobs.put(None)


def _work(jobs: Queue) -> None:
    while (item := jobs.get()) is not None:
        _do(*item)
        del item  # neither a result nor an exception's frames are to live until the next job


def _do[Result](future: Future[Result], job: Callable[[], Result]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = job()
    except BaseException as error:
        future.set_exception(error)
        del future  # else it would hold itself, by the frames of its exception
    else:
        future.set_result(result)
