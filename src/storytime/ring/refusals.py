"""What refuses to work in a subinterpreter: many extension modules, daemon threads, forks.

An extension module says so by an ImportError (CPython's, PyO3's or its own words). Its importer may
catch that and go on without the module, which is not the catalog that a direct build gives; so the
refusals are also noted where extension modules are loaded.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from types import ModuleType
from typing import Any, override

from ._cpython import IN_MAIN
from .errors import NeedsProcess

REFUSAL = re.compile(
    r"\(?sub\)?-?interpreter|more than once per process|once per interpreter", re.IGNORECASE
)
"""CPython's words; numpy's; PyO3's."""
NAMED = re.compile(r"module (\S+) does not support")

LONGEST_CHAIN = 50


class NotingLoader(ExtensionFileLoader):
    """Loads an extension module; notes its name in `refused` where it refuses."""

    def __init__(self, name: str, path: str, refused: list[str]) -> None:
        super().__init__(name, path)
        self._refused = refused

    @override
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        with self._noting():
            return super().create_module(spec)

    @override
    def exec_module(self, module: ModuleType) -> None:
        with self._noting():
            super().exec_module(module)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except ImportError as error:
            if REFUSAL.search(str(error)):
                self._refused.append(self.name)
            raise


def refusal(error: BaseException | None) -> str | None:
    """What refused to work in this subinterpreter, where that is behind the error; else None."""
    if IN_MAIN:
        return None
    if isinstance(error, NeedsProcess):
        return error.what
    for _ in range(LONGEST_CHAIN):
        # Only Python's own kinds are asked for their text: a user's may do anything.
        if type(error) in (ImportError, RuntimeError) and REFUSAL.search(text := str(error)):
            named = NAMED.search(text)
            return named[1] if named else f"something here ({text})"
        if error is None:
            return None
        error = _cause(error)
    return None


def _cause(error: BaseException) -> BaseException | None:
    # By their descriptors: a user's class may have put anything in their place.
    of: Any = BaseException.__dict__
    cause: BaseException | None = of["__cause__"].__get__(error)
    context: BaseException | None = of["__context__"].__get__(error)
    return cause or context
