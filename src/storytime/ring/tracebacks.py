"""Exceptions and stacks as plain text, whatever they do to prevent it."""

import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from itertools import dropwhile
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Literal

from .errors import Stop
from .text import printable, without_addresses

LONGEST_MESSAGE = 2_000
LONGEST_TRACEBACK = 20_000
"""Characters; the middle of a longer text is left out."""

HINT = re.compile(
    r"(?P<what>(?:cannot import name .* from|module) '(?P<module>[\w.]+)'.*)"
    r"\. Did you mean:? '[^']*'(?: instead of '[^']*')?\?"
)
"""Python's suggestion for a name that a module lacks."""

OWN = os.path.join(os.path.dirname(__file__), "")
HIDDEN = (OWN, os.path.join(Path(importlib.__file__).parent, ""), "<frozen ")
"""How the file names of the ring's own frames and of the import system's begin."""

type FrameKind = Literal["hidden", "library", "project"]
"""Whose code a frame runs. A hidden frame only leads to the job's code. The place that is named for
an error is in the project, if possible, or else in a library."""


def show_all(filename: str) -> FrameKind:
    """Tell that all frames are the project's."""
    return "project"


def describe(
    error: BaseException, frame_kind: Callable[[str], FrameKind] = show_all
) -> dict[str, Any]:
    """Return an exception's `message` (one line), `traceback` and, if known, `file` and `line`.

    The last two are of the last frame in the user's project, or those that a SyntaxError names.
    """
    try:
        described = traceback.TracebackException.from_exception(error)
        described.stack[:] = _from_first_shown(described.stack, frame_kind)
        only = list(described.format_exception_only())
        # If no user code ran, the message says all, unless it has several parts.
        parts = described.format() if described.stack else only if len(only) > 1 else []
        whole, lines = "".join(parts), "".join(only).splitlines()
        # A SyntaxError begins with its position, indented; notes come after the message.
        message = next(line for line in lines if line[:1].strip())
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:  # an exception may raise whatever it is asked
        message, whole = f"{object.__repr__(error)}, which can't be described", ""
    return {
        "message": shortened(_stable(message), LONGEST_MESSAGE).replace("\n", " "),
        "traceback": shortened(_stable(whole), LONGEST_TRACEBACK),
        **(_named_position(error) or _raised_at(error.__traceback__, frame_kind)),
    }


def is_hidden(filename: str, frame_kind: Callable[[str], FrameKind]) -> bool:
    return filename.startswith(HIDDEN) or frame_kind(filename) == "hidden"


def _from_first_shown(
    frames: Iterable[traceback.FrameSummary], frame_kind: Callable[[str], FrameKind]
) -> list[traceback.FrameSummary]:
    """Leave out the frames above the first one that is shown."""
    return [*dropwhile(lambda frame: is_hidden(frame.filename, frame_kind), frames)]


def shortened(text: str, longest: int) -> str:
    """Leave out the middle of a text that has more than `longest` characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _stable(text: str) -> str:
    return HINT.sub(_stable_hint, without_addresses(printable(text)).rstrip(" "))


def _stable_hint(found: re.Match[str]) -> str:
    """Leave out a suggestion for a package.

    Python chooses it among the package's attributes, to which each import of one of its modules
    adds one. So the same mistake would get another message after other imports.
    """
    module = sys.modules.get(found["module"])
    is_certain = module is not None and not hasattr(module, "__path__")
    return found[0] if is_certain else found["what"]


def _named_position(error: BaseException) -> dict[str, Any] | None:
    """Return the position that a SyntaxError gives; user code may have made one without."""
    match error:
        case SyntaxError(filename=str(file), lineno=int() | None as line):
            return {"file": file, "line": line or 0}
    return None


def described_stack(
    frame: FrameType | None, frame_kind: Callable[[str], FrameKind] = show_all
) -> dict[str, Any]:
    """Return `traceback`, `file` and `line`, as above, of running code by its innermost frame."""
    summary = traceback.StackSummary.extract(traceback.walk_stack(frame))
    summary.reverse()
    # The executor's frames come first, then ours, then those of the job.
    ours = (
        at
        for at, each in enumerate(summary)
        if each.filename.startswith(OWN) or frame_kind(each.filename) == "hidden"
    )
    shown = _from_first_shown(summary[next(ours, 0) :], frame_kind)
    found = _place(((each.filename, each.lineno or 0) for each in shown), frame_kind)
    if not found:
        return {}
    lines = ["Stack (most recent call last):\n", *traceback.format_list(shown)]
    return {"traceback": shortened(_stable("".join(lines)), LONGEST_TRACEBACK), **found}


def _raised_at(
    trace: TracebackType | None, frame_kind: Callable[[str], FrameKind]
) -> dict[str, Any]:
    steps = traceback.walk_tb(trace)
    return _place(((frame.f_code.co_filename, line) for frame, line in steps), frame_kind)


def _place(
    places: Iterable[tuple[str, int]], frame_kind: Callable[[str], FrameKind]
) -> dict[str, Any]:
    """Return the last place in the user's project, or else the first one that is shown."""
    found: dict[str, Any] = {}
    for filename, line in places:
        is_own = not filename.startswith("<") and frame_kind(filename) == "project"
        if (not found or is_own) and not is_hidden(filename, frame_kind):
            found = {"file": filename, "line": line}
    return found
