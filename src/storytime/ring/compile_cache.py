"""What interpreters compile at run time while they warm up, kept for those that come after them.

`dataclasses` compiles the methods that it writes, and `re` its patterns, in each interpreter anew:
a quarter of a warm-up's time. What comes of it depends on the text alone, so this process keeps it.
Jobs use what is kept, too. What they compile isn't kept: it may be something else each time.
"""

import builtins
import dataclasses
import marshal
import threading
from binascii import a2b_base64, b2a_base64
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import IO, Any

from ._cpython import reuse_patterns
from .unnamed_file import unnamed_file

# In an interpreter of the ring.

_known: dict[Any, Any] = {}
"""Compiled code (as bytes) by its source, and the parts of a pattern by its text and flags."""
_new: dict[Any, Any] = {}
"""What isn't kept yet."""


def use(kept: str) -> str:
    """Compile nothing that is in `kept`, and note what else is compiled from now on.

    Returns an answer without a result, as `worker.answer` gives it.
    """
    if kept:
        _known.update(_loaded(kept))
    dataclasses.exec = _exec  # type: ignore[attr-defined]  # in place of the built-in one
    reuse_patterns(_known.get, _note)
    return "{}"


def use_file(number: int) -> None:
    """`use` what a file holds (`kept_file`), and close that."""
    with open(number, "rb") as file:
        use(file.read().decode())


def compiled() -> str:
    """Return what was compiled and isn't kept yet, for `keep`."""
    new = _new.copy()
    _new.clear()
    return _dumped(new) if new else ""


def _exec(source: Any, *namespaces: Any) -> None:
    if isinstance(source, str):
        if code := _known.get(source):
            source = marshal.loads(code)  # noqa: S302 (this process made it)
        else:
            text, source = source, compile(source, "<string>", "exec", dont_inherit=True)
            _note(text, marshal.dumps(source))
    builtins.exec(source, *namespaces)  # noqa: S102 (as `dataclasses` does)


def _note(key: Any, value: Any) -> None:
    _known[key] = _new[key] = value


# In the ring's own interpreter.

MOST_ONCE = 4096
"""How much of what one interpreter alone compiled is remembered: of a hundred interpreters."""

_kept: dict[Any, Any] = {}
_once: dict[int, None] = {}
"""Hashes of what was compiled last."""
_encoded: list[str] = []
_lock = threading.Lock()


def kept() -> str:
    """Return what all interpreters of this process have compiled so far, for `use`."""
    return _encoded[0] if _encoded else ""


def kept_file() -> IO[bytes]:
    """Return an unnamed file with it, to be read from its beginning."""
    file = unnamed_file("compiled")
    try:
        file.write(kept().encode())
    except OSError:  # it has reached a limit: they compile it themselves
        file.truncate(0)
    file.seek(0)
    return file


def keep(new: str) -> None:
    """Keep what `compiled` returned: at first all, later what more than one interpreter compiled.

    Some patterns are different in each, such as tdom's, which contain random letters.
    """
    if not new:
        return
    with _lock:
        found = {hash(key): (key, value) for key, value in _loaded(new).items()}
        again = [found[each] for each in found if each in _once or not _kept]
        _once.update(dict.fromkeys(found))
        for oldest in list(_once)[:-MOST_ONCE]:
            del _once[oldest]
        if again:
            _kept.update(again)
            _encoded[:] = [_dumped(_kept)]


def keep_answer(answer: Future[str]) -> None:
    """Wait for what `compiled` returns, unless it can't be called, and keep it."""
    with suppress(CancelledError):
        if not answer.exception():
            keep(answer.result())


# What crosses is ASCII.


def _dumped(data: dict[Any, Any]) -> str:
    return b2a_base64(marshal.dumps(data), newline=False).decode()


def _loaded(text: str) -> dict[Any, Any]:
    data: dict[Any, Any] = marshal.loads(a2b_base64(text))  # noqa: S302 (as above)
    return data
