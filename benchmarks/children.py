"""Child processes that answer each line on their standard input with a line of output."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .processes import environment


@dataclass
class Child:
    what: str
    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self) -> str:
        """Send an empty line and return the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        """Return the next line of output; raise RuntimeError if the process has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.what} has ended; its error output is above")
        return line.rstrip("\n")


@contextmanager
def child(function: str, *arguments: object, cwd: Path) -> Iterator[Child]:
    """Start a process that calls a function of this package ("module:name"); kill it at the end.

    It runs with `-c`, since a forkserver's children would import a main module that has a name.
    """
    module, _, name = function.partition(":")
    call = f"{name}({', '.join(map(repr, arguments))})"
    with subprocess.Popen(
        [sys.executable, "-c", f"from benchmarks.{module} import {name}; {call}"],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Child(call, process)
        finally:
            process.kill()
