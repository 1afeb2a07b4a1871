"""Isolation: makes a ring's slots, subinterpreters or processes."""

import logging
import os
import resource
import sys
from collections.abc import Callable
from typing import Literal

from .interpreter_executor import LEAKS, missing
from .process import ProcessSlot
from .slot import Slot
from .subinterpreter import InterpreterSlot
from .wire import Setup

type Kind = Literal["auto", "process"]
"""Subinterpreters as long as they will do; or processes always."""

MOST_INTERPRETERS = 2
"""Subinterpreters that may exist at once, including those that were given up."""
MEMORY_BOUND = 256
"""MB that closed interpreters may leak (Python 3.13)."""

MEGABYTE = 1_000_000

logger = logging.getLogger(__name__)


class Isolation:
    """Makes the slots of a ring.

    They are subinterpreters until a module refuses to be used in one, or closed ones have leaked
    too much memory; from then on they are processes. Interpreters that were given up, which nobody
    can end, count as if they were in use: beyond two interpreters slots are processes, which can be
    killed.

    `tell` is called with a sentence for people when that begins.
    """

    def __init__(
        self,
        setup: Setup,
        kind: Kind = "auto",
        memory_bound: float = MEMORY_BOUND,
        tell: Callable[[str], None] = logger.warning,
    ) -> None:
        self._setup, self._tell = setup, tell
        self._always = kind == "process"
        self._bound = memory_bound * MEGABYTE
        self._has_told_of_given_up = False
        self._interpreters: list[InterpreterSlot] = []
        self._at_start = 0
        if not self._always and (what := missing()):
            self.use_processes(f"this Python can't be used with subinterpreters: {what}")

    def new_slot(self, number: int) -> Slot:
        """Make the slot for the ring's job of that number, which labels its output."""
        name, label = self._setup.name, f"{self._setup.noun} {number}"
        self._interpreters = [each for each in self._interpreters if each.is_alive()]
        if self._always or len(self._interpreters) >= MOST_INTERPRETERS:
            self._tell_of_given_up()
            return ProcessSlot(f"{name}-process-{number}", self._setup, label)
        slot = InterpreterSlot(f"{name}-interpreter-{number}", self._setup, label)
        self._interpreters.append(slot)
        return slot

    def suits(self, slot: Slot) -> bool:
        """Return True if the slot may still be used."""
        return isinstance(slot, ProcessSlot) or not self._always

    def use_processes(self, why: str) -> None:
        """Make only processes from now on."""
        if not self._always:
            self._always = True
            self._tell(
                f"{why}; {self._setup.noun}s run in processes from now on (isolation 'process'"
                " starts with them)"
            )

    def note_memory(self) -> None:
        """Check the memory after an interpreter was closed."""
        if LEAKS and not self._always:
            self._at_start = self._at_start or resident()
            if (leaked := resident() - self._at_start) > self._bound:
                self.use_processes(
                    f"closed subinterpreters left {leaked / MEGABYTE:.0f} MB behind (Python 3.13"
                    " leaks memory per subinterpreter)"
                )

    def _tell_of_given_up(self) -> None:
        given_up, noun = sum(each.given_up for each in self._interpreters), self._setup.noun
        if given_up >= MOST_INTERPRETERS and not (self._has_told_of_given_up or self._always):
            self._has_told_of_given_up = True
            self._tell(
                f"{given_up} {noun}s left code that can't be ended; {noun}s run in processes as"
                " long as it runs"
            )


def resident() -> int:
    """Return the resident memory of this process in bytes; the maximum so far if not on Linux."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024  # of getrusage(2)'s ru_maxrss
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
