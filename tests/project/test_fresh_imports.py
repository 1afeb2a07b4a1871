"""Imports ignore stale bytecode, and the files that a build uses are recorded."""

import importlib
import importlib.resources
import marshal
import os
import py_compile
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from storytime._compat import cache_path
from storytime.project.files import is_project_file
from storytime.project.fresh_imports import FreshFinder, recording

from ..support import Catalog, run_python, write


@pytest.fixture
def module(catalog: Catalog) -> Path:
    """Write an importable module `mod` and return its file."""
    return write(catalog.base, {"mod.py": "value = 1\n"}) / "mod.py"


def rewrite(file: Path, text: str) -> None:
    """Change a file but keep its size and modification time."""
    before = file.stat()
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size


def fresh(name: str) -> ModuleType:
    """Import a module as a new interpreter does during a build."""
    sys.modules.pop(name, None)
    with recording():
        return importlib.import_module(name)


# The loader.


def test_edit_that_keeps_size_and_time_is_seen(module: Path) -> None:
    py_compile.compile(str(module), doraise=True)  # as an ordinary import does
    rewrite(module, "value = 2\n")
    assert fresh("mod").value == 2
    rewrite(module, "value = 3\n")
    assert fresh("mod").value == 3


def test_python_s_own_loader_misses_such_an_edit(module: Path) -> None:
    py_compile.compile(str(module), doraise=True)
    rewrite(module, "value = 2\n")
    ended = run_python("-c", "import mod; print(mod.value)", cwd=module.parent)
    assert ended.stdout == "1\n"  # else the test above proves nothing


def test_nothing_is_compiled_twice(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh("mod")
    cached = Path(cache_path(str(module)))
    before = cached.stat()
    assert fresh("mod").value == 1
    assert (cached.stat().st_ino, cached.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="3.13 has its own cache of transformed code")
def test_python_uses_the_bytecode_and_checks_its_hash(
    module: Path,
) -> None:
    fresh("mod")
    read = ("-v", "-c", "import mod; print(mod.value)")
    ended = run_python(*read, cwd=module.parent)
    assert ended.stdout == "1\n"
    assert f"# code object from {cache_path(str(module))!r}" in ended.stderr
    rewrite(module, "value = 2\n")
    assert run_python(*read, cwd=module.parent).stdout == "2\n"


def test_dont_write_bytecode_is_respected(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert fresh("mod").value == 1
    assert not Path(cache_path(str(module))).exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"abc",
        lambda whole: whole[:30],
        lambda whole: whole[:16] + marshal.dumps("no code"),
    ],
    ids=["empty", "short", "cut off", "no code"],
)
def test_broken_bytecode_is_replaced(module: Path, damage: Callable[[bytes], bytes]) -> None:
    fresh("mod")
    cached = Path(cache_path(str(module)))
    whole = cached.read_bytes()
    cached.write_bytes(damage(whole))
    assert fresh("mod").value == 1
    assert cached.read_bytes() == whole


