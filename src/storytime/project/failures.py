"""Describes exceptions of user code as plain data, whatever they do to prevent it.

An exception's `__str__` may raise, and its message may be endless or invalid Unicode. What leaves
`failure_from` is plain, printable text.
"""

import os
from collections.abc import Iterator
from functools import partial

from .._compat import HOOK_FOLDERS
from ..errors import BuildFailure, StorytimeError
from ..ring import tracebacks
from ..ring.errors import NeedsProcess, Stop
from ..ring.refusals import refusal
from . import file_lookups
from .files import LIBRARY, is_own, is_project_file

LOOP = f"{LIBRARY}asyncio{os.sep}"
"""What lies between Storytime's frames and those of a component that is awaited."""


def frame_kind(filename: str) -> tracebacks.FrameKind:
    """Hide Storytime's own frames, and those of the import hook and of event loops."""
    if is_own(filename) or filename.startswith((*HOOK_FOLDERS, LOOP)):
        return "hidden"
    return "project" if is_project_file(filename) else "library"


describe = partial(tracebacks.describe, frame_kind=frame_kind)
"""`storytime.ring.tracebacks.describe` for what an author's code raised."""

LONGEST_CHAIN = 50
"""Most errors whose missing imports and files are looked up: a chain may be endless."""


def failure_from(path: str, error: BaseException, file: str = "") -> BuildFailure:
    """Return the failure of the node at `path`; `file` is used if the error names none.

    Raises what ends the whole build instead: KeyboardInterrupt, Stop, and NeedsProcess, also in
    place of an error of an extension module that refuses to work in a subinterpreter.
    """
    if isinstance(error, KeyboardInterrupt | Stop | NeedsProcess):
        raise error
    if what := refusal(error):
        raise NeedsProcess(what) from None
    if isinstance(error, StorytimeError):
        return BuildFailure(path, error.message, file=file)
    imports, files = _missing(error)
    return BuildFailure(
        path, **{"file": file, **describe(error)}, missing_imports=imports, missing_files=files
    )


def _missing(error: BaseException) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the imports and files that were missing; see BuildFailure."""
    imports: dict[str, None] = {}
    files: dict[str, None] = {}
    try:
        for each in _chain(error):
            _hide_lookups(each)
            match each:
                case ModuleNotFoundError(name=str(name)):
                    imports[name] = None
                case ImportError(name=str(name), name_from=str(wanted)):
                    imports[f"{name}:{wanted}"] = None
                case FileNotFoundError(filename=str(file)):
                    files[file] = None
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:  # an exception may raise whatever it is asked
        return (), ()
    return tuple(filter(str.isprintable, imports)), tuple(filter(str.isprintable, files))


def _hide_lookups(error: BaseException) -> None:
    """End a traceback where the project called a function of `os` that a build replaces."""
    trace = error.__traceback__
    while trace is not None and (inner := trace.tb_next) is not None:
        if inner.tb_frame.f_code.co_filename == file_lookups.__file__:
            trace.tb_next = None
        trace = trace.tb_next


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that its traceback shows: causes, contexts, members of groups."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < LONGEST_CHAIN:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        behind = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        waiting += [behind] if behind else []
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
