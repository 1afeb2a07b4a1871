"""Where in the authors' code an object was made."""

from __future__ import annotations

import sys
from types import CodeType, FrameType

MOST_FRAMES = 12
"""Calls between the one that makes a story and the function of its `stories.py`, amply."""
IMPORT_SYSTEM = "<frozen importlib"


class Origin:
    """The calls that led to an object, the innermost first.

    Each is the code that called and the instruction (`f_lasti`) at which it did; the lines are
    looked up only for what is shown. Code is nothing to be copied or sent elsewhere, and neither
    is this: a copy that goes through `pickle` knows nothing.
    """

    __slots__ = ("calls",)

    def __init__(self, calls: tuple[tuple[CodeType, int], ...] = ()) -> None:
        self.calls = calls

    @classmethod
    def here(cls, depth: int) -> Origin:
        """The calls from `depth` frames above the caller's own on, up to an import."""
        frame: FrameType | None = sys._getframe(depth + 1)
        calls: list[tuple[CodeType, int]] = []
        while frame is not None and len(calls) < MOST_FRAMES:
            code = frame.f_code
            if code.co_filename.startswith(IMPORT_SYSTEM):
                break
            calls.append((code, frame.f_lasti))
            frame = frame.f_back
        return cls(tuple(calls))

    def __reduce__(self) -> tuple[type[Origin], tuple[()]]:
        return Origin, ()
