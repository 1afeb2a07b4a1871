"""What Storytime needs of CPython beyond its documented behaviour.

Without one of these, what a part uses can't be known: every save then builds the whole catalog.
"""

import dis
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from types import CodeType, FrameType
from typing import Any

type ImportStatement = tuple[str, int, tuple[str, ...]]
"""What a statement passes to `__import__`: the name, the level and the names after `import`."""

MODULE_READER: CodeType | None = getattr(SourceFileLoader.get_data, "__code__", None)
"""The code that opens a module's files. If it isn't Python code, modules also count as data."""

INSTRUCTION = 2
"""Bytes of code for each item of `co_positions`, as in `traceback`. `f_lasti` counts bytes."""


def current_frame() -> FrameType:
    """Return the caller's frame. Not every Python has `sys._getframe`."""
    try:
        raise LookupError
    except LookupError as error:
        trace: Any = error.__traceback__
    frame: FrameType = trace.tb_frame.f_back
    return frame


def is_import(frame: FrameType) -> bool:
    """Return True if the frame runs the import system's code, whose modules have private names."""
    name = str(frame.f_globals.get("__name__"))
    return name == "importlib" or name.startswith("importlib.")


def imports_in(code: CodeType) -> tuple[set[ImportStatement], bool]:
    """Return the import statements in code and in its functions and classes, run or not.

    Also returns whether these are all: code that names `__import__` may import anything.
    """
    # Bytecode changes with every release, and `dis._find_imports` with it: modulefinder needs it.
    find_imports, opcode = getattr(dis, "_find_imports", None), dis.opmap.get("IMPORT_NAME")
    if find_imports is None or opcode is None:
        return set(), False
    found: set[ImportStatement] = set()
    codes = [code]
    for each in codes:
        codes += [const for const in each.co_consts if isinstance(const, CodeType)]
        if opcode in each.co_code:  # most functions have none, and the search is slow
            found.update((name, level, names or ()) for name, level, names in find_imports(each))
    return found, not any("__import__" in each.co_names for each in codes)


@contextmanager
def watching_import_module(
    tell: Callable[[str, str | None, FrameType | None], None],
) -> Iterator[bool]:
    """Call `tell` with the name, the package and the caller of each `importlib.import_module`.

    The import system has no hook for a module that is already loaded. A wrapper would miss callers
    that imported the function earlier, and would stand in their tracebacks. Yields False if this
    Python has no monitoring, or other tools have taken all of its unreserved ids.
    """
    monitoring: Any = getattr(sys, "monitoring", None)
    free = [tool for tool in (3, 4) if monitoring and monitoring.get_tool(tool) is None]
    if not free:
        yield False
        return

    def called(code: CodeType, offset: int) -> None:
        frame = current_frame().f_back
        if frame is not None:
            tell(frame.f_locals["name"], frame.f_locals["package"], frame.f_back)

    event, code = monitoring.events.PY_START, importlib.import_module.__code__
    monitoring.use_tool_id(free[0], "storytime")
    monitoring.register_callback(free[0], event, called)
    monitoring.set_local_events(free[0], code, event)
    try:
        yield True
    finally:
        monitoring.set_local_events(free[0], code, 0)
        monitoring.register_callback(free[0], event, None)
        monitoring.free_tool_id(free[0])
