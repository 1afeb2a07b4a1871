"""Hostile stories in a real `storytime serve`.

After each of them the server is alive, the next good save is served within two seconds, and Ctrl-C
ends the server within one second, with exit code 0.
"""

import os
import re
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from .serving_support import LONG, Server, message_of, serving, wait_until, within
from .support import SMALL, Catalog, gives

PAGE = "/forms/button/story-0/"
STORIES = "forms/button/stories.py"

RING, PROCESS = ("--subinterpreters",), ("--isolation", "process")

LOG_LINE = re.compile(r"\d\d:\d\d:\d\d (INFO|WARNING|ERROR) .+|build \d+ \| .*")

HELPERS = """
import asyncio, atexit, builtins, ctypes, os, pathlib, signal, subprocess, sys, threading, time
import _thread
from concurrent.futures import ThreadPoolExecutor

def spin():
    while True: pass

def swallow(number=0):
    while True:
        try: spin()
        except BaseException: pass

class Mute(Exception):
    def __str__(self): raise ValueError("no words")

class Unpicklable(Exception):
    def __init__(self): super().__init__(threading.Lock())
"""


def stories(folder: Path, code: str) -> str:
    """Return a `stories.py` whose component touches the file `begun` and runs the code."""
    body = f"pathlib.Path({str(folder / 'begun')!r}).touch()\n{code}\nreturn 'not so bad'"
    component = f"def button():\n{indent(body, '    ')}"
    return gives("Subject(target=button, items=[Story()])", HELPERS, component)


@dataclass(frozen=True)
class Hazard:
    """What a component does.

    `logged` is a pattern of the line that the server logs then. `good` is what the component of the
    next save returns, and `shown` what its page shows then.
    """

    code: str
    logged: str = ""
    good: str = "'well'"
    shown: str = "well"
    options: tuple[str, ...] = RING


SLEEPER = "subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
"""Detached from the server's output, which the test reads to its end."""

STOPPED = r"WARNING the build was overtaken by a newer save and stopped \(at forms/button/story-0\)"
STACK = r" \(.*/forms/button/stories\.py:\d+\)"

