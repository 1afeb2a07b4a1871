"""Listens for hostile stories: when their code begins, and which processes they start."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from .processes import process_name
from .servers import LONG

LEFT_RUNNING = "sleep"
"""The program that a hostile story leaves running."""


class HostileListener:
    """A port to which hostile code reports that it begins. `close` kills what it left running."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._begun: SimpleQueue[int] = SimpleQueue()
        self._processes: set[int] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_for(self, number: int) -> bool:
        """Wait until the hostile code with this number begins; return False after LONG seconds."""
        until = time.monotonic() + LONG
        with suppress(Empty):
            while self._begun.get(timeout=max(0.0, until - time.monotonic())) != number:
                pass
            return True
        return False

    def close(self) -> None:
        self._listener.close()
        for process in self._processes:
            with suppress(ProcessLookupError):
                if process_name(process) == LEFT_RUNNING:  # not a later process with this id
                    os.kill(process, signal.SIGKILL)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            with connection:
                number, process = connection.makefile().read().split() or (0, 0)
            if int(process):
                self._processes.add(int(process))
            self._begun.put(int(number))


@contextmanager
def listening() -> Iterator[HostileListener]:
    listener = HostileListener()
    try:
        yield listener
    finally:
        listener.close()
