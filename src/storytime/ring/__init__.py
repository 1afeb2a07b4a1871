"""Runs each job in a fresh interpreter (or process) that was warmed before it was needed."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import JobRaised as JobRaised
    from .errors import JobStopped as JobStopped
    from .errors import RingError as RingError
    from .interpreter_ring import InterpreterRing as InterpreterRing
    from .progress import check_stopped as check_stopped
    from .progress import report as report
    from .progress import stopping_itself as stopping_itself
    from .progress import told as told
    from .wire import Named as Named

_MODULES = {
    "InterpreterRing": ".interpreter_ring",
    "JobRaised": ".errors",
    "JobStopped": ".errors",
    "Named": ".wire",
    "RingError": ".errors",
    "check_stopped": ".progress",
    "report": ".progress",
    "stopping_itself": ".progress",
    "told": ".progress",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: a job's interpreter needs little of this package.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)
