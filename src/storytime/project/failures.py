"""Turning what user code raised into a BuildFailure, whatever the exception does to prevent it.

An exception's `__str__` may raise, and its message may be endless or no valid Unicode; here is the
one place that formats such exceptions, so that only plain, printable text goes any further.
"""

from functools import partial

from .._compat import HOOK_FOLDERS
from ..errors import BuildFailure, StorytimeError
from ..ring import tracebacks
from ..ring.errors import NeedsProcess, Stop
from ..ring.refusals import refusal
from .files import is_own, is_project_file


def frame_kind(filename: str) -> tracebacks.FrameKind:
    """Hide Storytime's own frames and those of the import hook."""
    if is_own(filename) or filename.startswith(HOOK_FOLDERS):
        return "hidden"
    return "project" if is_project_file(filename) else "library"


describe = partial(tracebacks.describe, frame_kind=frame_kind)
"""`storytime.ring.tracebacks.describe` for what an author's code raised."""


def failure_from(path: str, error: BaseException, file: str = "") -> BuildFailure:
    """What went wrong at `path` as plain data; `file` is named where the error names none.

    What ends the whole build is no failure of the catalog: KeyboardInterrupt, Stop, and
    NeedsProcess, which is also raised for whatever refuses to work in a subinterpreter.
    """
    if isinstance(error, KeyboardInterrupt | Stop | NeedsProcess):
        raise error
    if what := refusal(error):
        raise NeedsProcess(what) from None
    if isinstance(error, StorytimeError):
        return BuildFailure(path, error.message, file=file)
    return BuildFailure(path, **{"file": file, **describe(error)})
