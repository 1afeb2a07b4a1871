"""Exceptions and stacks as plain text, whatever they do to prevent it."""

import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
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
"""Python's guess at what was meant, behind what a module lacks."""

OWN = os.path.join(os.path.dirname(__file__), "")
HIDDEN = (OWN, os.path.join(Path(importlib.__file__).parent, ""), "<frozen ")
"""How the file names of the ring's own frames and of the import system's begin."""

type FrameKind = Literal["hidden", "library", "project"]
"""Whose code a frame runs: a hidden one only leads to the job's own code. Where one place has to be
named, the project comes before a library."""


def show_all(filename: str) -> FrameKind:
    """The kind of frames as long as nobody says anything else."""
    return "project"


def describe(
    error: BaseException, frame_kind: Callable[[str], FrameKind] = show_all
) -> dict[str, Any]:
    """An exception's `message` (one line), `traceback`, and `file` and `line` where they are known.

    The file and line are those of the last frame in the user's project, of a SyntaxError those that
    it names.
    """
    try:
        described = traceback.TracebackException.from_exception(error)
        drop_hidden_frames(described, frame_kind)
        whole = _whole(described)
        lines = "".join(described.format_exception_only()).splitlines()
        # A SyntaxError begins with its position, indented; notes stand behind the message.
        message = next(line for line in lines if line[:1].strip())
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:  # an exception may raise whatever it is asked
        message, whole = f"{object.__repr__(error)}, which can't be described", ""
    return {
        "message": shortened(_settled(message), LONGEST_MESSAGE).replace("\n", " "),
        "traceback": shortened(_settled(whole), LONGEST_TRACEBACK),
        **(_named_position(error) or _raised_at(error.__traceback__, frame_kind)),
    }


def drop_hidden_frames(
    described: traceback.TracebackException, frame_kind: Callable[[str], FrameKind]
) -> None:
    """Takes away the frames above the first one that is shown."""
    hidden = 0
    while hidden < len(described.stack):
        if not is_hidden(described.stack[hidden].filename, frame_kind):
            break
        hidden += 1
    del described.stack[:hidden]


def is_hidden(filename: str, frame_kind: Callable[[str], FrameKind]) -> bool:
    return filename.startswith(HIDDEN) or frame_kind(filename) == "hidden"


def _whole(described: traceback.TracebackException) -> str:
    """The traceback; where no user code ran, only what the message's line doesn't say."""
    if described.stack:
        return "".join(described.format())
    lines = list(described.format_exception_only())
    return "".join(lines) if len(lines) > 1 else ""


def shortened(text: str, longest: int) -> str:
    """The text, without its middle where it has more than `longest` characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _settled(text: str) -> str:
    return HINT.sub(_settled_hint, without_addresses(printable(text)).rstrip(" "))


def _settled_hint(found: re.Match[str]) -> str:
    """Leaves out a guess at what a package lacks: among its names are those of its modules that
    others have imported, so it would change with what else is built, and in which order."""
    module = sys.modules.get(found["module"])
    is_certain = module is not None and not hasattr(module, "__path__")
    return found[0] if is_certain else found["what"]


def _named_position(error: BaseException) -> dict[str, Any] | None:
    """Where a SyntaxError says it is; None for others, and where it says it wrongly."""
    if not isinstance(error, SyntaxError):
        return None
    match error.filename, error.lineno:
        case str(file), int() | None as line:
            return {"file": file, "line": line or 0}
    return None


def described_stack(
    frame: FrameType | None, frame_kind: Callable[[str], FrameKind] = show_all
) -> dict[str, Any]:
    """Where code that runs is, by its innermost frame: `traceback`, `file` and `line` as above."""
    summary = traceback.StackSummary.extract(traceback.walk_stack(frame))
    summary.reverse()
    # What called us is the executor; the job's code comes after our first frames.
    first = 0
    for at, each in enumerate(summary):
        if each.filename.startswith(OWN) or frame_kind(each.filename) == "hidden":
            first = at
            break
    while first < len(summary) and is_hidden(summary[first].filename, frame_kind):
        first += 1
    found = _place(((each.filename, each.lineno or 0) for each in summary[first:]), frame_kind)
    if not found:
        return {}
    lines = ["Stack (most recent call last):\n", *traceback.format_list(summary[first:])]
    return {"traceback": shortened(_settled("".join(lines)), LONGEST_TRACEBACK), **found}


def _raised_at(
    trace: TracebackType | None, frame_kind: Callable[[str], FrameKind]
) -> dict[str, Any]:
    steps = traceback.walk_tb(trace)
    return _place(((frame.f_code.co_filename, line) for frame, line in steps), frame_kind)


def _place(
    places: Iterable[tuple[str, int]], frame_kind: Callable[[str], FrameKind]
) -> dict[str, Any]:
    """The last place in the user's project, else the first that is shown."""
    found: dict[str, Any] = {}
    for filename, line in places:
        is_own = not filename.startswith("<") and frame_kind(filename) == "project"
        if (not found or is_own) and not is_hidden(filename, frame_kind):
            found = {"file": filename, "line": line}
    return found