def test_code_of_a_moved_folder_names_the_new_files(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(catalog.base, {"old/mod.py": "def where(): return where.__code__.co_filename\n"})
    for name in ("old", "new"):
        monkeypatch.syspath_prepend(catalog.base / name)
        assert fresh("mod").where() == str(catalog.base / name / "mod.py")
        if name == "old":
            (catalog.base / "old").rename(catalog.base / "new")


def test_packages_and_their_data_are_found(catalog: Catalog) -> None:
    catalog.write(
        {"__init__.py": "", "inner/data.txt": "data", "inner/mod.py": "from . import other"}
    )
    catalog.write({"inner/other.py": ""})
    module = fresh("kit.inner.mod")
    assert module.__package__ == "kit.inner"
    assert module.other.__name__ == "kit.inner.other"
    assert (importlib.resources.files("kit.inner") / "data.txt").read_text() == "data"


# Recorded files.


def used(catalog: Catalog, source: str) -> list[str]:
    """Import a module with this source; return the recorded files, relative to the base."""
    write(catalog.base, {"mod.py": source})
    sys.modules.pop("mod", None)
    with recording() as finder:
        importlib.import_module("mod")
        return [os.path.relpath(path, catalog.base) for path in finder.sources()]


def test_sources_are_the_imported_and_opened_files(catalog: Catalog) -> None:
    catalog.write({"a.py": "from . import b", "b.py": "", "unused.py": "", "data.json": "{}"})
    write(catalog.base, {"sibling/helper.py": "", "x.bin": b""})
    source = (
        "import kit.a, sibling.helper, os\n"
        "open('kit/data.json').close()\n"
        "open(os.open(b'x.bin', os.O_RDONLY)).close()"
    )
    assert used(catalog, source) == [
        "kit/a.py",
        "kit/b.py",
        "kit/data.json",
        "mod.py",
        "sibling/helper.py",
        "x.bin",
    ]


@pytest.mark.parametrize("mode", ["w", "a", "x", "r+", "wb"])
def test_written_file_is_not_a_source(catalog: Catalog, mode: str) -> None:
    write(catalog.base, {} if mode == "x" else {"written.txt": "x"})
    assert used(catalog, f"open('written.txt', {mode!r}).close()") == ["mod.py"]


def test_file_written_by_os_open_is_not_a_source(catalog: Catalog) -> None:
    source = "import os\nos.close(os.open('written.txt', os.O_RDWR | os.O_CREAT))"
    assert used(catalog, source) == ["mod.py"]


def test_installed_and_system_files_are_not_sources(catalog: Catalog) -> None:
    source = "import wave, tdom, storytime.server.app\nopen('/etc/hostname').close()"
    sys.modules.pop("wave", None)
    assert used(catalog, source) == ["mod.py"]


def test_missing_file_is_not_a_source(catalog: Catalog) -> None:
    write(catalog.base, {"gone.txt": ""})
    source = (
        "import os\nopen('gone.txt').close()\nos.unlink('gone.txt')\n"
        "try: open('never.txt')\nexcept OSError: pass"
    )
    assert used(catalog, source) == ["mod.py"]


def test_module_that_fails_to_import_is_a_source(catalog: Catalog) -> None:
    write(catalog.base, {"bad.py": "1 / 0", "worse.py": "def"})
    source = "for name in ('bad', 'worse'):\n  try: __import__(name)\n  except Exception: pass"
    assert used(catalog, source) == ["bad.py", "mod.py", "worse.py"]


def test_source_is_found_after_a_change_of_the_current_folder(catalog: Catalog) -> None:
    write(catalog.base, {"a/x.txt": "", "b/y.txt": ""})
    source = (
        "import os\nos.chdir('a')\nopen('x.txt').close()\n"
        "os.chdir('../b')\nopen('y.txt').close()\nos.chdir('..')"
    )
    assert used(catalog, source) == ["a/x.txt", "b/y.txt", "mod.py"]


def test_file_opened_outside_a_recording_is_not_a_source(catalog: Catalog) -> None:
    write(catalog.base, {"x.txt": ""})
    assert used(catalog, "") == ["mod.py"]
    with recording() as finder:
        pass
    Path("x.txt").read_text()
    assert str(catalog.base / "x.txt") not in finder.sources()


def test_unloaded_module_is_not_a_source(catalog: Catalog) -> None:
    write(catalog.base, {"gone.py": ""})
    assert used(catalog, "import gone") == ["gone.py", "mod.py"]
    del sys.modules["gone"]
    assert used(catalog, "") == ["mod.py"]


def test_new_module_is_found_although_the_folder_s_mtime_is_the_same(catalog: Catalog) -> None:
    assert used(catalog, "try: import late\nexcept ImportError: pass") == ["mod.py"]
    folder = catalog.base.stat()
    write(catalog.base, {"late.py": ""})
    os.utime(catalog.base, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    fresh("late")


def test_nested_recording_forgets_nothing(catalog: Catalog) -> None:
    write(catalog.base, {"x.txt": ""})
    source = (
        "from storytime.project.fresh_imports import recording\n"
        "open('x.txt').close()\nwith recording(): pass"
    )
    assert used(catalog, source) == ["mod.py", "x.txt"]


def test_interpreter_has_one_finder_at_the_front(catalog: Catalog) -> None:
    with recording() as first:
        pass
    with recording() as second:
        assert first is second
    assert [each for each in sys.meta_path if isinstance(each, FreshFinder)] == [first]


def test_exception_ends_a_recording(catalog: Catalog) -> None:
    with pytest.raises(ZeroDivisionError), recording() as finder:
        raise ZeroDivisionError
    assert finder.depth == 0


@pytest.mark.parametrize(
    ("path", "project"),
    [
        ("/home/me/kit/a.py", True),
        ("/dev/shm/kit/a.py", True),
        (os.__file__, False),
        (sys.modules["storytime"].__file__, False),
        ("/x/lib/python3.14/site-packages/tdom/a.py", False),
        ("/usr/lib/python3/dist-packages/a.py", False),
        ("/home/me/kit/__pycache__/a.pyc", False),
        ("/proc/self/maps", False),
        ("/etc/hosts", False),
    ],
)
def test_project_files_are_neither_installed_nor_the_system_s(path: str, project: bool) -> None:
    assert is_project_file(path) is project