HAZARDS = {
    # Builds that don't end.
    "a loop": Hazard("spin()", STOPPED + STACK),
    "a sleep": Hazard("time.sleep(1e6)", STOPPED + STACK),
    "a read": Hazard("os.read(os.pipe()[0], 1)", STOPPED + STACK),
    "a held lock": Hazard(
        "lock = threading.Lock(); lock.acquire(); lock.acquire()", STOPPED + STACK
    ),
    "a long call in C": Hazard("sum(range(10**12))", STOPPED),
    "a loop that swallows everything": Hazard("swallow()", STOPPED + STACK),
    "a loop, in a process": Hazard("spin()", STOPPED + STACK, options=PROCESS),
    "a sleep, in a process": Hazard("time.sleep(1e6)", STOPPED + STACK, options=PROCESS),
    "a long call in C, in a process": Hazard("sum(range(10**12))", STOPPED, options=PROCESS),
    # Builds that leave something running.
    "a looping thread": Hazard("threading.Thread(target=spin).start()", "INFO built kit"),
    "a sleeping thread": Hazard(
        "threading.Thread(target=time.sleep, args=[1e6]).start()", "INFO built kit"
    ),
    "a thread that `threading` doesn't know": Hazard(
        "_thread.start_new_thread(time.sleep, (1e6,))", "INFO built kit"
    ),
    "a thread pool": Hazard(
        "sys.pool = ThreadPoolExecutor(2); sys.pool.submit(print, 1)", r"build \d+ \| 1"
    ),
    "a sleeping thread, in a process": Hazard(
        "threading.Thread(target=time.sleep, args=[1e6]).start()", "INFO built kit", options=PROCESS
    ),
    "an endless exit handler": Hazard("atexit.register(spin)", "INFO built kit"),
    "a sleeping exit handler": Hazard("atexit.register(time.sleep, 1e6)", "INFO built kit"),
    "an endless exit handler, in a process": Hazard(
        "atexit.register(spin)", "INFO built kit", options=PROCESS
    ),
    "an open event loop": Hazard(
        "asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))", "INFO built kit"
    ),
    "a subprocess": Hazard(SLEEPER, "INFO built kit"),
    "a subprocess, in a process": Hazard(SLEEPER, "INFO built kit", options=PROCESS),
    # Stories that fail.
    "sys.exit": Hazard("sys.exit('enough')", "ERROR .*SystemExit: enough"),
    "KeyboardInterrupt": Hazard("raise KeyboardInterrupt", "ERROR .*KeyboardInterrupt"),
    "recursion": Hazard("f = lambda: f(); f()", "ERROR .*RecursionError"),
    "MemoryError": Hazard("raise MemoryError", "ERROR .*MemoryError"),
    "an exception that can't be pickled": Hazard("raise Unpicklable", "ERROR .*Unpicklable"),
    "an exception that can't be printed": Hazard("raise Mute", "ERROR .*Mute"),
    "an exception with a lone surrogate": Hazard(
        r"raise ValueError('\ud800')", r"ERROR .*ValueError: \\ud800"
    ),
    "breakpoint": Hazard("breakpoint()", "ERROR .*breakpoint.* --no-subinterpreters"),
    "input": Hazard("input()", "ERROR .*EOFError"),
    # Stories that change the state of the process.
    "chdir": Hazard("os.chdir('/')", "INFO built kit", "os.getcwd()", "{base}"),
    "umask": Hazard("os.umask(0o777)", "INFO built kit", "oct(os.umask(0o22))", "0o22"),
    "the environment": Hazard(
        "os.environ['LEFT'] = 'left'; os.putenv('TMPDIR', 'left')",
        "INFO built kit",
        "subprocess.check_output('echo ${LEFT-no} $TMPDIR', shell=True, text=True)",
        "no {base}",
    ),
    "patched builtins": Hazard(
        "builtins.len = builtins.isinstance = builtins.open = None",
        "ERROR .*TypeError: .NoneType. object is not callable",
    ),
    "a timer": Hazard(
        "signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01); time.sleep(0.1)", "INFO built kit"
    ),
    "a monitor that raises": Hazard(
        "m = sys.monitoring; m.use_tool_id(3, 'x'); m.set_events(3, m.events.PY_START)\n"
        "m.register_callback(3, m.events.PY_START, lambda *_: 1 / 0)",
        "ERROR .*",
    ),
    "a removed folder": Hazard(
        "d = pathlib.Path(os.environ['TMPDIR'], 'gone'); d.mkdir(); os.chdir(d); d.rmdir()",
        "INFO built kit",
    ),
    # Output.
    "50 MB of output": Hazard(
        "for _ in range(500): print('x' * 100_000)", r"build \d+ \| \(more than 1,000,000 bytes\)"
    ),
    "50 MB of output, in a process": Hazard(
        "for _ in range(500): print('x' * 100_000)",
        r"build \d+ \| \(more than 1,000,000 bytes\)",
        options=PROCESS,
    ),
    "a closed stdout": Hazard("sys.stdout.close(); sys.__stdout__.close()", "INFO built kit"),
    # Crashes, which only process slots contain.
    "os._exit": Hazard(
        "os._exit(3)",
        r"ERROR the build's process was ended with exit code 3 \(at forms/button/story-0\)",
        options=PROCESS,
    ),
    "a segfault": Hazard(
        "ctypes.string_at(0)",
        r"ERROR the build's process was ended by SIGSEGV \(at forms/button/story-0\)",
        options=PROCESS,
    ),
    "a kill": Hazard(
        "os.kill(os.getpid(), 9)", "ERROR the build's process was ended by SIGKILL", options=PROCESS
    ),
    # Things that refuse to work in a subinterpreter.
    "numpy": Hazard(
        "import numpy; return str(numpy.arange(3).sum() + 8)",
        r"WARNING numpy\S* refuses to work in a subinterpreter; builds run in processes",
    ),
    "numpy, if its importer catches the error": Hazard(
        "try: import numpy\nexcept ImportError: return 'without'\nreturn 'with'",
        r"WARNING numpy\S* refuses to work in a subinterpreter; builds run in processes",
    ),
    "pydantic": Hazard(
        "import pydantic; return type('M', (pydantic.BaseModel,), {})().model_dump_json()",
        r"WARNING pydantic\S* refuses to work in a subinterpreter; builds run in processes",
    ),
    "a daemon thread": Hazard(
        "threading.Thread(target=spin, daemon=True).start()",
        "WARNING .*daemon threads .* builds run in processes from now on",
    ),
}


