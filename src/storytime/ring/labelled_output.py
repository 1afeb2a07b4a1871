"""Labels each line that jobs print, and limits how much they print."""

import io
import os
import sys
from typing import override

MOST = 1_000_000
"""Bytes that one job may print; a line says that the rest is left out."""
LONGEST_LINE = 10_000
"""Bytes after which a line is printed although it hasn't ended."""


class Labelled(io.RawIOBase):
    """A stream that writes whole lines to a file descriptor, each with a label before it.

    If nobody reads them any more (a closed terminal), they are dropped; no job fails for that.
    """

    def __init__(self, file: int, label: str) -> None:
        super().__init__()
        self._file = file
        self._label = label.encode() + b" | "
        self._begun = b""
        self._left = MOST

    @override
    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer, as RawIOBase says
        taken = bytes(data)
        if self._left > 0:
            allowed, self._left = taken[: self._left], self._left - len(taken)
            *lines, self._begun = (self._begun + allowed).split(b"\n")
            if len(self._begun) > LONGEST_LINE:
                lines, self._begun = [*lines, self._begun], b""
            self._print(lines)
            if self._left <= 0:
                self._print([*filter(None, [self._begun]), f"(more than {MOST:,} bytes)".encode()])
                self._begun = b""
        return len(taken)

    @override
    def close(self) -> None:
        if not self.closed and self._begun:
            self._print([self._begun])
        super().close()

    @override
    def writable(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return self._file

    def _print(self, lines: list[bytes]) -> None:
        text = b"".join(self._label + line + b"\n" for line in lines)
        while text:
            try:
                text = text[os.write(self._file, text) :]
            except OSError:
                return


def text_stream(file: int, label: str) -> io.TextIOWrapper:
    """Return a text stream for `sys.stdout` or `sys.stderr` that labels its lines."""
    return io.TextIOWrapper(
        io.BufferedWriter(Labelled(file, label)),  # type: ignore[type-var]  # see `write`
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )


def label_output(label: str) -> None:
    """Label what is printed in this interpreter."""
    for name, file in (("stdout", 1), ("stderr", 2)):
        stream = text_stream(file, label)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
