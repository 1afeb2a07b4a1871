"""Storytime: a component workshop for Python.

Importing this loads nothing; what its names stand for is loaded when they are first used, so that
the command line answers at once, a `stories.py` costs little, and an interpreter that builds never
loads what can't run in it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .hooking import install

install("storytime", "tdom")  # before anything that needs it is imported

if TYPE_CHECKING:
    from .app import create_app as create_app
    from .build import build_site
    from .errors import BuildFailed, BuildFailure, StorytimeError
    from .models import Section, Site, Story, Subject
    from .nodes import TreeNode, make_site
    from .ring import AsyncRebuildCallback as AsyncRebuildCallback
    from .ring import InterpreterRing as InterpreterRing
    from .ring import RebuildCallback as RebuildCallback
    from .watchers import watch_and_rebuild as watch_and_rebuild

__version__ = "0.1.0"

# What a `stories.py` may be given by a star; the rest can't be loaded where it is imported.
__all__ = [
    "BuildFailed",
    "BuildFailure",
    "Section",
    "Site",
    "Story",
    "StorytimeError",
    "Subject",
    "TreeNode",
    "build_site",
    "make_site",
]

_LATE = {
    "AsyncRebuildCallback": ".ring",
    "BuildFailed": ".errors",
    "BuildFailure": ".errors",
    "InterpreterRing": ".ring",
    "RebuildCallback": ".ring",
    "Section": ".models",
    "Site": ".models",
    "Story": ".models",
    "StorytimeError": ".errors",
    "Subject": ".models",
    "TreeNode": ".nodes",
    "build_site": ".build",
    "create_app": ".app",
    "make_site": ".nodes",
    "watch_and_rebuild": ".watchers",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LATE[name], __name__), name)
    return value
