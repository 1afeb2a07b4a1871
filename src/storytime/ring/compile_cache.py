"""What interpreters compile at run time while they warm up, kept for those that come after them.

`dataclasses` compiles the methods that it writes, and `re` its patterns, in each interpreter anew:
a quarter of a warm-up's time. What comes of it depends on the text alone, so this process keeps it.
Jobs use what is kept, too. What they compile isn't kept: it may be something else each time.
"""

import builtins
import dataclasses
import marshal
import os
import threading
from binascii import a2b_base64, b2a_base64
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import IO, Any

from ._cpython import reuse_patterns
from .unnamed_file import unnamed_file

# In an interpreter of the ring.

_known: dict[Any, bytes] = {}
"""Compiled code by its source, and the parts of a pattern by its text and flags, until it is used.
(A class or a pattern is seldom made twice, and this takes memory.)"""
_new: dict[Any, bytes] = {}
"""What isn't kept yet."""


def use(file: int) -> str:
    """Compile nothing that is in the file (see Kept), and note what is compiled from now on.

    Returns an answer without a result, as `worker.answer` gives it.
    """
    if data := os.pread(file, os.fstat(file).st_size, 0):
        _known.update(_loaded(data))
    dataclasses.exec = _exec  # type: ignore[attr-defined]  # in place of the built-in one
    reuse_patterns(_taken, _note)
    return "{}"


def compiled() -> str:
    """Return what was compiled and isn't kept yet, for `Kept.add`."""
    new = _new.copy()
    _new.clear()
    return b2a_base64(marshal.dumps(new), newline=False).decode() if new else ""


def _exec(source: Any, *namespaces: Any) -> None:
    if isinstance(source, str):
        text, source = source, _taken(source)
        if source is None:
            source = compile(text, "<string>", "exec", dont_inherit=True)
            _note(text, source)
    builtins.exec(source, *namespaces)  # noqa: S102 (as `dataclasses` does)


def _taken(key: Any) -> Any:
    data = _known.pop(key, None)
    return data and _loaded(data)


def _note(key: Any, value: Any) -> None:
    _new[key] = marshal.dumps(value)


# In the ring's own interpreter.

MOST_ONCE = 4096
"""How much of what one interpreter alone compiled is remembered: of a hundred interpreters."""


class Kept:
    """What the interpreters of this process have compiled.

    At first that is all, later what more than one of them compiled: some patterns are different in
    each, such as tdom's, which contain random letters.
    """

    def __init__(self) -> None:
        self._data = b""  # a dict of bytes
        self._keys: set[int] = set()  # hashes of its keys
        self._once: dict[int, None] = {}  # hashes of what was compiled last
        self._lock = threading.Lock()

    def file(self) -> IO[bytes]:
        """Return an unnamed file with it, for `use`."""
        file, data = unnamed_file("compiled"), self._data
        with suppress(OSError):  # it has reached a limit: they compile all themselves
            if file.write(data) == len(data):
                return file
        file.truncate(0)
        return file

    def add(self, new: str) -> None:
        """Add what `compiled` returned."""
        if not new:
            return
        with self._lock:
            found = {hash(key): (key, value) for key, value in _loaded(a2b_base64(new)).items()}
            again = found.keys() - self._keys
            if self._keys:
                again &= self._once.keys()
            self._once.update(dict.fromkeys(found))
            for oldest in list(self._once)[:-MOST_ONCE]:
                del self._once[oldest]
            if again:
                self._keys.update(again)
                before = _loaded(self._data) if self._data else {}
                self._data = marshal.dumps({**before, **dict(found[each] for each in again)})

    def add_answer(self, answer: Future[str]) -> None:
        """Wait for what `compiled` returns, unless it can't be called, and add it."""
        with suppress(CancelledError):
            if not answer.exception():
                self.add(answer.result())


kept = Kept()


def _loaded(data: bytes) -> Any:
    return marshal.loads(data)  # noqa: S302 (this process or its child made it)
