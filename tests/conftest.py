"""The fixtures that several test modules share; helpers are in `support`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import storytime.build  # noqa: F401 (loads tdom, which no test is to load anew)
from storytime._compat import install
from storytime.project.fresh_imports import recording

from .support import Catalog

# The same examples in every run: no run fails by chance, and none leaves files behind.
settings.register_profile("storytime", derandomize=True, database=None, deadline=None)
settings.load_profile("storytime")


# They are imported by tests, rather than by a build.
install("tests.components", "examples")


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """An empty package `kit`, imported from `tmp_path`, which is the current folder as well.

    The packages that the test imports are forgotten after it, and `sys.path` is as it was. The
    finder that a build puts into `sys.meta_path` stays, since its audit hook stays anyway. Bytecode
    is written, whatever the environment says.
    """
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    known = sys.stdlib_module_names | top_level(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)  # at the end this takes back what builds add, too
    monkeypatch.chdir(tmp_path)
    yield Catalog(tmp_path)
    for name in list(sys.modules):
        if name.partition(".")[0] not in known:
            del sys.modules[name]
    with recording() as finder:
        finder.loaded.clear()


def top_level(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}
