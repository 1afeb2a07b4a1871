"""Hostile stories in a real `storytime serve`.

After each of them the server is alive and the next good save is served within two seconds. Ctrl-C
ends the server within one second, with exit code 0: after each hazard that leaves something running
or changes how the server builds, and at the end of each server that the other hazards share.
"""

import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import indent

import pytest

from benchmarks.processes import tree

from .alone import beside_others
from .serving_support import LONG, Server, message_of, serving, wait_until, within
from .support import SMALL, UNMEASURED, Catalog, gives

pytestmark = [pytest.mark.measures, pytest.mark.usefixtures("unmeasured")]

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

def swallow(wait=spin):
    while True:
        try: wait()
        except BaseException: pass

class Mute(Exception):
    def __str__(self): raise ValueError("no words")

class Unpicklable(Exception):
    def __init__(self): super().__init__(threading.Lock())
"""


def stories(folder: Path, code: str, items: str = "Story()") -> str:
    """Return a `stories.py` whose component touches the file `begun` and runs the code."""
    body = f"pathlib.Path({str(folder / 'begun')!r}).touch()\n{code}\nreturn 'not so bad'"
    component = f"def button():\n{indent(body, '    ')}"
    return gives(f"Subject(target=button, items=[{items}])", HELPERS, component)


@dataclass(frozen=True)
class Hazard:
    """What a component does.

    `logged` is a pattern of the line that the server logs then. `good` is what the component of the
    next save returns, and `shown` what its page shows then. `is_shared` is False for a hazard
    that needs a server of its own.
    """

    code: str
    logged: str = ""
    good: str = "'well'"
    shown: str = "well"
    options: tuple[str, ...] = RING
    is_shared: bool = False


SLEEPER = "subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
"""Detached from the server's output, which the test reads to its end."""

STOPPED = r"WARNING the build was overtaken by a newer save and stopped \(at forms/button/story-0\)"
STACK = r" \(.*/forms/button/stories\.py:\d+\)"
MOST_SHARED = 8
"""Hazards per server."""
SWITCHED = "builds run in processes"

# The numbers of stories tell the builds of a hazard and of the save after it apart. If the hazard's
# build was stopped, the save after it finds the catalog of the one before, and changes one subject.
BUILT = "INFO built kit: 1 stories"
GOOD_BUILT = "INFO built (kit: 2 stories|forms/button of kit alone)"
GOOD_ITEMS = "Story(), Story(title='Another')"

OWN = {
    # Builds that are given up.
    "a long call in C": Hazard("sum(range(10**12))", STOPPED),
    "a loop that swallows everything": Hazard("swallow()", STOPPED + STACK),
    # Builds that leave something running.
    "a looping thread": Hazard("threading.Thread(target=spin).start()", BUILT),
    "a sleeping thread": Hazard("threading.Thread(target=time.sleep, args=[1e6]).start()", BUILT),
    "a thread that `threading` doesn't know": Hazard(
        "_thread.start_new_thread(time.sleep, (1e6,))", BUILT
    ),
    "a thread pool": Hazard(
        "sys.pool = ThreadPoolExecutor(2); sys.pool.submit(print, 1)", r"build \d+ \| 1"
    ),
    "a sleeping thread, in a process": Hazard(
        "threading.Thread(target=time.sleep, args=[1e6]).start()", BUILT, options=PROCESS
    ),
    "an endless exit handler": Hazard("atexit.register(spin)", BUILT),
    "a sleeping exit handler": Hazard("atexit.register(time.sleep, 1e6)", BUILT),
    "an endless exit handler, in a process": Hazard(
        "atexit.register(spin)", BUILT, options=PROCESS
    ),
    "an open event loop": Hazard(
        "asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))", BUILT
    ),
    "a subprocess": Hazard(SLEEPER, BUILT),
    "a subprocess, in a process": Hazard(SLEEPER, BUILT, options=PROCESS),
    # A timer of the whole process.
    "a timer": Hazard("signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01); time.sleep(0.1)", BUILT),
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
    "a signal handler": Hazard(
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
        r"WARNING signal\.signal \(called in \S+\) refuses to work in a subinterpreter; builds run",
    ),
    "a signal handler, if its setter catches the error": Hazard(
        "try: signal.signal(signal.SIGPIPE, signal.SIG_DFL)\nexcept Exception: pass",
        r"WARNING signal\.signal \(called in \S+\) refuses to work in a subinterpreter; builds run",
    ),
    "a daemon thread": Hazard(
        "threading.Thread(target=spin, daemon=True).start()",
        "WARNING .*daemon threads .* builds run in processes from now on",
    ),
}

