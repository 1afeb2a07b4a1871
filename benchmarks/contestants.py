"""The ways to rebuild a catalog that are compared, each at work in a process of its own.

Such a process (`serve`) builds once for every line on its standard input and answers with the
seconds from the call to its return. What it does after the answer, to be ready for the next one, is
not in them. This module is imported in subinterpreters too: it imports nothing that refuses them.
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
"""Seconds that the floor's interpreter is given to close."""


class Floor:
    """`build_site` in a warm interpreter and nothing else, timed within it."""

    def __init__(self, package: str, output: Path) -> None:
        self._job = package, str(output)
        self._make_ready()

    def build(self) -> float:
        return float(self._executor.submit(timed_build, *self._job).result())

    def refill(self) -> None:
        shut_down(self._executor, CLOSING)
        self._make_ready()

    def _make_ready(self) -> None:
        self._executor = new_executor("floor")
        self._executor.submit(exec, f"import sys; sys.path[:] = {sys.path!r}", {}).result()
        self._executor.submit(get_ready).result()


class Ring:
    """InterpreterRing: the slots make themselves ready."""

    options: dict[str, Any] = {}  # noqa: RUF012 (never changed)

    def __init__(self, package: str, output: Path) -> None:
        self._ring = InterpreterRing(**self.options)
        self._job = package, output

    def build(self) -> float:
        return timed(self._ring.build, *self._job)

    def refill(self) -> None:
        """It does so by itself."""


class ProcessRing(Ring):
    options = {"isolation": "process"}  # noqa: RUF012 (never changed)


class Fresh:
    """A new `python -m storytime build` each time."""

    def __init__(self, package: str, output: Path) -> None:
        self._command = [sys.executable, "-m", "storytime", "build", "-q", package, str(output)]

    def build(self) -> float:
        return timed(subprocess.run, self._command, check=True)

    def refill(self) -> None:
        """There is nothing to make ready."""


class Forkserver:
    """`multiprocessing`'s forkserver, which has imported what a warm standby has."""

    def __init__(self, package: str, output: Path) -> None:
        import multiprocessing

        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.preloaded"])
        self._job = package, str(output)
        self._run(fail_unless_warm)  # starts the server, and sees that it has preloaded

    def build(self) -> float:
        return timed(self._run, build, *self._job)

    def refill(self) -> None:
        """There is nothing to make ready."""

    def _run(self, target: Callable[..., None], *arguments: str) -> None:
        process = self._context.Process(target=target, args=arguments)
        process.start()
        process.join()
        if process.exitcode != 0:
            raise RuntimeError(f"{target.__name__} in the forkserver's child failed")


class Purge:
    """One interpreter for all builds, which forgets the project's modules before each."""

    def __init__(self, package: str, output: Path) -> None:
        warm_up()
        self._job = package, output

    def build(self) -> float:
        return timed(self._build)

    def _build(self) -> None:
        forget_modules_below(os.path.join(os.getcwd(), ""))
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
    """Builds at each line that comes, until there are no more."""
    contestant = CONTESTANTS[name](package, Path(output))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(contestant.build(), flush=True)
        contestant.refill()
    # Without a farewell: what a way costs at its end is no part of the comparison.
    os._exit(0)


def timed(function: Callable[..., object], *arguments: object, **options: object) -> float:
    start = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - start


def timed_build(package: str, output: str) -> float:
    """The seconds that the build takes, measured where it runs."""
    return timed(build, package, output)


def build(package: str, output: str) -> None:
    forget_listings()  # as the ring does, and a new process need not
    build_site(package, Path(output))


def get_ready() -> None:
    """In the floor's interpreter: that it is called has imported this module as well."""
    warm_up()


def fail_unless_warm() -> None:
    if "benchmarks.preloaded" not in sys.modules or "tdom" not in sys.modules:
        raise RuntimeError("the forkserver has not imported what it was to preload")


def forget_modules_below(folder: str) -> None:
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
    importlib.invalidate_caches()
