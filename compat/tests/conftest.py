"""Real modules in real folders, imported through the hook by names that no other test uses."""

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import storytime_compat

storytime_compat.install()  # here, so that the tests can import `string.templatelib` as usual

type MakeModule = Callable[..., ModuleType]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from, with bytecode written as usual; afterwards it is
    as if none had been.
    """
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    finder = next(
        each for each in sys.meta_path if isinstance(each, storytime_compat.TemplateFinder)
    )
    monkeypatch.setattr(finder, "packages", set(finder.packages))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def module(project: Path) -> MakeModule:
    """Makes a module of source, imported through the hook."""
    numbers = itertools.count()

    def make(source: str) -> ModuleType:
        name = f"hooked_{next(numbers)}"
        (project / f"{name}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        storytime_compat.install(name)
        return importlib.import_module(name)

    return make
