"""Lets a test that measures time run alone, whatever runs the other tests: workers of xdist, or
another session of nox.

Each test holds a shared lock; `alone` replaces it with an exclusive one. A second lock, the gate,
keeps further tests from starting while one waits for the exclusive lock.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path

FOLDER = Path(__file__).parent
TESTS = os.open(FOLDER / "alone.py", os.O_RDONLY)
GATE = os.open(FOLDER / "__init__.py", os.O_RDONLY)


@contextmanager
def beside_others() -> Iterator[None]:
    """Hold the shared lock, waiting while a test runs alone."""
    with gate():
        flock(TESTS, LOCK_SH)
    try:
        yield
    finally:
        flock(TESTS, LOCK_UN)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the exclusive lock instead of the shared one, waiting until all other tests have ended.

    The shared lock is released first: two tests that both want to run alone would deadlock.
    """
    flock(TESTS, LOCK_UN)
    with gate():
        flock(TESTS, LOCK_EX)
        try:
            yield
        finally:
            flock(TESTS, LOCK_SH)


@contextmanager
def gate() -> Iterator[None]:
    flock(GATE, LOCK_EX)
    try:
        yield
    finally:
        flock(GATE, LOCK_UN)
