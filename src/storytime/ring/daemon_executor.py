"""DaemonExecutor: runs jobs one after the other in a daemon thread."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

type Queue = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
"""The jobs that wait, and None after the last."""


class DaemonExecutor:
    """A thread that runs the submitted jobs in order.

    A `ThreadPoolExecutor` joins its thread when the process exits, and so waits for a job that
    never ends; this thread is a daemon. It ends after the queued jobs when the executor is closed
    or dropped.
    """

    def __init__(self, name: str) -> None:
        self._jobs: Queue = SimpleQueue()
        self._thread = threading.Thread(target=_work, args=[self._jobs], name=name, daemon=True)
        self._thread.start()

    def submit[Result](self, job: Callable[[], Result]) -> Future[Result]:
        """Queue a job. The future gets what the job returns or raises."""
        future: Future[Result] = Future()
        self._jobs.put((future, job))
        return future

    def close(self, timeout: float) -> bool:
        """End the thread after the queued jobs; return True if it ended within the seconds."""
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __del__(self) -> None:
        self._jobs.put(None)


def _work(jobs: Queue) -> None:
    while (item := jobs.get()) is not None:
        future, job = item
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)
        del item, future, job  # their results and frames must not live until the next job
