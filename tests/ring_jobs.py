"""Jobs of the ring's tests. Other interpreters import them from here by name."""

import atexit
import gc
import importlib
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import make_dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Any

from storytime.errors import BuildFailed, BuildFailure, StorytimeError
from storytime.ring.interpreter_executor import current_interpreter
from storytime.ring.progress import check_stopped, report, stopping_itself, told

seen: list[str] = []
"""State of this module; every interpreter has its own list."""


def interpreter() -> int:
    return current_interpreter()


def remember(word: str) -> list[str]:
    """Change the state of three modules; return what this interpreter had in them before."""
    found = [*seen, *getattr(os, "storytime_was_here", []), *sys.modules.get("made_up", [])]
    seen.append(word)
    os.storytime_was_here = [word]  # type: ignore[attr-defined]
    sys.modules["made_up"] = [word]  # type: ignore[assignment]
    return found


def modules() -> list[str]:
    return sorted(sys.modules)


def path() -> list[str]:
    return sys.path


def levels_and_lines(message: str) -> list[Any]:
    """Log the message at INFO; return the levels of the loggers."""
    logger = logging.getLogger("storytime")
    logger.info("%s", message)
    print("printed")
    return [logger.getEffectiveLevel(), logging.getLogger().getEffectiveLevel()]


def attribute(module: str, name: str) -> Any:
    """Import a module and return one of its attributes."""
    return getattr(importlib.import_module(module), name)


def import_markupsafe() -> None:
    importlib.import_module("markupsafe")


def echo(value: Any) -> Any:
    return value


def kind(value: Any) -> str:
    return type(value).__name__


def build(package: str, output: Path) -> list[str]:
    """Build a catalog; return the modules that are loaded afterwards."""
    importlib.import_module("storytime.build").build_site(package, output)
    return modules()


def nothing() -> None:
    pass


class Jobs:
    @staticmethod
    def static() -> str:
        return "static"

    def bound(self) -> None: ...


# Jobs that leave something for later ones.


def leave(things: list[Any]) -> None:
    seen.extend(things)


def left() -> list[Any]:
    return seen


compiled_here: list[str] = []


def compile_anew() -> None:
    """Make a pattern and a class of the variable NAME, and note which of them is compiled."""
    is_over = False

    def audit(event: str, _: object) -> None:
        if event == "compile" and not is_over:
            compiled_here.append("class")

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_globals["__name__"] == "re._parser" and not compiled_here:
            compiled_here.append("pattern")

    sys.setprofile(profile)
    re.compile(os.environ["NAME"])
    sys.setprofile(None)
    re.compile(f"{time.time_ns()}")
    sys.addaudithook(audit)
    make_dataclass("Made", [os.environ["NAME"]])
    is_over = True


def find(things: list[Any]) -> None:
    os.storytime_found = things  # type: ignore[attr-defined]


def compiled() -> list[str]:
    return compiled_here


def found() -> list[Any]:
    return getattr(os, "storytime_found", [])


# Jobs that report by files, which every interpreter can see.


def note(folder: Path, name: str) -> None:
    (folder / name).touch()


def note_and_sleep(folder: Path, name: str, seconds: float) -> str:
    note(folder, name)
    time.sleep(seconds)
    note(folder, f"{name}-ended")
    return name


def note_and_wait_for(folder: Path, name: str, awaited: str) -> int:
    """Wait for a file; return the interpreter's id."""
    note(folder, name)
    while not (folder / awaited).exists():
        time.sleep(0.005)
    return current_interpreter()


def begin_and_end(log: Path) -> int:
    """Write the interpreter's id to the log at the beginning and at the end."""
    for _ in range(2):
        with log.open("a") as file:
            file.write(f"{current_interpreter()}\n")
        time.sleep(0.01)
    return current_interpreter()


def note_and_spin(folder: Path, name: str) -> None:
    note(folder, name)
    while True:
        pass


def stay(goes_on: Callable[[], bool]) -> None:
    """Run until `goes_on` returns False; swallow every exception that is raised meanwhile."""
    while True:
        try:
            while goes_on():
                time.sleep(0.005)
            return
        except BaseException:
            continue


def write_slowly(folder: Path, seconds: float) -> None:
    """Write files one by one, each in a sleep that nothing can end (before Python 3.15)."""
    with stopping_itself():
        for number in count():
            check_stopped()
            note(folder, str(number))
            report("wrote", number)
            time.sleep(seconds)


def answer_questions(folder: Path, name: str) -> None:
    """Note a name, and ask again and again whether to stop."""
    note(folder, name)
    while True:
        check_stopped()
        time.sleep(0.001)


