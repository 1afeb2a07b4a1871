"""Storytime: a component workshop for Python.

Importing this loads nothing; what its names stand for is loaded when they are first used, so that
the command line answers at once, a `stories.py` costs little, and an interpreter that builds never
loads what can't run in it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._compat import install

install("storytime", "tdom")  # before anything that needs it is imported

if TYPE_CHECKING:
    from .build.result import (
        AccessibilityFinding,
        BuildResult,
        BuildWarning,
        BuiltPage,
        build_catalog,
    )
    from .build.whole import build_site
    from .catalog.control_specs import Color, Range
    from .catalog.model import Section, Site, Story, Subject
    from .catalog.responses import Request, Response
    from .catalog.tree_reader import TreeNode, make_site
    from .errors import BuildFailed, BuildFailure, StorytimeError
    from .live.builders import AsyncRebuildCallback as AsyncRebuildCallback
    from .live.builders import RebuildCallback as RebuildCallback
    from .live.building_ring import InterpreterRing as InterpreterRing
    from .live.loop import watch_and_rebuild as watch_and_rebuild
    from .server.app import create_app as create_app
    from .server.lifespan import lifespan as lifespan

__version__ = "0.1.0"

# What a `stories.py` may be given by a star; the rest can't be loaded where it is imported.
__all__ = [
    "AccessibilityFinding",
    "BuildFailed",
    "BuildFailure",
    "BuildResult",
    "BuildWarning",
    "BuiltPage",
    "Color",
    "Range",
    "Request",
    "Response",
    "Section",
    "Site",
    "Story",
    "StorytimeError",
    "Subject",
    "TreeNode",
    "build_catalog",
    "build_site",
    "make_site",
]

_MODULES = {
    ".build.result": [
        "AccessibilityFinding",
        "BuildResult",
        "BuildWarning",
        "BuiltPage",
        "build_catalog",
    ],
    ".build.whole": ["build_site"],
    ".catalog.control_specs": ["Color", "Range"],
    ".catalog.model": ["Section", "Site", "Story", "Subject"],
    ".catalog.responses": ["Request", "Response"],
    ".catalog.tree_reader": ["TreeNode", "make_site"],
    ".errors": ["BuildFailed", "BuildFailure", "StorytimeError"],
    ".live.builders": ["AsyncRebuildCallback", "RebuildCallback"],
    ".live.building_ring": ["InterpreterRing"],
    ".live.loop": ["watch_and_rebuild"],
    ".server.app": ["create_app"],
    ".server.lifespan": ["lifespan"],
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(module, __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