@pytest.mark.parametrize("what", HAZARDS)
def test_server_survives_a_hazard_and_serves_the_next_good_save(
    catalog: Catalog, tmp_path: Path, what: str
) -> None:
    hazard = HAZARDS[what]
    good = stories(tmp_path, f"return {hazard.good}")
    shown = hazard.shown.format(base=catalog.base)
    taken: list[float] = []

    def hostile_then_good(_: int) -> float:
        (tmp_path / "begun").unlink(missing_ok=True)
        catalog.write(SMALL)
        with serving(catalog.base, "kit", *hazard.options, TMPDIR=str(catalog.base)) as server:
            server.until_served(PAGE, "OK")
            catalog.write({STORIES: stories(tmp_path, hazard.code)})
            wait_until((tmp_path / "begun").exists, "the story began")
            if "overtaken" not in hazard.logged:
                server.until_said(hazard.logged)
            catalog.write({STORIES: good})
            seconds = server.until_served(PAGE, shown)
            server.until_said(hazard.logged)
            taken.append(server.end())
        assert server.process.returncode == 0
        assert [line for line in server.lines if not LOG_LINE.fullmatch(line)] == []
        return max(seconds, 2 * taken[-1])

    print(f"{what}: served after {within(2, hostile_then_good):.2f} s, ended in {taken} s")


@pytest.mark.parametrize("way", ["os.dup2(os.open(os.devnull, os.O_WRONLY), 2)", "os.close(2)"])
def test_a_story_that_closes_the_log_loses_only_its_own_line(
    catalog: Catalog, tmp_path: Path, way: str
) -> None:
    catalog.write(SMALL)
    page = catalog.base / "site" / PAGE.strip("/") / "index.html"
    with serving(catalog.base, "kit", "site", *RING) as server:
        server.until_served(PAGE, "OK")
        catalog.write({STORIES: stories(tmp_path, way)})
        # Don't send a request: its socket could get the log's file descriptor.
        wait_until(lambda: "not so bad" in page.read_text(), "it was built")
        catalog.write({STORIES: stories(tmp_path, "raise ValueError('heard again')")})
        server.until_said("ValueError: heard again")


