"""What runs inside a job's interpreter: its preparation, and the guard around every job.

Nothing but `str` ever crosses from one interpreter to another, and that is ASCII JSON: an exception
object that crosses imports the user's module in the main interpreter, and one whose text can't be
formatted or encoded kills the process.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from gc import freeze, unfreeze
from typing import Any, Literal, Protocol

from ._cpython import run_exit_handlers
from .cleanup import Builtins, Environment, end_threads, keep_streams_open, others
from .errors import Stop
from .import_caches import forget_listings
from .labelled_output import label_output
from .progress import ProgressWriter, reporting_to
from .refusals import refusal
from .tracebacks import FrameKind, describe, show_all
from .watchdog import Watchdog
from .wire import STOPPED, UNSPEAKABLE, Setup, decode, encode, imported

type LogStyle = Literal["%", "{", "$"]
type LogForm = tuple[str, str | None, LogStyle]
"""What `logging.Formatter` takes: format, date format, style."""


class SupportsWrite(Protocol):
    def write(self, text: str, /) -> object: ...


TERMINAL = sys.stderr
"""Where logs go: the stream as it was before what jobs print to it was labelled."""


def configure_logging(levels: dict[str, int], form: LogForm | None) -> None:
    """Gives this interpreter the main one's log levels (by logger) and format, if it has one."""
    log_to(TERMINAL, levels, form)


def log_to(stream: SupportsWrite, levels: dict[str, int], form: LogForm | None) -> None:
    """Has what is logged here written to the stream, at the levels and in the form."""
    if form is not None:
        text, dates, style = form
        logging.basicConfig(format=text, datefmt=dates, style=style, stream=stream, force=True)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@dataclass(frozen=True)
class Hooks:
    """What the ring's owner handed in for use in a job's interpreter."""

    frame_kind: Callable[[str], FrameKind] = show_all
    error_types: tuple[Any, ...] = ()
    collect: Callable[[], Any] = list

    @staticmethod
    @cache
    def of(setup: str) -> Hooks:
        """Import the hooks of an encoded Setup."""
        names = Setup(**decode(setup))
        return Hooks(
            imported(names.frame_kind) if names.frame_kind else show_all,
            tuple(map(imported, names.error_types)),
            imported(names.collect) if names.collect else list,
        )

    def collected(self) -> dict[str, Any]:
        """The part of an answer that later jobs find prepared."""
        found = self.collect()
        return {"collected": found} if found else {}


class JobRunner:
    """What looks after the one job of an interpreter or a process, from before it to its end."""

    def __init__(self, setup: str, orders: int, file: int, **dog: Callable[..., object]) -> None:
        self.progress = ProgressWriter(file)
        self.environment = Environment()
        self.builtins = Builtins()
        self.watchdog = Watchdog(orders, self.progress, Hooks.of(setup).frame_kind, **dog)
        self._setup = setup
        # Whoever asks a person, in a job that nobody sees, would wait for ever.
        for name in ("stdin", "__stdin__"):
            setattr(sys, name, open(os.devnull))  # noqa: SIM115 (as long as this lives)

    def call(self, target: str, arguments: str) -> str:
        """`answer`, watched by the watchdog; STOPPED if that ended it.

        The garbage collector leaves alone what was there before: to look through all that the
        warm-up imported, in the midst of a short job, takes a tenth of its time.
        """
        freeze()
        try:
            said = STOPPED
            job = partial(answer, self._setup, target, arguments, self.builtins)
            with suppress(Stop), self.watchdog.watching():
                said = reporting_to(self.progress, job)
            self.environment.restore()
            return said
        except BaseException:
            return UNSPEAKABLE

    def clear_up(self) -> int:
        """Ends what the job left running; gives the number of threads that go on nevertheless."""
        unfreeze()  # an interpreter frees at its end only what the collector may look at
        # Handlers may raise anything.
        with suppress(BaseException), self.watchdog.watching(anew=True):
            end_threads(self.watchdog.thread)
            run_exit_handlers()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # a job may have put anything there, or closed it
                stream.close()
        left = end_threads(self.watchdog.thread)
        if not left:
            self.progress.close()
        return left

    def outlast(self) -> int:
        """Waits for the threads that go on nevertheless, and clears up after them."""
        for each in others(self.watchdog.thread):
            each.join()
        return self.clear_up()


def answer(setup: str, target: str, arguments: str, builtins: Builtins | None = None) -> str:
    """Call the function "module:qualified.name" with encoded arguments; return the encoded answer.

    `read_answer` reads it. Nothing but Stop is ever raised. The function may patch the `builtins`:
    they are restored before anything else is done.
    """
    try:
        return _answer(setup, target, arguments, builtins)
    except Stop:
        raise
    except BaseException:
        return UNSPEAKABLE


def _answer(setup: str, target: str, arguments: str, builtins: Builtins | None) -> str:
    hooks = Hooks()
    try:
        hooks = Hooks.of(setup)
        forget_listings()  # for a module that is newer than this interpreter
        function = imported(target)
        try:
            result = function(*decode(arguments))
        finally:
            if builtins:
                builtins.restore()
        return encode({"result": result, **hooks.collected()})
    except Stop:
        raise
    except hooks.error_types as error:
        number = [isinstance(error, each) for each in hooks.error_types].index(True)
        said = {"error": error.to_data(), "type": number}
    except BaseException as error:
        what = refusal(error)
        said = {"needs_process": what} if what else {"raised": describe(error, hooks.frame_kind)}
    return encode({**said, **hooks.collected()})


_runners: list[JobRunner] = []
"""This interpreter's runner: its jobs come one by one, and share nothing but the module."""


def make_runner(setup: str, orders: int, file: int, label: str) -> None:
    """Makes this interpreter's runner. Of the files it takes copies, which are its own."""
    _runners.append(JobRunner(setup, os.dup(orders), os.dup(file)))
    keep_streams_open()
    label_output(label)


def call(target: str, arguments: str) -> str:
    return _runners[0].call(target, arguments)


def clear_up() -> int:
    return _counted(_runners[0].clear_up)


def outlast() -> int:
    return _counted(_runners[0].outlast)


def _counted(clearing: Callable[[], int]) -> int:
    """What it gives; where a job patched what it needs, some number that is not 0.

    No exception may leave an interpreter: to close it after that can crash the process.
    """
    try:
        return clearing()
    except BaseException:
        return -1
