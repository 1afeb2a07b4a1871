"""The compared ways to rebuild a catalog. Each runs in a process of its own.

The process (`serve`) builds once for every line on its standard input and answers with the seconds
from the call to its return. They don't include what it does after the answer to be ready for the
next line. Subinterpreters import this module, so it must not import what refuses them.
"""

import gc
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storytime import InterpreterRing
from storytime.build.warm_up import warm_up
from storytime.build.whole import build_site
from storytime.ring.import_caches import forget_listings
from storytime.ring.interpreter_executor import new_executor, shut_down

CLOSING = 5.0
"""Time-out in seconds for closing the floor's interpreter."""


class Floor:
    """Only `build_site` in a warm interpreter, timed inside it: the lower bound for the ring."""

    def __init__(self, package: str, output: Path) -> None:
        self._job = package, str(output)
        self._start()

    def build(self) -> float:
        return float(self._executor.submit(timed_build, *self._job).result())

    def refill(self) -> None:
        shut_down(self._executor, CLOSING)
        self._start()

    def _start(self) -> None:
        self._executor = new_executor("floor")
        self._executor.submit(exec, f"import sys; sys.path[:] = {sys.path!r}", {}).result()
        self._executor.submit(warm_up_floor).result()


class Ring:
    """InterpreterRing, which warms its standby by itself."""

    options: dict[str, Any] = {}  # noqa: RUF012 (never changed)

    def __init__(self, package: str, output: Path) -> None:
        self._ring = InterpreterRing(**self.options)
        self._job = package, output

    def fill(self) -> None:
        """Have both standbys made: a ring makes the second one when its first job begins."""
        self._ring.run(list)

    def build(self) -> float:
        return timed(self._ring.build, *self._job)

    def refill(self) -> None:
        """Do nothing: the ring has started to warm the next standby."""


class ProcessRing(Ring):
    options = {"isolation": "process"}  # noqa: RUF012 (never changed)


class Fresh:
    """A new `python -m storytime build` process for each build."""

    def __init__(self, package: str, output: Path) -> None:
        self._command = [sys.executable, "-m", "storytime", "build", "-q", package, str(output)]

    def build(self) -> float:
        return timed(subprocess.run, self._command, check=True)

    def refill(self) -> None:
        """Do nothing: each build has a new process."""


class Forkserver:
    """`multiprocessing`'s forkserver with everything preloaded that a warm standby has imported."""

    def __init__(self, package: str, output: Path) -> None:
        import multiprocessing

        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.preloaded"])
        self._job = package, str(output)
        self._run(fail_unless_warm)  # starts the server and checks that it has preloaded

    def build(self) -> float:
        return timed(self._run, build, *self._job)

    def refill(self) -> None:
        """Do nothing: each build has a new process."""

    def _run(self, target: Callable[..., None], *arguments: str) -> None:
        process = self._context.Process(target=target, args=arguments)
        process.start()
        process.join()
        if process.exitcode != 0:
            raise RuntimeError(f"{target.__name__} in the forkserver's child failed")


class Purge:
    """One interpreter for all builds, which drops the project's modules before each."""

    def __init__(self, package: str, output: Path) -> None:
        warm_up()
        self._job = package, output

    def build(self) -> float:
        return timed(self._build)

    def _build(self) -> None:
        drop_modules_below(os.path.join(os.getcwd(), ""))
        build_site(*self._job)

    def refill(self) -> None:
        gc.collect()


CONTESTANTS: dict[str, type[Floor | Ring | Fresh | Forkserver | Purge]] = {
    "floor": Floor,
    "ring": Ring,
    "process ring": ProcessRing,
    "fresh": Fresh,
    "forkserver": Forkserver,
    "purge": Purge,
}


def serve(name: str, package: str, output: str) -> None:
    """Build once for every line on standard input; answer with the seconds."""
    contestant = CONTESTANTS[name](package, Path(output))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(contestant.build(), flush=True)
        contestant.refill()
    # Skip the interpreter's shutdown, which isn't part of the comparison.
    os._exit(0)


def timed(function: Callable[..., object], *arguments: object, **options: object) -> float:
    start = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - start


def timed_build(package: str, output: str) -> float:
    """Return the seconds that a build takes, measured in the interpreter that runs it."""
    return timed(build, package, output)


def build(package: str, output: str) -> None:
    forget_listings()  # as the ring does; a new process has no need to
    build_site(package, Path(output))


def warm_up_floor() -> None:
    """Warm up the floor's interpreter, which has imported this module by now."""
    warm_up()


def fail_unless_warm() -> None:
    if "benchmarks.preloaded" not in sys.modules or "tdom" not in sys.modules:
        raise RuntimeError("the forkserver did not preload benchmarks.preloaded and tdom")


def drop_modules_below(folder: str) -> None:
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
    importlib.invalidate_caches()
