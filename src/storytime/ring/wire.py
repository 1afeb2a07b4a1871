"""Encodes what crosses between interpreters: functions by name, plain data as JSON."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

from .errors import JobRaised, NeedsProcess
from .tracebacks import show_all


@dataclass(frozen=True)
class Setup:
    """The options of a ring that its jobs need; functions and types by their names.

    For what they mean see InterpreterRing.
    """

    name: str = "ring"
    noun: str = "job"
    loggers: tuple[str, ...] = ()
    error_types: tuple[str, ...] = ()
    warm_up: str = "builtins:list"
    frame_kind: str = f"{show_all.__module__}:{show_all.__qualname__}"
    collect: str = "builtins:list"


@dataclass(frozen=True)
class Named:
    """A module's function by its name "module:qualified.name", which isn't imported here."""

    name: str


type Function = Callable[..., Any] | Named


def importable_name(function: Function) -> str:
    """The name "module:qualified.name" by which another interpreter can import the function.

    Raises TypeError where it can't: a lambda, a local function, a bound method, one of the main
    script. One that is Named isn't looked up.
    """
    if isinstance(function, Named):
        return function.name
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


def imported(name: str) -> Any:
    """Import what `importable_name` named."""
    module, _, qualified = name.partition(":")
    return attrgetter(qualified)(import_module(module))


PATH, ITEMS = "__path__", "__items__"
"""The only keys of JSON objects that stand for a path, and for a dict as a list of its items."""

UNSPEAKABLE = json.dumps(
    {
        "raised": {
            "message": "what went wrong can't be told: there is no memory left, or the job patched"
            " what Python itself needs",
        }
    }
)
"""The answer where not even the description of what went wrong can be made."""
STOPPED = json.dumps({"stopped": True})
"""The answer of a job that was told to stop, and did."""


def read_answer(text: str, setup: Setup) -> tuple[Any, list[Any], Exception | None]:
    """An answer's result (STOPPED where the job was), what the job left for later ones, its error.

    The error is of a kind that the ring's owner registered, NeedsProcess or JobRaised.
    """
    if text == STOPPED:
        return STOPPED, [], None
    answer = decode(text)
    error: Exception | None = None
    match answer:
        case {"error": data, "type": int(number)}:
            error = imported(setup.error_types[number]).from_data(data)
        case {"needs_process": str(what)}:
            error = NeedsProcess(what)
        case {"raised": raised}:
            error = JobRaised(raised["message"], raised.get("traceback", ""))
    return answer.get("result"), answer.get("collected", []), error


def encode(value: Any) -> str:
    """Return the value as ASCII JSON, paths included; raise TypeError if it isn't plain data."""
    with suppress(RecursionError):  # `json` goes deeper, and tells if it is circular
        value = _escaped(value)
    return json.dumps(value, default=_encode_path)


def decode(text: str) -> Any:
    """Return what `encode` was given, tuples as lists."""
    return json.loads(text, object_hook=_decode_object)


def _escaped(value: Any) -> Any:
    """Return the value with what JSON lacks written otherwise.

    JSON's keys are text. A dict with others, or with a single key that `_decode_object` looks for,
    becomes a list of its items.
    """
    if isinstance(value, dict):
        if set(map(type, value)) <= {str} and value.keys() not in ({PATH}, {ITEMS}):
            return {key: _escaped(each) for key, each in value.items()}
        if not set(map(type, value)) <= {str, int, float, bool, type(None)}:
            raise TypeError(f"expected plain data as keys (numbers, text), got {value!r}")
        return {ITEMS: [[key, _escaped(each)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return [_escaped(each) for each in value]
    return value


def _encode_path(value: object) -> dict[str, str]:
    if isinstance(value, Path):
        return {PATH: str(value)}
    raise TypeError(f"expected plain data (numbers, text, lists, dicts, paths), got {value!r}")


def _decode_object(data: dict[str, Any]) -> Any:
    if len(data) == 1:
        for key, value in data.items():
            return Path(value) if key == PATH else dict(value) if key == ITEMS else data
    return data
