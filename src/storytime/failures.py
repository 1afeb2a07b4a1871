"""Turning what user code raised into a BuildFailure, whatever the exception does to prevent it.

An exception's `__str__` may raise, and its message may be endless or no valid Unicode; here is the
one place that formats such exceptions, so that only plain, printable text goes any further.
"""

import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from .errors import BuildFailure, StorytimeError, printable

LONGEST_MESSAGE = 2_000
LONGEST_TRACEBACK = 20_000
"""Characters; the middle of a longer text is left out."""

OWN_FOLDER = str(Path(__file__).parent)


def failure_from(path: str, error: BaseException, file: str = "") -> BuildFailure:
    """What went wrong at `path` as plain data; `file` is named where the error names none.

    KeyboardInterrupt is no failure of the catalog: it is raised again.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    if isinstance(error, StorytimeError):
        return BuildFailure(path, error.message, file=file)
    return BuildFailure(path, **{"file": file, **describe(error)})


def describe(error: BaseException) -> dict[str, Any]:
    """An exception's `message` (one line), `traceback`, and `file` and `line` where they are known.

    The file and line are those of the last frame that is neither ours nor installed, of a
    SyntaxError those that it names.
    """
    described = traceback.TracebackException.from_exception(error)
    drop_own_frames(described)
    lines = "".join(described.format_exception_only()).splitlines()
    # A SyntaxError begins with its position, indented; notes stand behind the message.
    message = next((line for line in lines if line[:1].strip()), type(error).__name__)
    if isinstance(error, SyntaxError) and error.filename:
        position = {"file": error.filename, "line": error.lineno or 0}
    else:
        position = _raised_at(error.__traceback__)
    return {
        "message": shortened(printable(message), LONGEST_MESSAGE),
        "traceback": shortened(printable("".join(described.format())), LONGEST_TRACEBACK),
        **position,
    }


def drop_own_frames(described: traceback.TracebackException) -> None:
    """Takes away the frames above the user's own first one (the import system's and our own)."""
    own = 0
    while own < len(described.stack) and is_own(described.stack[own].filename):
        own += 1
    if own < len(described.stack):
        del described.stack[:own]


def is_own(filename: str) -> bool:
    return filename.startswith((OWN_FOLDER, "<frozen "))


def shortened(text: str, longest: int) -> str:
    """The text, without its middle where it has more than `longest` characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _raised_at(trace: TracebackType | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if not is_own(filename) and (not found or "site-packages" not in filename):
            found = {"file": filename, "line": trace.tb_lineno}
        trace = trace.tb_next
    return found
