"""The import hook: which imports it changes, what it caches, and where it is installed."""

import importlib
import importlib.util
import os
import subprocess
import sys
import textwrap
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from conftest import MakeModule
from interpreters_backport import interpreters

import storytime_compat
from storytime_compat import TemplateFinder, TemplateLoader, cache_path


def write(path: Path, source: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    importlib.invalidate_caches()
    return path


def fresh(name: str) -> object:
    sys.modules.pop(name, None)
    return importlib.import_module(name)


def test_only_named_packages_are_transformed(project: Path) -> None:
    write(project / "named/__init__.py", "")
    write(project / "named/below/stories.py", "x = t'{1}'")
    write(project / "named_alike.py", "x = 1")
    write(project / "other.py", "x = t'{1}'")
    storytime_compat.install("named")
    assert importlib.import_module("named.below.stories").x.values == (1,)
    assert type(importlib.import_module("named_alike").__loader__) is SourceFileLoader
    with pytest.raises(SyntaxError):
        importlib.import_module("other")


def test_dotted_name_leaves_its_parent_alone(project: Path) -> None:
    write(project / "parent/__init__.py", "")
    write(project / "parent/child/__init__.py", "x = t'{1}'")
    write(project / "parent/sibling.py", "")
    storytime_compat.install("parent.child")
    assert importlib.import_module("parent.child").x.values == (1,)
    for name in ("parent", "parent.sibling"):
        assert type(importlib.import_module(name).__loader__) is SourceFileLoader


def test_every_portion_of_a_namespace_package_is_transformed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for portion in ("one", "two"):
        write(project / portion / f"spread/{portion}/stories.py", "x = t'{1}'")
        monkeypatch.syspath_prepend(project / portion)
    storytime_compat.install("spread")
    for portion in ("one", "two"):
        assert importlib.import_module(f"spread.{portion}.stories").x.values == (1,)


def test_package_may_be_named_before_it_exists(project: Path) -> None:
    storytime_compat.install("unwritten")
    assert importlib.util.find_spec("unwritten") is None
    write(project / "unwritten.py", "x = t'{1}'")
    assert importlib.import_module("unwritten").x.values == (1,)


def test_module_found_by_another_finder_is_transformed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(project / "elsewhere/source.py", "x = t'{1}'")

    class EditableFinder:
        def find_spec(self, name: str, path: object = None, target: object = None) -> object:
            return (
                importlib.util.spec_from_file_location(name, source) if name == "mapped" else None
            )

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, EditableFinder()])
    storytime_compat.install("mapped")
    assert importlib.import_module("mapped").x.values == (1,)


def test_second_install_adds_names_but_no_finder() -> None:
    before = list(sys.meta_path)
    finder = next(each for each in before if isinstance(each, TemplateFinder))
    storytime_compat.install("once", "twice")
    storytime_compat.install("once")
    assert sys.meta_path == before
    assert {"once", "twice"} <= finder.packages
    finder.packages -= {"once", "twice"}


def test_bytecode_has_its_own_file_and_is_used(module: MakeModule) -> None:
    made = module("x = t'{1}'")
    cached = Path(made.__spec__.cached)
    assert cached == Path(cache_path(made.__file__))
    assert [path.name for path in cached.parent.iterdir()] == [
        f"{made.__name__}.cpython-313.opt-storytime0.pyc"
    ]
    compiled = []

    class Counting(TemplateLoader):
        def source_to_code(self, data: bytes, path: str, *, _optimize: int = -1) -> object:
            compiled.append(path)
            return super().source_to_code(data, path, _optimize=_optimize)

    Counting(made.__name__, made.__file__).get_code(made.__name__)
    assert compiled == []
    Path(made.__file__).write_text("x = t'{2}'")
    Counting(made.__name__, made.__file__).get_code(made.__name__)
    assert compiled == [made.__file__]


def test_bytecode_in_site_packages_is_where_pip_removes_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(project / "site-packages/installed.py", "x = 'of pip'")
    monkeypatch.syspath_prepend(source.parent)
    fresh("installed")
    write(source, "x = t'{1}'")
    storytime_compat.install("installed")
    assert fresh("installed").x.values == (1,)
    (cached,) = source.parent.glob("__pycache__/*")
    assert str(cached) == importlib.util.cache_from_source(str(source))


def test_python_itself_does_not_use_bytecode_of_the_hook(project: Path) -> None:
    source = write(project / "site-packages/shared.py", "x: missing = 1")
    TemplateLoader("shared", str(source)).get_code("shared")
    with pytest.raises(NameError, match="missing"):
        exec(SourceFileLoader("shared", str(source)).get_code("shared"), {})


