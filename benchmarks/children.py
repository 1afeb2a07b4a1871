"""Processes of our own making that answer each line on their standard input with a line."""

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
        """The answer to an empty line."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        """The next line; RuntimeError where the process has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.what} has ended; its own words are above")
        return line.rstrip("\n")


@contextmanager
def child(function: str, *arguments: object, cwd: Path) -> Iterator[Child]:
    """A process that calls the function ("module:name", of a module beside this one); it is killed
    at the end.

    The main module has no name: a forkserver's children would import one that has.
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
