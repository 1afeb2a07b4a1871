"""Turning what user code raised into a BuildFailure, whatever the exception does to prevent it.

An exception's `__str__` may raise, and its message may be endless or no valid Unicode; here is the
one place that formats such exceptions, so that only plain, printable text goes any further.
"""

from ..errors import BuildFailure, NeedsProcess, Stop, StorytimeError
from ..ring.refusals import refusal
from ..ring.tracebacks import describe


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
