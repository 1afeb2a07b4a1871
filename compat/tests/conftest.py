"""Fixtures that write real modules and import them through the hook, by unique names."""

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import storytime_compat

storytime_compat.install()  # so that the tests can import `string.templatelib`

type MakeModule = Callable[..., ModuleType]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path`, with bytecode written as usual. Undoes its imports at the end."""
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
    """A function that writes source to a module and imports it through the hook."""
    numbers = itertools.count()

    def make(source: str) -> ModuleType:
        name = f"hooked_{next(numbers)}"
        (project / f"{name}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        storytime_compat.install(name)
        return importlib.import_module(name)

    return make
