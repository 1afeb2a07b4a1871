"""Fixtures that several test modules use; helpers are in `support`."""

import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import storytime.build  # noqa: F401 (loads tdom, which no test is to load anew)
from storytime._compat import install
from storytime.project.fresh_imports import recording

from . import alone
from .support import UNMEASURED, Catalog

# Hypothesis tries the same examples in each run and keeps no database.
settings.register_profile("storytime", derandomize=True, database=None, deadline=None)
settings.load_profile("storytime")

# Under nohup, or in the background of a shell, these are ignored, and processes that tests start
# and end by them would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests import these themselves; on 3.13 their t-strings need the hook that a build installs.
install("tests.components", "examples")


@pytest.fixture(autouse=True)
def beside_others() -> Iterator[None]:
    """Wait while a test that measures time runs alone in another process."""
    with alone.beside_others():
        yield


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """Return an empty package `kit` in `tmp_path`, the current folder, which is on `sys.path`.

    The teardown restores `sys.path` and removes the packages that the test imported from
    `sys.modules`, but leaves the finder in `sys.meta_path` and the audit hook that a build adds.
    Bytecode is written even if the environment forbids it.
    """
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    known = sys.stdlib_module_names | top_level(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)  # also undoes what builds add to sys.path
    monkeypatch.chdir(tmp_path)
    yield Catalog(tmp_path)
    for name in list(sys.modules):
        if name.partition(".")[0] not in known:
            del sys.modules[name]
    with recording() as finder:
        finder.loaded.clear()


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't measure the coverage of the processes and interpreters that the test starts.

    To measure one takes as much CPU time as to start it. Other tests run the same code.
    """
    for name in UNMEASURED:
        monkeypatch.delenv(name, raising=False)


def top_level(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}
