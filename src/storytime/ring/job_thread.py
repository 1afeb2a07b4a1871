"""JobThread: a thread that runs a ring's jobs one after the other."""

import logging
from concurrent.futures import Future
from functools import partial
from typing import Any

from .daemon_executor import DaemonExecutor
from .errors import NeedsProcess, StandbyFailed
from .isolation import Isolation
from .slot import Slot, stop
from .standbys import SIZE, Standbys

logger = logging.getLogger(__name__)


class JobThread(DaemonExecutor):
    """Runs the jobs in order, each in the next standby that can. `slot` is the running job's.

    If jobs of two threads wait for a standby, those of one that `yields` wait longer. `timeout` is
    the maximum duration of a job in seconds (None: no limit).
    """

    def __init__(
        self,
        name: str,
        standbys: Standbys,
        isolation: Isolation,
        timeout: float | None,
        *,
        yields: bool = False,
    ) -> None:
        self.slot: Slot | None = None
        self._running: Future[str] | None = None
        self._standbys, self._isolation = standbys, isolation
        self._timeout, self._yields = timeout, yields
        super().__init__(name)

    def submit_job(self, stopped: Future[str], target: str, arguments: str) -> Future[Any]:
        """Queue a job. The arguments, and what the future may raise, are those of `Slot.run`."""
        return self.submit(partial(self._run, stopped, target, arguments))

    def stop(self, why: str) -> bool:
        """Stop the running job; return False if there is none."""
        if (running := self._running) is None:
            return False
        stop(running, why)
        return True

    def _run(self, stopped: Future[str], target: str, arguments: str) -> Any:
        """Run a job, in this thread.

        All standbys may have been killed, so only the failure of one more is raised; the others
        are logged.
        """
        failures = 0
        self._running = stopped
        try:
            while True:
                try:
                    return self._run_in_next(stopped, target, arguments)
                except NeedsProcess as error:
                    self._isolation.use_processes(error.message)
                except StandbyFailed as error:
                    failures += 1
                    if failures > SIZE or self._standbys.is_closed:
                        raise
                    logger.warning("%s", error)
        finally:
            self._running = None

    def _run_in_next(self, stopped: Future[str], target: str, arguments: str) -> Any:
        slot = self.slot = self._standbys.take(stopped, yields=self._yields)
        try:
            return slot.run(target, arguments, stopped, self._timeout)
        finally:
            self.slot = None
            self._standbys.replace(slot)
