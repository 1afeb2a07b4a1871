"""Recognises what refuses to work in a subinterpreter: extension modules, forks, signal handlers.

An extension module does so by an ImportError, in CPython's, PyO3's or its own words. Its importer
may catch that and go on without the module, which gives other results than in a process. So
refusals are also noted when extension modules are loaded, and when signal handlers are set.
"""

import re
import signal
import threading
from collections.abc import Callable
from functools import wraps
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from types import ModuleType
from typing import Any, override

from ._cpython import IN_MAIN, calling_module
from .errors import NeedsProcess

REFUSAL = re.compile(
    r"\(?sub\)?-?interpreter|more than once per process|once per interpreter", re.IGNORECASE
)
"""The words of CPython, numpy and PyO3."""
NAMED = re.compile(r"module (\S+) does not support")

LONGEST_CHAIN = 50

_refused: list[str] = []
"""What has refused to work in this subinterpreter, even if its caller went on without it."""

_extensions: dict[str, str] = {}
"""The names of the extension modules that were loaded, the latest ones last, by their last part."""


def note_extension(name: str) -> None:
    """Note that an extension module is about to be loaded. CPython may call it by its last part."""
    short = name.rpartition(".")[2]
    _extensions.pop(short, None)
    _extensions[short] = name


def _named_package(text: str) -> str:
    """Return the package whose extension module refused, which its users know, or ""."""
    named = NAMED.search(text)
    name = named[1] if named else next(reversed(_extensions.values()), "")
    return _extensions.get(name, name).partition(".")[0]


class NotingLoader(ExtensionFileLoader):
    """Loads an extension module; notes its package's name if it refuses."""

    @override
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module: ModuleType = self._noting(super().create_module, spec)
        return module

    @override
    def exec_module(self, module: ModuleType) -> None:
        self._noting(super().exec_module, module)

    def _noting(self, load: Callable[[Any], Any], what: Any) -> Any:
        try:
            return load(what)
        except ImportError as error:
            if not IN_MAIN and REFUSAL.search(str(error)):
                _refused.append(self.name.partition(".")[0])
            raise


def refuse_signal_handlers() -> None:
    """Have this subinterpreter's main thread get NeedsProcess if it sets a signal handler.

    CPython raises a ValueError, as it does in all threads but the main one of a process.
    """
    for name in ("signal", "set_wakeup_fd"):
        setattr(signal, name, _refusing(getattr(signal, name), f"signal.{name}"))


def _refusing(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @wraps(function)
    def refusing(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() != threading.main_thread():
            return function(*args, **kwargs)  # which raises in a process, too
        _refused.append(f"{name} (called in {calling_module(1)})")
        raise NeedsProcess(_refused[-1])

    return refusing


def check_refused() -> None:
    """Raise NeedsProcess if anything was refused, even if its caller did without it."""
    if _refused:
        raise NeedsProcess(_refused[0])


def refusal(error: BaseException | None) -> str | None:
    """Return what refused to work in this subinterpreter, if that caused the error; else None."""
    if IN_MAIN:
        return None
    if isinstance(error, NeedsProcess):
        return error.what
    if _refused:
        return _refused[0]
    for _ in range(LONGEST_CHAIN):
        # A user's exception may do anything when it is asked for its text.
        if type(error) in (ImportError, RuntimeError) and REFUSAL.search(text := str(error)):
            package = _named_package(text) if type(error) is ImportError else ""
            return package or f"something here ({text})"
        if error is None:
            return None
        error = _cause(error)
    return None


def _cause(error: BaseException) -> BaseException | None:
    # A user's class may have overridden these attributes, so this asks their descriptors.
    of: Any = BaseException.__dict__
    cause: BaseException | None = of["__cause__"].__get__(error)
    context: BaseException | None = of["__context__"].__get__(error)
    return cause or context
