"""What runs inside a job's interpreter: its preparation, and the guard around every job.

Nothing but `str` ever crosses from one interpreter to another, and that is ASCII JSON: an exception
object that crosses imports the user's module in the main interpreter, and one whose text can't be
formatted or encoded kills the process.
"""

from __future__ import annotations

import atexit
import builtins
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from gc import freeze, unfreeze
from typing import Any

from ._cpython import IN_MAIN, be_main_thread, environment_data, run_exit_handlers
from .cleanup import end_threads, keep_streams_open, other_threads
from .errors import Stop
from .import_caches import forget_listings
from .labelled_output import label_output
from .progress import ProgressWriter, reporting_to
from .refusals import check_refused, note_extension, refusal, refuse_signal_handlers
from .tracebacks import describe, show_all
from .watchdog import Watchdog
from .wire import STOPPED, UNSPEAKABLE, Setup, decode, encode, imported

TERMINAL: Any = sys.stderr
"""Where logs go: the stream as it was before it labelled what jobs print."""


class JobRunner:
    """Runs the one job of an interpreter or a process, and cleans up after it.

    `logs` is the stream for log lines; `watchdog` are keyword arguments of Watchdog.
    """

    def __init__(
        self, setup: str, orders: int, file: int, logs: Any = TERMINAL, **watchdog: Any
    ) -> None:
        self.progress = ProgressWriter(file)
        frame_kind = imported(Setup(**decode(setup)).frame_kind)
        self.watchdog = Watchdog(orders, self.progress, frame_kind, **watchdog)
        self._setup, self._logs = setup, logs
        self._state: Any = None
        self._has_begun = False
        self._changed_variables: set[str] = set()
        sys.addaudithook(self._audit)
        # Nobody sees a job that asks for input, so it must not wait for it.
        for name in ("stdin", "__stdin__"):
            setattr(sys, name, open(os.devnull))  # noqa: SIM115 (as long as this lives)

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("os.putenv", "os.unsetenv"):
            self._changed_variables.add(os.fsdecode(args[0]))
        elif event == "import" and args[1]:  # an extension module's file
            note_extension(args[0])

    def take_over(self, state: Any) -> None:
        """Take over path, environment and logging of the ring's interpreter (`parent_state`)."""
        if state == self._state:
            return
        self._state = state
        path, variables, levels, form = state
        sys.path[:] = path
        # In a subinterpreter the process has these variables already, and perhaps newer ones.
        data = os.environb if IN_MAIN else environment_data()
        new = {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
        for name in data.keys() - new.keys():
            del data[name]
        data.update({name: value for name, value in new.items() if data.get(name) != value})
        if form is not None:
            text, dates, style = form
            logging.basicConfig(
                format=text, datefmt=dates, style=style, stream=self._logs, force=True
            )
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

    def prepare(self, state: str, target: str, arguments: str) -> str:
        """Prepare the job: call the function as `answer` does, in what the ring has now."""
        try:
            self.take_over(decode(state))
            return answer(self._setup, target, arguments)
        except BaseException:
            return UNSPEAKABLE

    def call(self, state: str, target: str, arguments: str) -> str:
        """Run the job; return the variables that it changed and, on the next line, its answer.

        The answer is STOPPED if the watchdog stopped it. The garbage collector leaves alone what
        was there before: to look through all that the warm-up imported, during a short job, takes a
        tenth of its time.
        """
        freeze()
        try:
            self.take_over(decode(state))
            # A job may patch them, and without them not even an answer can be given.
            restore = partial(vars(builtins).update, vars(builtins).copy())
            job = partial(answer, self._setup, target, arguments, restore)
            # Exit handlers run in reverse, so this one ends the watching (see `clear_up`) between
            # those of the job and those from before it.
            atexit.register(self.watchdog.let_be)
            self._has_begun = True
            said = STOPPED
            with suppress(Stop):
                said = self.watchdog.watch(partial(reporting_to, self.progress, job))
            return f"{encode([*self._changed_variables])}\n{said}"
        except BaseException:
            return UNSPEAKABLE

    def clear_up(self) -> int:
        """End what the job left; return the number of threads that go on, or -1 if that failed.

        No exception may leave an interpreter: to close it after that can crash the process.
        """
        try:
            unfreeze()  # an interpreter frees at its end only what the collector may look at
            with suppress(BaseException):  # handlers may raise anything
                end_threads(self.watchdog.thread)
                if self._has_begun:
                    self.watchdog.watch(run_exit_handlers, anew=True)
                else:
                    run_exit_handlers()
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):  # a job may have put anything there, or closed it
                    stream.close()
            left = end_threads(self.watchdog.thread)
            if not left:
                self.progress.close()
            return left
        except BaseException:
            return -1

    def outlast(self) -> int:
        """Wait for the threads that go on, and clean up after them."""
        for each in other_threads(self.watchdog.thread):
            each.join()
        return self.clear_up()


def answer(setup: str, target: str, arguments: str, restore: Callable[[], object] = int) -> str:
    """Call the function "module:qualified.name" with encoded arguments; return the encoded answer.

    `read_answer` reads it. Nothing but Stop is ever raised. `restore` is called before anything
    else is done with what the function returned or raised.
    """
    try:
        return _answer(setup, target, arguments, restore)
    except Stop:
        raise
    except BaseException:
        return UNSPEAKABLE


def _answer(setup: str, target: str, arguments: str, restore: Callable[[], object]) -> str:
    names, frame_kind, said = Setup(), show_all, {}
    error_types: list[Any] = []
    try:
        names = Setup(**decode(setup))
        frame_kind, error_types = imported(names.frame_kind), [*map(imported, names.error_types)]
        forget_listings()  # for a module that is newer than this interpreter
        function = imported(target)
        try:
            said = {"result": function(*decode(arguments))}
        finally:
            restore()
        check_refused()
        return _with_collected(said, names)
    except Stop:
        raise
    except tuple(error_types) as error:
        number = [isinstance(error, each) for each in error_types].index(True)
        said = {"error": error.to_data(), "type": number}
    except BaseException as error:
        what = refusal(error)
        said = {"needs_process": what} if what else {"raised": describe(error, frame_kind)}
    return _with_collected(said, names)


def _with_collected(said: dict[str, Any], names: Setup) -> str:
    """Encode an answer with what the job leaves for later ones."""
    collected = imported(names.collect)()
    return encode({**said, "collected": collected} if collected else said)


_runners: list[JobRunner] = []
"""This interpreter's runner: its calls share nothing else."""


def make_runner(setup: str, state: Any, orders: int, file: int, label: str) -> None:
    """Make this interpreter's runner, with copies of the files."""
    _runners.append(JobRunner(setup, os.dup(orders), os.dup(file)))
    _runners[0].take_over(state)
    keep_streams_open()
    be_main_thread()
    refuse_signal_handlers()
    label_output(label)


def prepare(state: str, target: str, arguments: str) -> str:
    return _runners[0].prepare(state, target, arguments)


def call(state: str, target: str, arguments: str) -> str:
    return _runners[0].call(state, target, arguments)


def clear_up() -> int:
    return _runners[0].clear_up()


def outlast() -> int:
    return _runners[0].outlast()
