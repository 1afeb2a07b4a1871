"""What runs inside a build's interpreter: its warm-up, and the guard around every job.

Nothing but `str` ever crosses from one interpreter to another, and that is ASCII JSON: an exception
object that crosses imports the user's module in the main interpreter, and one whose text can't be
formatted or encoded kills the process.
"""

import importlib
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from gc import freeze, unfreeze
from operator import attrgetter
from typing import Any, Literal, Protocol

from ..build.template_cache import parsed_so_far
from ..errors import NeedsProcess, Stop, StorytimeError
from .cleanup import Builtins, Environment, end_threads, keep_streams_open, run_exit_handlers
from .import_caches import forget_listings
from .labelled_output import label_output
from .progress import Trail, leave_on
from .refusals import refusal
from .thread_state import join_others
from .tracebacks import describe
from .watchdog import Watchdog
from .wire import STOPPED, UNSPEAKABLE, decode, encode

type LogStyle = Literal["%", "{", "$"]
type LogForm = tuple[str, str | None, LogStyle]
"""What `logging.Formatter` takes: format, date format, style."""


class SupportsWrite(Protocol):
    def write(self, text: str, /) -> object: ...


TERMINAL = sys.stderr
"""Where logs go: the stream as it was before what stories print to it was labelled."""


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


class Attendant:
    """What looks after the one job of an interpreter or a process, from before it to its end."""

    def __init__(self, orders: int, file: int, **dog: Callable[..., object]) -> None:
        self.trail = Trail(file)
        self.environment = Environment()
        self.builtins = Builtins()
        self.watchdog = Watchdog(orders, self.trail, **dog)
        sys.breakpointhook = no_breakpoint
        # Whoever asks a person, in a build that nobody sees, would wait for ever.
        for name in ("stdin", "__stdin__"):
            setattr(sys, name, open(os.devnull))  # noqa: SIM115 (as long as this lives)

    def call(self, target: str, arguments: str) -> str:
        """`answer`, under the watchdog's eyes; STOPPED where that ended it.

        The garbage collector leaves alone what was there before: to look through all that the
        warm-up imported, in the midst of a short build, takes a tenth of its time.
        """
        freeze()
        try:
            said = STOPPED
            with suppress(Stop), self.watchdog.watching():
                said = leave_on(self.trail, partial(answer, target, arguments, self.builtins))
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
            self.trail.close()
        return left

    def outlast(self) -> int:
        """Waits for the threads that go on nevertheless, and clears up after them."""
        join_others(self.watchdog.thread)
        return self.clear_up()


def answer(target: str, arguments: str, builtins: Builtins | None = None) -> str:
    """Calls the function "module:qualified.name" with encoded arguments; the encoded answer.

    The answer holds either `result` or `error`, and `parsed` where templates were parsed (see
    `templates`); nothing but Stop is ever raised. The function may patch the `builtins`: they are
    restored before anything else is done.
    """
    try:
        return _described(target, arguments, builtins)
    except Stop:
        raise
    except BaseException:
        return UNSPEAKABLE


def _described(target: str, arguments: str, builtins: Builtins | None) -> str:
    try:
        module, _, name = target.partition(":")
        forget_listings()  # for a module that is newer than this interpreter
        function = attrgetter(name)(importlib.import_module(module))
        try:
            result = function(*decode(arguments))
        finally:
            if builtins:
                builtins.restore()
        return encode({"result": result, **_noted()})
    except Stop:
        raise
    except StorytimeError as error:
        said = error.to_data()
    except BaseException as error:
        what = refusal(error)
        said = NeedsProcess(what).to_data() if what else {"kind": "raised", **describe(error)}
    return encode({"error": said, **_noted()})


def _noted() -> dict[str, Any]:
    """What the answer holds besides: the templates that were parsed, where there are any."""
    parsed = parsed_so_far()
    return {"parsed": parsed} if parsed else {}


def no_breakpoint(*arguments: object, **options: object) -> None:
    """What `breakpoint()` does in a build, where nobody could type anything."""
    raise StorytimeError(
        "breakpoint() would wait for ever here; to debug a story, serve with --no-subinterpreters"
    )


_attendants: list[Attendant] = []
"""This interpreter's attendant: its jobs come one by one, and share nothing but the module."""


def attend(orders: int, file: int, label: str) -> None:
    """Makes this interpreter's attendant. Of the files it takes copies, which are its own."""
    _attendants.append(Attendant(os.dup(orders), os.dup(file)))
    keep_streams_open()
    label_output(label)


def call(target: str, arguments: str) -> str:
    return _attendants[0].call(target, arguments)


def clear_up() -> int:
    return _counted(_attendants[0].clear_up)


def outlast() -> int:
    return _counted(_attendants[0].outlast)


def _counted(clearing: Callable[[], int]) -> int:
    """What it gives; where a job patched what it needs, some number that is not 0.

    No exception may leave an interpreter: to close it after that can crash the process.
    """
    try:
        return clearing()
    except BaseException:
        return -1
