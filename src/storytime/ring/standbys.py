"""Standbys: the slots of a ring."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from itertools import count
from typing import Any

from .daemon_executor import DaemonExecutor
from .errors import JobStopped, RingError, StandbyFailed
from .isolation import Isolation
from .slot import Slot
from .wire import Function, decode, encode

SIZE = 2
"""Slots: one that works, and one that stands by or works beside it."""
LEAST = 0.3
"""Seconds that `close` gives each slot at least, so that a busy machine doesn't lose one."""
MOST_CARRIED = 256
"""How many items that jobs left for later jobs are handed on: the latest ones."""

CLOSED = "the interpreter ring is closed; make a new one"


class Standbys:
    """Makes, prepares and closes slots, in a thread of its own, so that nobody waits for that.

    `take` gives the next standby; `replace` closes it after its job and makes another one. The
    second slot is made when the first was taken: if both warmed up at once, both would be late.
    """

    def __init__(self, name: str, isolation: Isolation, hand_on: Function | None) -> None:
        self._isolation, self._hand_on = isolation, hand_on
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._closed: Future[None] = Future()
        self._slots: set[Slot] = set()
        self._changed = threading.Condition()
        self._ready: deque[Slot | RingError] = deque()
        self._first = 0  # how many jobs wait that don't yield
        self._preparations: dict[Function, tuple[Any, ...]] = {}
        self._carried: dict[str, None] = {}
        self._numbers = count(1)
        self._keeper = DaemonExecutor(f"{name}-keeper")
        self._keeper.submit(self._add)
        self._second = threading.Lock()  # is held once the second slot was ordered

    @property
    def is_closed(self) -> bool:
        return self._closed.done()

    def take(self, stopped: Future[str], *, yields: bool = False) -> Slot:
        """Wait for the next standby that can be used, until it is warm.

        One that `yields` gets none while one waits that doesn't. Raises StandbyFailed or
        NeedsProcess if the standby can't be made or warmed, RingError if the ring is closed, and
        JobStopped, without taking any, as soon as `stopped` has a result, which is the reason.
        """
        stopped.add_done_callback(lambda _: self._tell())
        while True:
            standby = self._next(stopped, yields=yields)
            try:
                if isinstance(standby, RingError):
                    raise standby
                if self._isolation.suits(standby):
                    standby.wait_until_warm()
                    if not stopped.done():
                        self._make_second()
                        return standby
                    self._put(standby, first=True)
                    continue
            except BaseException:
                self.replace(standby if isinstance(standby, Slot) else None)
                raise
            self.replace(standby)

    def _make_second(self) -> None:
        if self._second.acquire(blocking=False):
            self._keeper.submit(self._add)

    @property
    def has_next(self) -> bool:
        """Whether the next `take` needn't wait."""
        with self._changed:
            standby = self._ready[0] if self._ready else None
        return standby is not None and not (isinstance(standby, Slot) and standby.is_warming)

    def wait_for_next(self) -> None:
        """Wait until the next standby is warm, or has failed to be, and leave it to `take`.

        Raises RingError if the ring is closed.
        """
        standby = self._next(Future(), yields=False)
        try:
            if isinstance(standby, Slot):
                standby.wait_while_warming(self._closed)
        finally:
            self._put(standby, first=True)

    def _next(self, stopped: Future[str], *, yields: bool) -> Slot | RingError:
        with self._changed:
            self._first += not yields
            try:
                self._changed.wait_for(
                    lambda: (
                        self.is_closed
                        or stopped.done()
                        or (self._ready and not (yields and self._first))
                    )
                )
            finally:
                self._first -= not yields
                self._changed.notify_all()
            if self.is_closed:
                raise RingError(CLOSED)
            if stopped.done():
                raise JobStopped(stopped.result())
            return self._ready.popleft()

    def _put(self, standby: Slot | RingError, *, first: bool = False) -> None:
        with self._changed:
            (self._ready.appendleft if first else self._ready.append)(standby)
            self._changed.notify_all()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

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
            for standby in self._drained():
                self.replace(standby if isinstance(standby, Slot) else None)

    def stop(self) -> None:
        """Make no more slots, and give none."""
        with self._making, self._changed:
            self._closed.set_result(None)
            self._changed.notify_all()

    def close(self, until: float) -> None:
        """Close all slots, after `stop`, if possible by that time (of `time.monotonic`)."""
        for standby in self._drained():
            if isinstance(standby, Slot):
                standby.close()
        with self._lock:
            slots = list(self._slots)
        for slot in slots:
            slot.close(max(LEAST, until - time.monotonic()))
        self._keeper.close(max(LEAST, until - time.monotonic()))

    def _drained(self) -> list[Slot | RingError]:
        with self._changed:
            standbys = list(self._ready)
            self._ready.clear()
        return standbys

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
            if self.is_closed:
                return
            try:
                slot = self._isolation.new_slot(next(self._numbers))
            except Exception as error:
                self._put(StandbyFailed(f"no interpreter can be made: {error}"))
                return
            with self._lock:
                self._slots.add(slot)
                for function, arguments in self._preparations.items():
                    slot.prepare(function, *arguments)
            self._put(slot)
