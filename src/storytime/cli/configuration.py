"""Reads `[tool.storytime]` in a pyproject.toml: defaults for `storytime build` and `serve`.

Its keys are the names of their arguments and options, so a new option needs nothing here.
"""

import os
import re
import stat
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.types import FloatParamType, IntParamType

from ..errors import StorytimeError
from ..project.package import locate

FILE = "pyproject.toml"
TABLE = "tool.storytime"
COMMANDS = ("build", "serve")

KINDS = {bool: "a boolean", int: "an integer", float: "a float", str: "a string", dict: "a table"}
"""What a type is called in TOML."""


def use_configuration(context: click.Context, file: Path | None) -> None:
    """Make what the file says, or else the nearest pyproject.toml, the command's defaults.

    Raises StorytimeError (exit code 2) with the file and the key if something in it is wrong.
    """
    found = (file.absolute(), read_table(file)) if file else find_table(Path.cwd())
    if found is None:
        return
    file, table = found
    group = context.find_root().command
    assert isinstance(group, click.Group)
    parameters = {
        key: parameter
        for command in COMMANDS
        for parameter in group.commands[command].params
        for key in _keys(parameter)
    }
    defaults: dict[str, Any] = {}
    for key, given in table.items():
        parameter = _parameter(file, parameters, key)
        assert parameter.name is not None
        defaults[parameter.name] = _value(context, file, key, parameter, given)
    if defaults.get("isolation") and defaults.get("subinterpreters") is False:
        raise _wrong(file, f"{TABLE}.isolation can't be used with subinterpreters = false")
    context.default_map = defaults


def find_table(folder: Path) -> tuple[Path, Mapping[str, Any]] | None:
    """Return the nearest pyproject.toml with our table, from the folder upward, and the table.

    The search ends at the top of a repository, and below a folder in which anybody may create
    files, such as /tmp: the code that the file names will run.
    """
    for place in (folder, *folder.parents):
        if place != folder and place.stat().st_mode & stat.S_ISVTX:
            return None
        file = place / FILE
        if os.path.isfile(file) and (table := read_table(file)):
            return file, table
        if os.path.exists(place / ".git"):
            return None
    return None


def read_table(file: Path) -> Mapping[str, Any]:
    """Return the file's table; it is empty if there is none.

    Raises StorytimeError (exit code 2) if the file can't be read.
    """
    import tomllib  # only where there is such a file

    try:
        data = file.read_bytes()
    except OSError as error:
        raise StorytimeError(f"can't read {file}: {error.strerror}", exit_code=2) from None
    try:
        content = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise StorytimeError(f"{file}:{line}: expected UTF-8", exit_code=2) from None
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = int(found[1]) if found else len(data.splitlines())  # "end of document"
        raise StorytimeError(f"{file}:{line}: {message}", exit_code=2) from None
    match content:
        case {"tool": {"storytime": dict(table)}}:
            return table
        case {"tool": {"storytime": other}}:
            raise _wrong(file, f"{TABLE}: expected a table, got {_kind(other)}")
    return {}


def _keys(parameter: click.Parameter) -> list[str]:
    """Return what a parameter is called in the file: `--allowed-host` may be plural there."""
    names = [each.lstrip("-") for each in parameter.opts if not re.fullmatch("-.", each)]
    if parameter.name == "config":
        return []
    return [*(f"{name}s" for name in names if parameter.multiple), *names]


def _parameter(file: Path, parameters: Mapping[str, click.Parameter], key: str) -> click.Parameter:
    if key in parameters:
        return parameters[key]
    from difflib import get_close_matches

    near = get_close_matches(key.replace("_", "-").lower(), parameters, 1)
    expected = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(parameters)}"
    raise _wrong(file, f"{TABLE} has no key {key!r}; {expected}")


def _value(
    context: click.Context, file: Path, key: str, parameter: click.Parameter, given: Any
) -> Any:
    """Return the default for the parameter, in a form that the command line takes."""
    types, expected = _expected(parameter)
    items = given if isinstance(given, list) else []
    if type(given) not in types or not all(isinstance(item, str) for item in items):
        raise _wrong(file, f"{TABLE}.{key}: expected {expected}, got {_kind(given)}")
    try:
        parameter.type_cast_value(context, given)
    except (click.BadParameter, StorytimeError) as error:
        raise _wrong(file, f"{TABLE}.{key}: {error.message}") from None
    if parameter.name == "package":
        return partial(_package, file, given)
    if not isinstance(parameter.type, click.Path):
        return given
    path = str(file.parent / given)
    if parameter.name == "output" and os.path.isfile(path):
        raise _wrong(file, f"{TABLE}.{key}: {path} is a file; expected a folder")
    return path


def _expected(parameter: click.Parameter) -> tuple[tuple[type, ...], str]:
    """Return which types a parameter's value may have in the file, and what to call them."""
    if parameter.multiple:
        return (list,), "an array of strings"
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return (bool,), "true or false"
    if isinstance(parameter.type, IntParamType):
        return (int,), "an integer"
    if isinstance(parameter.type, FloatParamType):
        return (int, float), "a number"
    return (str,), "a string"


def _package(file: Path, location: str) -> str:
    """Return the location, and go to the file's folder, where all works as if called there.

    It is called only if the command line names no package. Other paths of the command line are
    absolute by then.
    """
    if sys.path[0] == os.getcwd():  # `python -m` put it there
        sys.path[0] = str(file.parent)
    os.chdir(file.parent)
    try:
        locate(location)
    except StorytimeError as error:
        raise _wrong(file, f"{TABLE}.package: {error.message}") from None
    return location


def _kind(value: object) -> str:
    if isinstance(value, list):
        others = [each for each in value if not isinstance(each, str)]
        return f"an array with {_kind(others[0])}" if others else "an array"
    return KINDS.get(type(value), "a date or time")


def _wrong(file: Path, message: str) -> StorytimeError:
    return StorytimeError(f"{file}: {message}", exit_code=2)
