"""What runs inside a build's interpreter: its warm-up, and the guard around every job.

Nothing but `str` ever crosses from one interpreter to another, and that is ASCII JSON: an exception
object that crosses imports the user's module in the main interpreter, and one whose text can't be
formatted or encoded kills the process.
"""

import importlib
import json
import logging
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from .errors import StorytimeError
from .failures import describe

UNSPEAKABLE = json.dumps({"error": {"kind": "raised", "message": "out of memory"}})
"""The answer where not even the description of what went wrong can be made."""

type LogStyle = Literal["%", "{", "$"]
type LogForm = tuple[str, str | None, LogStyle]
"""What `logging.Formatter` takes: format, date format, style."""


def warm_up() -> None:
    """Imports what every build needs, so that a build pays for none of it."""
    import tdom  # noqa: F401

    import storytime.rebuilding
    import storytime.rendered
    import storytime.sources

    with storytime.sources.recording():
        pass  # from now on no project file is imported from stale bytecode
    storytime.rendered.rehearse()


def configure_logging(levels: dict[str, int], form: LogForm | None) -> None:
    """Gives this interpreter the main one's log levels (by logger) and format, if it has one."""
    if form is not None:
        text, dates, style = form
        logging.basicConfig(format=text, datefmt=dates, style=style, stream=sys.stderr, force=True)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def call(target: str, arguments: str) -> str:
    """Calls the function "module:qualified.name" with encoded arguments; the encoded answer.

    The answer holds either `result` or `error`; nothing is ever raised.
    """
    try:
        try:
            module, _, name = target.partition(":")
            importlib.invalidate_caches()
            function = attrgetter(name)(importlib.import_module(module))
            return encode({"result": function(*decode(arguments))})
        except StorytimeError as error:
            return encode({"error": error.to_data()})
        except BaseException as error:
            return encode({"error": {"kind": "raised", **describe(error)}})
    except BaseException:
        return UNSPEAKABLE


def encode(value: Any) -> str:
    """The value as ASCII JSON, paths included; TypeError where it is no plain data."""
    return json.dumps(value, default=_encode_path)


def decode(text: str) -> Any:
    """What `encode` was given, tuples as lists."""
    return json.loads(text, object_hook=_decode_path)


def _encode_path(value: object) -> dict[str, str]:
    if isinstance(value, Path):
        return {"__path__": str(value)}
    raise TypeError(f"expected plain data (numbers, text, lists, dicts, paths), got {value!r}")


def _decode_path(data: dict[str, Any]) -> Any:
    return Path(data["__path__"]) if data.keys() == {"__path__"} else data
