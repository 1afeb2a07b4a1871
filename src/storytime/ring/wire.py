"""What crosses between interpreters: functions by name, plain data as JSON."""

import json
import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..errors import StorytimeError


def read_answer(text: str | None, parsed: list[list[str]] | None = None) -> Any:
    """What a job returned, STOPPED where it was; raises what it raised, as a StorytimeError.

    The templates that it had parsed are added to `parsed`.
    """
    if text == STOPPED:
        return STOPPED
    # An escaped MemoryError arrives as None.
    answer = decode(text or UNSPEAKABLE)
    if parsed is not None:
        parsed += answer.get("parsed", ())
    if "error" in answer:
        raise StorytimeError.from_data(answer["error"])
    return answer["result"]


def importable_name(function: Callable[..., Any]) -> str:
    """The name "module:qualified.name" by which another interpreter can import the function.

    Raises TypeError where it can't: a lambda, a local function, a bound method, one of the main
    script.
    """
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", "<nameless>")
    if module in (None, "__main__") or _found(module, name) != function:
        raise TypeError(
            f"{module}.{name} can't be imported in another interpreter: expected a function of a"
            " module"
        )
    return f"{module}:{name}"


def _found(module: str, name: str) -> object:
    try:
        return attrgetter(name)(sys.modules[module])
    except (AttributeError, KeyError):
        return None


UNSPEAKABLE = json.dumps(
    {
        "error": {
            "kind": "raised",
            "message": "what went wrong can't be told: there is no memory left, or the job patched"
            " what Python itself needs",
        }
    }
)
"""The answer where not even the description of what went wrong can be made."""
STOPPED = json.dumps({"stopped": True})
"""The answer of a job that was told to stop, and did."""


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