def test_edit_with_the_same_size_and_time_is_seen(module: MakeModule) -> None:
    made = module("x = t'{1}'")
    before = os.stat(made.__file__)
    Path(made.__file__).write_text("x = t'{2}'")
    os.utime(made.__file__, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.stat(made.__file__)
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert fresh(made.__name__).x.values == (2,)


def test_ordinary_pyc_is_neither_read_nor_written(project: Path) -> None:
    source = write(project / "both.py", "x = 'ordinary'")
    fresh("both")
    ordinary = Path(importlib.util.cache_from_source(str(source)))
    bytecode = ordinary.read_bytes()
    storytime_compat.install("both")
    before = os.stat(source)
    source.write_text("x = 'hook one'")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert fresh("both").x == "hook one"
    assert ordinary.read_bytes() == bytecode


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-4], lambda data: data[:20] + b"nonsense", lambda data: b""]
)
def test_damaged_bytecode_is_compiled_again(module: MakeModule, damage: object) -> None:
    made = module("x = t'{1}'")
    cached = Path(cache_path(made.__file__))
    whole = cached.read_bytes()
    cached.write_bytes(damage(whole))
    assert fresh(made.__name__).x.values == (1,)
    assert cached.read_bytes() == whole


def test_bytecode_in_a_moved_folder_is_compiled_again(project: Path) -> None:
    write(project / "old/moved.py", "def f(): pass")
    storytime_compat.install("old", "new")
    assert importlib.import_module("old.moved").f.__code__.co_filename == str(
        project / "old/moved.py"
    )
    (project / "old").rename(project / "new")
    importlib.invalidate_caches()
    assert importlib.import_module("new.moved").f.__code__.co_filename == str(
        project / "new/moved.py"
    )


def test_changed_transform_invalidates_the_caches(
    module: MakeModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = module("x = t'{1}'")
    cached = Path(cache_path(made.__file__))
    before = cached.read_bytes()
    monkeypatch.setattr("storytime_compat.hook._own_source", lambda: b"another transform")
    fresh(made.__name__)
    assert cached.read_bytes() != before


def test_module_in_a_read_only_folder_can_be_imported(project: Path) -> None:
    write(project / "locked/__init__.py", "x = t'{1}'")
    (project / "locked/__pycache__").write_text(
        "a file, so that not even root can write a cache into it"
    )
    storytime_compat.install("locked")
    assert importlib.import_module("locked").x.values == (1,)


def test_dont_write_bytecode_is_respected(
    module: MakeModule, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert module("x = t'{1}'").x.values == (1,)
    assert not (project / "__pycache__").exists()


def test_optimized_and_plain_bytecode_have_separate_caches(project: Path) -> None:
    write(project / "asserting.py", "assert not t'{1}'.values")
    run = "import storytime_compat; storytime_compat.install('asserting'); import asserting"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    for flags, code in ([], 1), (["-O"], 0), ([], 1):
        command = [sys.executable, *flags, "-c", run]
        ended = subprocess.run(
            command, check=False, cwd=project, env=environment, capture_output=True, text=True
        )
        assert (ended.returncode, "AssertionError" in ended.stderr) == (code, bool(code))
    assert len(list((project / "__pycache__").iterdir())) == 2


def test_getsource_returns_the_original_source(module: MakeModule) -> None:
    import inspect

    assert (
        inspect.getsource(module("def f():\n    return t'{1}'\n").f)
        == "def f():\n    return t'{1}'\n"
    )


def test_syntax_error_of_an_import_shows_the_source_line(module: MakeModule) -> None:
    with pytest.raises(SyntaxError) as caught:
        module("x = 1\ny = t'''\n  <p>{x y}</p>'''\n")
    error = caught.value
    assert (error.lineno, error.offset, error.end_offset, error.text) == (
        3,
        7,
        10,
        "  <p>{x y}</p>'''\n",
    )


def test_other_imports_are_passed_on_at_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storytime_compat.install("named")
    names = [getattr(finder, "__name__", type(finder).__name__) for finder in sys.meta_path]
    expected = ["BuiltinImporter", "FrozenImporter", "TemplateFinder", "PathFinder"]
    assert [name for name in names if name in expected] == expected
    finder = next(each for each in sys.meta_path if isinstance(each, TemplateFinder))
    monkeypatch.setattr(sys, "meta_path", [])  # so that a search fails
    assert finder.find_spec("json", None) is None
    with pytest.raises(ValueError, match="not in list"):
        finder.find_spec("named", None)


def test_importing_storytime_compat_changes_nothing() -> None:
    script = """
        import sys
        before = list(sys.meta_path), set(sys.path_hooks), sys.path[:]
        import storytime_compat
        assert (list(sys.meta_path), set(sys.path_hooks), sys.path[:]) == before
        assert "string.templatelib" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


IN_A_SUBINTERPRETER = """
    import sys
    sys.path[:] = {path!r}
    try:
        import string.templatelib
    except ModuleNotFoundError:
        pass
    else:
        raise AssertionError("the hook of the main interpreter is not this one's")
    import storytime_compat
    storytime_compat.install("page")
    import page
    from string.templatelib import Template
    assert type(page.x) is Template and page.x.values == (1,), page.x
    assert page.__spec__.cached.endswith(".opt-storytime0.pyc")
"""


def test_each_subinterpreter_installs_its_own_hook(project: Path) -> None:
    write(project / "page.py", "x = t'{1}'")
    for _ in range(2):
        interpreter = interpreters.create()
        try:
            interpreter.exec(textwrap.dedent(IN_A_SUBINTERPRETER.format(path=sys.path)))
        finally:
            interpreter.close()
