"""Isolation: which kind of slot a ring makes next, a subinterpreter or a process."""

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
"""Subinterpreters that may be there at once, those included that were given up."""
MEMORY_BOUND = 256
"""MB that closed interpreters may leave behind, where a Python does not give all back (3.13)."""

MEGABYTE = 1_000_000

logger = logging.getLogger(__name__)


class Isolation:
    """Makes the slots of a ring.

    They are subinterpreters until something shows that these won't do: a module that refuses them,
    memory that they leave behind. From then on they are processes, for good. And where slots had to
    be given up, which nobody can end, they count as if they were in use; so a server never has more
    than two subinterpreters, and the slots beyond that are processes, which can be killed.

    `tell` is called with a text for people when that begins.
    """

    def __init__(
        self,
        setup: Setup,
        kind: Kind = "auto",
        memory_bound: float = MEMORY_BOUND,
        tell: Callable[[str], None] = logger.warning,
    ) -> None:
        self._setup = setup
        self._always = kind == "process"
        self._bound = memory_bound * MEGABYTE
        self._tell = tell
        self._told_of_given_up = False
        self._interpreters: list[InterpreterSlot] = []
        self._at_start: int | None = None
        if not self._always and (what := missing()):
            self._use_processes(f"this Python can't be used with subinterpreters: {what}")

    def new_slot(self, number: int) -> Slot:
        """The slot for a ring's job of that number, which is in its name and labels its output."""
        name, label = self._setup.name, f"{self._setup.noun} {number}"
        self._interpreters = [each for each in self._interpreters if each.is_alive()]
        if self._always or len(self._interpreters) >= MOST_INTERPRETERS:
            self._tell_of_given_up()
            return ProcessSlot(f"{name}-process-{number}", self._setup, label)
        slot = InterpreterSlot(f"{name}-interpreter-{number}", self._setup, label)
        self._interpreters.append(slot)
        return slot

    def suits(self, slot: Slot) -> bool:
        """Whether the slot may still be used."""
        return isinstance(slot, ProcessSlot) or not self._always

    def refused(self, what: str) -> None:
        """Something can't be used in a subinterpreter."""
        self._use_processes(f"{what} refuses to work in a subinterpreter")

    def note_memory(self) -> None:
        """To be called when an interpreter was closed."""
        if not LEAKS or self._always:
            return
        now = resident()
        if self._at_start is None:
            self._at_start = now
        elif now - self._at_start > self._bound:
            grown = (now - self._at_start) / MEGABYTE
            self._use_processes(
                f"closed subinterpreters left {grown:.0f} MB behind (this Python does not give all"
                " back)"
            )

    def _use_processes(self, why: str) -> None:
        if not self._always:
            self._always = True
            self._tell(f"{why}; {self._setup.noun}s run in processes from now on")

    def _tell_of_given_up(self) -> None:
        given_up = sum(each.given_up for each in self._interpreters)
        if given_up >= MOST_INTERPRETERS and not self._told_of_given_up and not self._always:
            self._told_of_given_up = True
            self._tell(
                f"{given_up} {self._setup.noun}s left code that can't be ended; {self._setup.noun}s"
                " run in processes as long as it runs"
            )


def resident() -> int:
    """The bytes of memory that this process takes; where no system tells, at the most so far."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024  # of getrusage(2)'s ru_maxrss
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
