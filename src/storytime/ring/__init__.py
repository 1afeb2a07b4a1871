"""Runs each job in a fresh interpreter (or process) that was warmed before it was needed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .interpreter_ring import InterpreterRing as InterpreterRing


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: the ring's interpreters use modules of this package without it.
    if name != "InterpreterRing":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .interpreter_ring import InterpreterRing

    return InterpreterRing
