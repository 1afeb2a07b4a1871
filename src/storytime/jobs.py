"""Job: what a ring is given to do."""

import threading
from collections.abc import Callable
from typing import Any

from .slots import Slot, importable_name
from .worker import encode


class Job:
    """A function's call, which runs in a slot, and may be interrupted before and meanwhile."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._target, self._arguments = importable_name(function), encode(arguments)
        self._lock = threading.Lock()
        self._slot: Slot | None = None
        self._why = ""

    def run_in(self, slot: Slot, timeout: float | None) -> Any:
        with self._lock:
            self._slot = slot
            if self._why:
                slot.interrupt(self._why)
        return slot.run(self._target, self._arguments, timeout)

    def interrupt(self, why: str) -> None:
        """Ends it, wherever it runs: its caller gets a JobStopped."""
        with self._lock:
            self._why = why
            if self._slot:
                self._slot.interrupt(why)
