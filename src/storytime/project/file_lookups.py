"""Records which files the code of a build asked for and which folders it listed.

Python raises audit events for files that are opened and folders that are listed, but none for
`os.stat` and its like, by which `exists`, `is_file` and template loaders look for files. During a
build, functions that record their calls stand in their place. Code that imported `stat` from `os`
before the build isn't seen.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from os import lstat
from os.path import abspath
from stat import S_ISDIR
from types import FrameType
from typing import Any

from ._cpython import current_frame, is_import
from .files import LIBRARY, OWN

ASKING = ("access", "lstat", "readlink", "stat")

type Tell = Callable[[str, FrameType | None], None]
"""Is called with the path of a file or of nothing that was asked for, and the frame that asks."""


def is_for_project(frame: FrameType | None) -> bool:
    """Return True unless the import system, Storytime or coverage.py runs the code in the frame."""
    while frame is not None and frame.f_code.co_filename.startswith((LIBRARY, "<frozen ")):
        if is_import(frame):
            return False
        frame = frame.f_back
    if frame is None:
        return True
    is_tool = str(frame.f_globals.get("__name__")).partition(".")[0] == "coverage"
    return not (is_tool or frame.f_code.co_filename.startswith(OWN))


@contextmanager
def watching_lookups(tell: Tell) -> Iterator[None]:
    """Call `tell` for each path that code of the project asks for by one of ASKING."""
    for name in ASKING:
        _replace(name, _telling(getattr(os, name), tell))
    try:
        yield
    finally:
        for name in ASKING:
            # A story may have patched it, and may not have.
            if original := getattr(getattr(os, name), "original", None):
                _replace(name, original)


def _replace(name: str, new: Callable[..., Any]) -> None:
    old = getattr(os, name)
    setattr(os, name, new)
    # `shutil.rmtree` and others look there whether a function takes a descriptor.
    for supporting in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if old in supporting:
            supporting.remove(old)
            supporting.add(new)


def _telling(function: Callable[..., Any], tell: Tell) -> Callable[..., Any]:
    @wraps(function)
    def asking(path: Any, *arguments: Any, **keywords: Any) -> Any:
        if isinstance(path, str | bytes | os.PathLike) and keywords.get("dir_fd") is None:
            frame = current_frame().f_back
            with suppress(TypeError, ValueError):  # which the function raises itself
                if is_for_project(frame) and not _is_folder(file := abspath(os.fsdecode(path))):
                    tell(file, frame)
        return function(path, *arguments, **keywords)

    asking.original = function  # type: ignore[attr-defined]
    return asking


def _is_folder(path: str) -> bool:
    try:
        return S_ISDIR(lstat(path).st_mode)
    except OSError as error:
        return not isinstance(error, FileNotFoundError | NotADirectoryError)