SHARED = {
    # Builds that don't end.
    "a loop": Hazard("spin()", STOPPED + STACK),
    "a sleep": Hazard("time.sleep(1e6)", STOPPED + STACK),
    "a read": Hazard("os.read(os.pipe()[0], 1)", STOPPED + STACK),
    "a held lock": Hazard(
        "lock = threading.Lock(); lock.acquire(); lock.acquire()", STOPPED + STACK
    ),
    "a loop, in a process": Hazard("spin()", STOPPED + STACK, options=PROCESS),
    "a sleep, in a process": Hazard("time.sleep(1e6)", STOPPED + STACK, options=PROCESS),
    "a long call in C, in a process": Hazard("sum(range(10**12))", STOPPED, options=PROCESS),
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
    "chdir": Hazard("os.chdir('/')", BUILT, "os.getcwd()", "{base}"),
    "umask": Hazard("os.umask(0o777)", BUILT, "oct(os.umask(0o22))", "0o22"),
    "the environment": Hazard(
        "os.environ['LEFT'] = 'left'; os.putenv('TMPDIR', 'left')",
        BUILT,
        "subprocess.check_output('echo ${LEFT-no} $TMPDIR', shell=True, text=True)",
        "no {base}",
    ),
    "patched builtins": Hazard(
        "builtins.len = builtins.isinstance = builtins.open = None",
        "ERROR .*TypeError: .NoneType. object is not callable",
    ),
    "a monitor that raises": Hazard(
        "m = sys.monitoring; m.use_tool_id(3, 'x'); m.set_events(3, m.events.PY_START)\n"
        "m.register_callback(3, m.events.PY_START, lambda *_: 1 / 0)",
        "ERROR .*",
    ),
    "a removed folder": Hazard(
        "d = pathlib.Path(os.environ['TMPDIR'], 'gone'); d.mkdir(); os.chdir(d); d.rmdir()",
        BUILT,
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
    "a closed stdout": Hazard("sys.stdout.close(); sys.__stdout__.close()", BUILT),
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
}

HAZARDS = OWN | {what: replace(hazard, is_shared=True) for what, hazard in SHARED.items()}


@contextmanager
def hazard_server(folder: Path, options: tuple[str, ...]) -> Iterator[Server]:
    Catalog(folder).write(SMALL)
    env = {**UNMEASURED, "TMPDIR": str(folder)}
    with serving(folder, "kit", *options, **env) as server:
        server.until_served(PAGE, "OK")
        server.until_said(GOOD_BUILT)
        yield server


def survive(server: Server, hazard: Hazard) -> float:
    """Save the hazard and then what is good; return the seconds until that was served.

    Infinite if the machine was so busy that the ring gave up a build that can be stopped.
    """
    catalog, lines = Catalog(server.folder), len(server.lines)
    begun = server.folder / f"begun-{lines}"
    code = f"pathlib.Path({str(begun)!r}).touch()\n{hazard.code}"
    catalog.write({STORIES: stories(server.folder, code)})
    wait_until(begun.exists, "the story began")
    if "overtaken" not in hazard.logged:
        server.until_said(hazard.logged, lines)
    # The number tells it from earlier saves: the page doesn't show it yet, and no save that is made
    # during a build seems to be a story's own output.
    good = f"return str({hazard.good}).strip() + ' after {lines} lines'"
    catalog.write({STORIES: stories(server.folder, good, GOOD_ITEMS)})
    shown = hazard.shown.format(base=server.folder)
    seconds = server.until_served(PAGE, f"{shown} after {lines} lines")
    server.until_said(GOOD_BUILT, lines)
    if STACK in hazard.logged and server.said(r"it was given up|can't be ended", lines):
        return seconds if server.said(hazard.logged, lines) else math.inf
    server.until_said(hazard.logged, lines)
    return seconds


def end(server: Server) -> float:
    """End the server by Ctrl-C and check what it has logged; return the seconds that it took."""
    seconds = server.end()
    assert server.process.returncode == 0
    assert [line for line in server.lines if not LOG_LINE.fullmatch(line)] == []
    return seconds


@dataclass
class SharedServer:
    """A server for several hazards; it is ended, in at most a second, when it is closed."""

    options: tuple[str, ...]
    folders: Iterator[Path]
    hazards: list[Hazard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._context: AbstractContextManager[Server] = hazard_server(
            next(self.folders), self.options
        )
        self.server = self._context.__enter__()

    def close(self, *, after_failure: bool = False) -> None:
        if after_failure:
            self._context.__exit__(None, None, None)
            return

        def measure(attempt: int) -> float:
            if attempt:
                self.start()
                for hazard in self.hazards:
                    survive(self.server, hazard)
            try:
                return end(self.server)
            finally:
                self._context.__exit__(None, None, None)

        within(1, measure)


@dataclass
class SharedServers:
    """The servers that hazards share, one per set of options."""

    folders: Iterator[Path]
    servers: dict[tuple[str, ...], SharedServer] = field(default_factory=dict)

    def survive(self, hazard: Hazard) -> float:
        shared = self.servers.get(hazard.options)
        # A busy machine gives up more builds. With few hazards, a slow end has few possible causes.
        if shared and (len(shared.hazards) == MOST_SHARED or shared.server.said(SWITCHED)):
            self.servers.pop(hazard.options).close()
            shared = None
        if not shared:
            shared = self.servers[hazard.options] = SharedServer(hazard.options, self.folders)
        try:
            shared.hazards.append(hazard)
            return survive(shared.server, hazard)
        except BaseException as error:
            error.add_note("\n".join(["the server said:", *shared.server.lines]))
            self.servers.pop(hazard.options).close(after_failure=True)
            raise

    def close(self) -> None:
        with ExitStack() as stack:
            for shared in self.servers.values():
                stack.callback(shared.close)


@pytest.fixture(scope="module")
def shared_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedServers]:
    servers = SharedServers(iter(lambda: tmp_path_factory.mktemp("shared"), None))
    yield servers
    with beside_others():
        servers.close()


@pytest.mark.parametrize("what", HAZARDS)
def test_server_survives_a_hazard_and_serves_the_next_good_save(
    shared_servers: SharedServers, tmp_path: Path, what: str
) -> None:
    hazard = HAZARDS[what]

    def hostile_then_good(attempt: int) -> float:
        if hazard.is_shared and not attempt:
            return shared_servers.survive(hazard)
        with hazard_server(tmp_path / str(attempt), hazard.options) as server:
            seconds = survive(server, hazard)
            return max(seconds, 2 * end(server))

    print(f"{what}: served after {within(2, hostile_then_good):.2f} s")


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
        assert failure["file"] == f"kit/{STORIES}"
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
            busy = f"swallow(lambda: time.sleep(0.01))  # {number}"
            catalog.write({STORIES: stories(tmp_path, busy)})
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


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


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
        wait_until(lambda: len(tree(server.process.pid)[1:]) == 2, "both slots were there")
        slots = tree(server.process.pid)[1:]
        end(server)
        wait_until(lambda: not any(map(is_running, slots)), "the processes ended", 5)


def test_killing_a_standby_process_does_not_lose_a_build(catalog: Catalog, tmp_path: Path) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", *PROCESS) as server:
        server.until_served(PAGE, "OK")
        wait_until(lambda: len(tree(server.process.pid)[1:]) == 2, "both slots were there")
        for slot in tree(server.process.pid)[1:]:
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