def finish_writing(folder: Path, name: str) -> str:
    """Write without asking whether to stop."""
    with stopping_itself():
        note(folder, name)
        time.sleep(0.2)
    return "written"


def note_and_stay(folder: Path, name: str, awaited: str) -> str:
    note(folder, name)
    stay(lambda: not (folder / awaited).exists())
    return "ended"


def note_and_wait_for_a_lock(folder: Path, name: str) -> None:
    lock = threading.Lock()
    lock.acquire()
    note(folder, name)
    lock.acquire()


def close_streams() -> list[tuple[int, int]]:
    """Close descriptors 0 to 2 and one of its own; return which files 0 to 2 are afterwards."""
    receiver, sender = os.pipe()
    os.close(sender)
    assert os.read(receiver, 1) == b""
    os.close(receiver)
    for stream in range(3):
        os.close(stream)
    os.closerange(0, 3)
    files = [os.fstat(stream) for stream in range(3)]
    return [(file.st_dev, file.st_ino) for file in files]


def leave_a_thread(awaited: Path) -> str:
    """Leave a thread that nothing ends until the file exists."""
    threading.Thread(target=stay, args=[lambda: not awaited.exists()]).start()
    return "left"


def spin() -> None:
    while True:
        pass


def leave_a_looping_thread() -> None:
    threading.Thread(target=spin).start()


pools: list[ThreadPoolExecutor] = []


def leave_a_pool() -> None:
    pools.append(ThreadPoolExecutor(1))
    pools[0].submit(nothing).result()


def leave_a_pool_and_an_exit_handler(file: Path) -> None:
    leave_a_pool()
    atexit.register(file.touch)


def leave_an_exit_handler() -> None:
    atexit.register(spin)


# Jobs that fail.


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class Fence(Exception):
    """Can't be pickled."""

    def __init__(self) -> None:
        super().__init__("mine")
        self.lock = threading.Lock()


class Hostile(BaseException):
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(7)


def raise_value_error() -> None:
    raise ValueError("no such colour")


def raise_surrogate() -> None:
    raise ValueError("bad \ud800 text")


def raise_mute() -> None:
    raise Mute


def raise_memory_error() -> None:
    raise MemoryError


def use_up_memory() -> None:
    [0] * (1 << 62)


def raise_unpicklable() -> None:
    raise Fence


def raise_hostile() -> None:
    raise Hostile


def exit_the_process() -> None:
    sys.exit(3)


def raise_keyboard_interrupt() -> None:
    raise KeyboardInterrupt


def recurse() -> None:
    recurse()


def recurse_in_the_result() -> list[Any]:
    result: list[Any] = []
    for _ in range(100_000):
        result = [result]
    return result


def give_a_set() -> set[int]:
    return {1}


def give_itself() -> list[Any]:
    result: list[Any] = []
    result.append(result)
    return result


ENDINGS: dict[Callable[[], Any], str] = {
    raise_value_error: "ValueError: no such colour",
    raise_surrogate: r"ValueError: bad \ud800 text",
    raise_mute: "Mute: <exception str() failed>",
    raise_memory_error: "MemoryError",
    use_up_memory: "MemoryError",
    raise_unpicklable: "Fence: mine",
    exit_the_process: "SystemExit: 3",
    raise_keyboard_interrupt: "KeyboardInterrupt",
    recurse: "RecursionError: maximum recursion depth exceeded",
    recurse_in_the_result: "RecursionError: ",
    give_a_set: "TypeError: expected plain data (numbers, text, lists, dicts, paths), got",
    give_itself: "ValueError: Circular reference detected",
}
"""Jobs that fail, with the beginning of the message."""


def raise_storytime_error() -> None:
    raise StorytimeError("no such package", exit_code=2)


def raise_build_failed() -> None:
    failures = [
        BuildFailure("forms/button", "ValueError: ü", "Traceback …", "/kit/stories.py", 3),
        BuildFailure("", "SyntaxError: bad \ud800"),
    ]
    raise BuildFailed(failures, written=True, sources=["/kit/button.py"])


def close_the_streams() -> str:
    sys.stdout.close()
    sys.stderr.close()
    return "closed"


# Jobs for process slots.


# Which use what belongs to the process.


def variable(name: str) -> str | None:
    return os.environ.get(name)


def hour_in(time_zone: str) -> int:
    """Set the process's time zone, as `django.setup` does; return the hour of the time 0."""
    os.environ["TZ"] = time_zone
    time.tzset()
    return time.localtime(0).tm_hour


