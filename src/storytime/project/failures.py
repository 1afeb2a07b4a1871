"""Describes exceptions of user code as plain data, whatever they do to prevent it.

An exception's `__str__` may raise, and its message may be endless or invalid Unicode. What leaves
`failure_from` is plain, printable text.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from .._compat import HOOK_FOLDERS
from ..errors import BuildFailure, StorytimeError
from ..ring import tracebacks
from ..ring.errors import NeedsProcess, Stop
from ..ring.refusals import refusal
from . import file_lookups
from .files import LIBRARY, OWN, is_own, is_project_file

LOOP = f"{LIBRARY}asyncio{os.sep}"
"""What lies between Storytime's frames and those of a component that is awaited."""


def frame_kind(filename: str) -> tracebacks.FrameKind:
    """Hide Storytime's own frames, and those of the import hook and of event loops.

    A library that compiles templates gives the code a name that is no file's, such as `card_html`.
    """
    if is_own(filename) or filename.startswith((*HOOK_FOLDERS, LOOP)):
        return "hidden"
    is_project = os.path.isabs(filename) and is_project_file(filename)
    return "project" if is_project else "library"


describe = partial(tracebacks.describe, frame_kind=frame_kind)
"""`storytime.ring.tracebacks.describe` for what an author's code raised."""

START = r"(?<![\w./~…-])"
"""What stands before an absolute path in a text."""
ABOVE = [re.escape(os.path.dirname(folder[:-1])) for folder in (LIBRARY, OWN)]
ELSEWHERE = re.compile(
    rf"""{START}(?:/(?:[^\s"'():]*/)?(?=(?:site|dist)-packages/)|(?:{"|".join(ABOVE)})/)"""
)
"""The folders above those of installed packages, of the standard library and of Storytime."""
FRAME = re.compile(r'(?<=File ")/[^"]+')
"""An absolute path in a traceback's line."""

LONGEST_CHAIN = 50
"""Most errors whose missing imports and files are looked up: a chain may be endless."""


def failure_from(path: str, error: BaseException, file: str = "", line: int = 0) -> BuildFailure:
    """Return the failure of the node at `path`.

    `file` and `line` are used if no code of the project's raised the error, such as a component's
    library that doesn't take the props.

    Raises what ends the whole build instead: KeyboardInterrupt, Stop, and NeedsProcess, also in
    place of an error of an extension module that refuses to work in a subinterpreter.
    """
    if isinstance(error, KeyboardInterrupt | Stop | NeedsProcess):
        raise error
    if what := refusal(error):
        raise NeedsProcess(what) from None
    if isinstance(error, StorytimeError):
        return BuildFailure(path, error.message, file=file, line=line)
    imports, files = _missing(error)
    described = describe(error)
    if file and frame_kind(described.get("file", "")) != "project":
        described |= {"file": file, "line": line}
    return BuildFailure(path, **described, missing_imports=imports, missing_files=files)


def shown_failure(failure: BuildFailure, base: str) -> BuildFailure:
    """Return the failure as pages show it, without where this machine keeps its files.

    Paths below `base`, the folder from which the package is imported, are relative to it. Those of
    installed files begin with an ellipsis.
    """
    below = re.compile(rf"{START}{re.escape(base.rstrip('/'))}(/|(?![\w./~-]))")

    def shown(text: str) -> str:
        text = below.sub(lambda found: "" if found[1] else ".", text)
        return FRAME.sub(lambda found: _shown_path(found[0], base), ELSEWHERE.sub("…/", text))

    return replace(
        failure,
        message=shown(failure.message),
        traceback=shown(failure.traceback),
        file=shown(f'File "{failure.file}"')[6:-1],
    )


def _shown_path(path: str, base: str) -> str:
    relative = os.path.relpath(path, base)
    return relative if is_project_file(path) else f"…/{os.path.basename(path)}"


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