def test_a_hazard_in_the_first_build_does_not_prevent_the_next_one(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write({**SMALL, STORIES: stories(tmp_path, "time.sleep(1e6)")})
    with serving(catalog.base, "kit", *RING) as server:
        wait_until((tmp_path / "begun").exists, "the story began")
        catalog.write({STORIES: stories(tmp_path, "return 'well'")})
        server.until_served(PAGE, "well")


@pytest.mark.parametrize("options", [RING, PROCESS], ids=["interpreter", "process"])
@pytest.mark.parametrize("code", ["spin()", "time.sleep(1e6)"], ids=["a loop", "a sleep"])
def test_a_build_that_takes_too_long_is_stopped_and_located(
    catalog: Catalog, tmp_path: Path, options: tuple[str, ...], code: str
) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", *options, "--build-timeout", "0.7") as server:
        server.until_served(PAGE, "OK")
        with server.browser() as browser:
            catalog.write({STORIES: stories(tmp_path, code)})
            (failure,) = message_of(browser, "failed")["failures"]
        assert failure["path"] == "forms/button/story-0"
        assert failure["message"] == "the build took longer than 0.7 s and was stopped"
        assert failure["file"] == str(catalog.folder / STORIES)
        assert "in button" in failure["traceback"]
        server.until_said(
            r"ERROR the build took longer than 0\.7 s and was stopped \(at forms/button/story-0\)"
        )
        assert "OK" in server.get(PAGE)[1]
        catalog.write({STORIES: stories(tmp_path, "return 'well'")})
        server.until_served(PAGE, "well")


@pytest.mark.parametrize("options", [RING, PROCESS], ids=["interpreter", "process"])
def test_a_module_whose_import_never_ends_is_named(
    catalog: Catalog, tmp_path: Path, options: tuple[str, ...]
) -> None:
    catalog.write({**SMALL, "forms/stories.py": "import time\ntime.sleep(1e6)"})
    with serving(catalog.base, "kit", *options, "--build-timeout", "0.7") as server:
        server.until_said(r"ERROR the build took longer .* \(at forms\) \(.*/forms/stories\.py:2\)")
        assert "took longer" in server.get("/")[1]
        catalog.write({"forms/stories.py": SMALL["forms/stories.py"]})
        server.until_served(PAGE, "OK")


def test_abandoned_slots_switch_builds_to_processes_with_one_notice(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    said = "WARNING 2 builds left code that can't be ended; builds run in processes"
    with serving(catalog.base, "kit", *RING) as server:
        server.until_served(PAGE, "OK")
        for number in range(4):
            (tmp_path / "begun").unlink(missing_ok=True)
            catalog.write({STORIES: stories(tmp_path, f"swallow({number})")})
            wait_until((tmp_path / "begun").exists, "the story began")
        catalog.write({STORIES: stories(tmp_path, "return 'well'")})
        server.until_served(PAGE, "well")
        server.until_said(said)
        assert server.count(said) == 1
        assert server.count("can't be closed|code .* still running") <= 2
        with server.browser_greeted() as hello:
            assert any("builds run in processes" in notice for notice in hello["notices"])
        assert server.end() < LONG
    assert server.process.returncode == 0


def children(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()[1:]]
    return {child for child, parent in pairs if parent == pid}


def is_running(pid: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return state.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.parametrize("code", ["", "spin()", "time.sleep(1e6)", "sum(range(10**12))"])
@pytest.mark.parametrize("end", [Server.end, lambda server: server.process.kill()])
def test_no_process_slot_outlives_the_server(
    catalog: Catalog, tmp_path: Path, code: str, end: Callable[[Server], object]
) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", *PROCESS) as server:
        server.until_served(PAGE, "OK")
        if code:
            catalog.write({STORIES: stories(tmp_path, code)})
            wait_until((tmp_path / "begun").exists, "the story began")
        wait_until(lambda: len(children(server.process.pid)) == 2, "both slots were there")
        slots = children(server.process.pid)
        end(server)
        wait_until(lambda: not any(map(is_running, slots)), "the processes ended", 5)


def test_killing_a_standby_process_does_not_lose_a_build(catalog: Catalog, tmp_path: Path) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", *PROCESS) as server:
        server.until_served(PAGE, "OK")
        wait_until(lambda: len(children(server.process.pid)) == 2, "both slots were there")
        for slot in children(server.process.pid):
            with suppress(ProcessLookupError):  # it has done its job and ended
                os.kill(slot, 9)
        catalog.write({STORIES: stories(tmp_path, "return 'well'")})
        server.until_served(PAGE, "well")


@pytest.mark.parametrize("options", [RING, PROCESS], ids=["interpreter", "process"])
def test_what_stories_print_is_labelled_with_the_build(
    catalog: Catalog, tmp_path: Path, options: tuple[str, ...]
) -> None:
    prints = (
        "print('to stdout'); print('to stderr', file=sys.stderr); sys.stdout.buffer.write(b'raw')"
    )
    catalog.write({**SMALL, STORIES: stories(tmp_path, prints)})
    with ExitStack() as stack:
        server = stack.enter_context(serving(catalog.base, "kit", *options))
        server.until_served(PAGE, "not so bad")
        for text in ("to stderr", "to stdout", "raw"):
            server.until_said(rf"^build 1 \| {text}$")