def child_sees(name: str) -> str:
    """Return the variable as a child process sees it."""
    return subprocess.check_output(["sh", "-c", f"printf %s ${name}"], text=True)


def set_variable_and_wait_for(name: str, value: str, folder: Path, awaited: str) -> str:
    os.environ[name] = value
    note(folder, "set")
    while not (folder / awaited).exists():
        time.sleep(0.005)
    return child_sees(name)


# Which leave a thread that nothing ends.


def leave_a_waiting_thread() -> None:
    threading.Thread(target=SimpleQueue[None]().get).start()


def leave_a_timer() -> None:
    threading.Timer(3600, nothing).start()


def leave_a_sleeping_thread() -> None:
    threading.Thread(target=time.sleep, args=[3600]).start()


def leave_a_waiting_worker() -> None:
    pools.append(ThreadPoolExecutor(1))
    pools[-1].submit(threading.Event().wait)


def leave_a_sleeping_exit_handler() -> None:
    atexit.register(time.sleep, 3600)


# Which run in a process.


def fork_and_return() -> list[int]:
    """Return twice, in two processes."""
    process = os.getpid()
    if os.fork():
        os.wait()
    return [process, os.getpid()]


def process_and_path() -> tuple[int, list[str]]:
    return os.getpid(), sys.path


def say_and_die(path: str, file: str) -> None:
    report("at", path, latest=True)
    report("uses", file)
    os._exit(3)


def kill_the_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def start_a_process() -> int:
    return subprocess.Popen(["sleep", "600"]).pid


def main_interpreter_only() -> str:
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    return "done"


def numpy_or_nothing() -> str:
    from storytime.project.fresh_imports import recording  # not needed by the other jobs

    with recording():
        try:
            return importlib.import_module("numpy").__name__
        except ImportError:
            return "nothing"


def set_signal_handler(how: str) -> str:
    import asyncio  # which builds must not import

    def handle() -> None:
        if how == "signal":
            signal.signal(signal.SIGUSR1, lambda *_: None)
        elif how == "set_wakeup_fd":
            signal.set_wakeup_fd(-1)
        else:
            asyncio.run(handle_in_loop())

    async def handle_in_loop() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)

    with suppress(Exception):
        handle()
        return "handled"
    return "not handled"


def is_main_thread() -> bool:
    """Return True if this is the main thread, before and after a loop of asyncio ran in it."""
    import asyncio

    asyncio.run(asyncio.sleep(0))
    return threading.current_thread() is threading.main_thread()


def signal_in_thread() -> str:
    """Return the error of setting a signal handler in another thread."""
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(signal.signal, signal.SIGUSR1, signal.SIG_DFL).exception()
    return type(error).__name__


def render_counting(*templates: str) -> int:
    """Render templates with one interpolation at "{}"; return how many tdom has parsed so far."""
    from string.templatelib import Interpolation, Template

    from tdom import html

    from storytime.build.template_cache import parsed_so_far

    for template in templates:
        before, after = template.split("{}")
        html(Template(before, Interpolation("value", "value"), after))
    return len(parsed_so_far())


def render_description(text: str) -> bool:
    """Return True if the library for Markdown was imported before the text was rendered."""
    from storytime.render.markdown import render_markdown, uses_parser

    was_used = uses_parser()
    render_markdown(text)
    return was_used


def raise_after_rendering(template: str) -> None:
    render_counting(template)
    raise StorytimeError("after it was rendered")


def render_broken() -> None:
    render_counting("<p>{}</b>")


def note_slowly_at_exit(folder: Path, name: str, seconds: float) -> None:
    def handler() -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pass
        note(folder, name)

    atexit.register(handler)


def stay_at_exit(folder: Path, awaited: str) -> None:
    atexit.register(stay, lambda: not (folder / awaited).exists())


def count_frozen(file: Path) -> int:
    """Return the number of objects that are frozen; write their number at exit into the file.

    Nothing may call `gc.unfreeze` by the name that is patched here.
    """

    def fail() -> None:
        raise AssertionError

    gc.unfreeze = fail
    atexit.register(lambda: file.write_text(str(gc.get_freeze_count())))
    return gc.get_freeze_count()


def answer_all(last: Any) -> list[Any]:
    """Answer what the ring tells, each by a report, until it is the last."""
    answered: list[Any] = []
    report("listens", True)
    while last not in answered:
        time.sleep(0.001)
        for value in told():
            answered.append(value)
            report("answered", len(answered))
    return answered
