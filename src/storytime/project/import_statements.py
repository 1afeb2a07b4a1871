"""The import statements in a module's code, without running it."""

from dataclasses import dataclass, field
from opcode import opmap
from sys import version_info
from types import CodeType

IMPORT_NAME = opmap["IMPORT_NAME"]
EXTENDED_ARG = opmap["EXTENDED_ARG"]
LOAD_CONST = opmap["LOAD_CONST"]
LOAD_SMALL_INT = opmap.get("LOAD_SMALL_INT")  # from 3.14
LOAD_COMMON_CONSTANT = opmap.get("LOAD_COMMON_CONSTANT")  # None, from 3.15
FLAGS = 2 if version_info >= (3, 15) else 0
"""Bits below the name's index in what IMPORT_NAME is given (whether it is lazy, from 3.15)."""

DYNAMIC = "__import__"
"""The function with which code may import what no statement names, unseen where it is loaded."""


@dataclass
class Imports:
    """What a module's code imports, at any depth, wherever it runs.

    `statements` are the (name, level, names after `import`) that `__import__` is called with;
    `unfathomable` says that there may be others.
    """

    statements: set[tuple[str, int, tuple[str, ...]]] = field(default_factory=set)
    unfathomable: bool = False


def imports_in(code: CodeType) -> Imports:
    """The imports in a code object and in those of its functions and classes."""
    found = Imports()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        waiting += [const for const in each.co_consts if isinstance(const, CodeType)]
        if DYNAMIC in each.co_names:
            found.unfathomable = True
        _scan(each, found)
    return found


def _scan(code: CodeType, found: Imports) -> None:
    """Reads one code object: each import is preceded by its level and its names, as constants."""
    instructions = code.co_code
    at = instructions.find(IMPORT_NAME)
    while at >= 0:
        if at % 2 == 0:
            index = _argument(instructions, at) >> FLAGS
            before = _start(instructions, at) - 2
            items = _constant(code, before)
            level = _constant(code, _start(instructions, before) - 2)
            if isinstance(level, int) and (items is None or isinstance(items, tuple)):
                found.statements.add((code.co_names[index], level, items or ()))
            else:
                found.unfathomable = True
        at = instructions.find(IMPORT_NAME, at + 1)


def _argument(instructions: bytes, at: int) -> int:
    """The argument of an instruction, with its extensions."""
    argument, shift = instructions[at + 1], 8
    while at >= 2 and instructions[at - 2] == EXTENDED_ARG:
        at -= 2
        argument |= instructions[at + 1] << shift
        shift += 8
    return argument


def _start(instructions: bytes, at: int) -> int:
    """Where an instruction begins, its extensions included."""
    while at >= 2 and instructions[at - 2] == EXTENDED_ARG:
        at -= 2
    return at


def _constant(code: CodeType, at: int) -> object:
    """What the instruction there loads; Ellipsis where it loads no constant."""
    if at < 0:
        return ...
    operation, argument = code.co_code[at], _argument(code.co_code, at)
    if operation == LOAD_CONST:
        return code.co_consts[argument]
    if operation == LOAD_SMALL_INT:
        return argument
    return None if operation == LOAD_COMMON_CONSTANT else ...
