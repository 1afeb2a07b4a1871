"""Exceptions and stacks as plain text, whatever they do to prevent it."""

import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from .._compat import HOOK_FOLDERS
from ..errors import Stop
from ..project.files import is_own, is_project_file
from .text import printable, without_addresses

LONGEST_MESSAGE = 2_000
LONGEST_TRACEBACK = 20_000
"""Characters; the middle of a longer text is left out."""

HINT = re.compile(
    r"(?P<what>(?:cannot import name .* from|module) '(?P<module>[\w.]+)'.*)"
    r"\. Did you mean:? '[^']*'(?: instead of '[^']*')?\?"
)
"""Python's guess at what was meant, behind what a module lacks."""

IMPORT_SYSTEM = os.path.join(Path(importlib.__file__).parent, "")


def describe(error: BaseException) -> dict[str, Any]:
    """An exception's `message` (one line), `traceback`, and `file` and `line` where they are known.

    The file and line are those of the last frame in the user's project, of a SyntaxError those that
    it names.
    """
    try:
        described = traceback.TracebackException.from_exception(error)
        drop_own_frames(described)
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
        **(_named_position(error) or _raised_at(error.__traceback__)),
    }


def drop_own_frames(described: traceback.TracebackException) -> None:
    """Takes away the frames above the user's own first one (the import system's and our own)."""
    own = 0
    while own < len(described.stack) and is_passed(described.stack[own].filename):
        own += 1
    del described.stack[:own]


def is_passed(filename: str) -> bool:
    """Whether its frames only lead to the user's code."""
    return is_own(filename) or filename.startswith((IMPORT_SYSTEM, "<frozen ", *HOOK_FOLDERS))


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


def described_stack(frame: FrameType | None) -> dict[str, Any]:
    """Where code that runs is, by its innermost frame: `traceback`, `file` and `line` as above."""
    summary = traceback.StackSummary.extract(traceback.walk_stack(frame))
    summary.reverse()
    # What called ours is the executor; the authors' code comes after our first frames.
    own = next((at for at, each in enumerate(summary) if is_own(each.filename)), 0)
    while own < len(summary) and is_passed(summary[own].filename):
        own += 1
    found = _users_own((each.filename, each.lineno or 0) for each in summary[own:])
    if not found:
        return {}
    lines = ["Stack (most recent call last):\n", *traceback.format_list(summary[own:])]
    return {"traceback": shortened(_settled("".join(lines)), LONGEST_TRACEBACK), **found}


def _raised_at(trace: TracebackType | None) -> dict[str, Any]:
    """The last frame in the user's project, else the first that is not our own."""
    steps = traceback.walk_tb(trace)
    return _users_own((frame.f_code.co_filename, line) for frame, line in steps)


def _users_own(places: Iterable[tuple[str, int]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for filename, line in places:
        is_file = not filename.startswith("<")
        if not is_passed(filename) and (not found or (is_file and is_project_file(filename))):
            found = {"file": filename, "line": line}
    return found
