"""Standbys: the slots of a ring."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

from .daemon_executor import DaemonExecutor
from .errors import RingError, StandbyFailed
from .isolation import Isolation
from .slot import Slot
from .wire import Function, decode, encode

SIZE = 2
"""Slots: one that works, one that stands by."""
LEAST = 0.3
"""Seconds that `close` gives each slot at least, so that a busy machine doesn't lose one."""
MOST_CARRIED = 256
"""How many items that jobs left for later jobs are handed on: the latest ones."""

CLOSED = "the interpreter ring is closed; make a new one"


class Standbys:
    """Makes, prepares and closes slots, in a thread of its own, so that nobody waits for that.

    `take` gives the next standby; `replace` closes it after its job and makes another one.
    """

    def __init__(self, name: str, isolation: Isolation, hand_on: Function | None) -> None:
        self._isolation, self._hand_on = isolation, hand_on
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._closed = False
        self._slots: set[Slot] = set()
        self._ready: SimpleQueue[Slot | RingError] = SimpleQueue()
        self._preparations: dict[Function, tuple[Any, ...]] = {}
        self._carried: dict[str, None] = {}
        self._numbers = count(1)
        self._keeper = DaemonExecutor(f"{name}-keeper")
        for _ in range(SIZE):
            self._keeper.submit(self._add)

    def take(self) -> Slot:
        """Wait for the next standby, which may still be warming up.

        Raises StandbyFailed if it can't be made, and RingError if the ring is closed.
        """
        standby = RingError(CLOSED) if self._closed else self._ready.get()
        if self._closed:
            raise RingError(CLOSED)
        if isinstance(standby, RingError):
            raise standby
        return standby

    def replace(self, used: Slot | None) -> None:
        """Close a slot that `take` gave (None if that raised), then make another one."""
        self._keeper.submit(partial(self._replace, used))

    def prepare(self, function: Function, arguments: tuple[Any, ...]) -> None:
        """Call a function in each standby, now and in future."""
        with self._lock:
            self._preparations[function] = arguments
            for slot in self._slots:
                slot.prepare(function, *arguments)

    def forget(self, function: Function) -> None:
        """Call the function in no further standby, and replace those that called it."""
        with self._making:  # no slot is between its preparation and the queue
            with self._lock:
                self._preparations.pop(function, None)
            with suppress(Empty):
                while not self._closed:
                    standby = self._ready.get_nowait()
                    self.replace(standby if isinstance(standby, Slot) else None)

    def stop(self) -> None:
        """Make no more slots, and give none."""
        with self._making:
            self._closed = True
        self._ready.put(RingError(CLOSED))  # for a job that waits for one

    def close(self, until: float) -> None:
        """Close all slots, after `stop`, if possible by that time (of `time.monotonic`)."""
        while not self._ready.empty():
            standby = self._ready.get()
            if isinstance(standby, Slot):
                standby.close()
        with self._lock:
            slots = list(self._slots)
        for slot in slots:
            slot.close(max(LEAST, until - time.monotonic()))
        self._keeper.close(max(LEAST, until - time.monotonic()))

    # In the keeper's thread.

    def _replace(self, used: Slot | None) -> None:
        if used:
            self._carry_over(used.collected)
            if used.close():
                self._isolation.note_memory()
            with self._lock:
                self._slots.discard(used)
        self._add()

    def _carry_over(self, collected: Sequence[Any]) -> None:
        new = [each for each in map(encode, collected) if each not in self._carried]
        if self._hand_on and new:
            self._carried.update(dict.fromkeys(new))
            self._carried = dict.fromkeys(list(self._carried)[-MOST_CARRIED:])
            self.prepare(self._hand_on, ([decode(each) for each in self._carried],))

    def _add(self) -> None:
        with self._making:  # so that `stop` comes before it, or `close` finds the slot
            if self._closed:
                return
            try:
                slot = self._isolation.new_slot(next(self._numbers))
            except Exception as error:
                self._ready.put(StandbyFailed(f"no interpreter can be made: {error}"))
                return
            with self._lock:
                self._slots.add(slot)
                for function, arguments in self._preparations.items():
                    slot.prepare(function, *arguments)
            self._ready.put(slot)
