"""The tdom in Storytime's wheel. All but the last few tests need Storytime to be installed."""

import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

COMPAT = Path(__file__).parents[1]
ROOT = COMPAT.parent
REQUIREMENT = COMPAT / "tdom-requirement.txt"


def run(script: str, *, folder: Path | None = None) -> str:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_tdom_renders_a_t_string_of_a_hooked_module(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        "from tdom import html\n"
        "def Button(*, label: str, later: Later = None): return t'<button>{label}</button>'\n"
        "class Later: ...\n"
        'page = str(html(t\'<p class={["a", "b"]}><{Button} label="a & b" /></p>\'))\n'
    )
    script = """
        import storytime_compat
        storytime_compat.install("page", "tdom")
        import page
        print(page.page)
    """
    assert run(script, folder=tmp_path) == '<p class="a b"><button>a &amp; b</button></p>\n'


def test_tdom_scopes_work_on_3_13(tmp_path: Path) -> None:
    script = """
        from contextvars import ContextVar
        from tdom import Scope
        theme = ContextVar("theme", default="light")
        with Scope(theme, "dark").activate():
            print(theme.get())
        print(theme.get())
    """
    assert run(script).split() == ["dark", "light"]


def test_tdom_can_be_imported_before_the_hook_is_installed() -> None:
    script = """
        import sys, tdom
        from tdom import html
        assert "storytime_compat_bundled" in tdom.__file__
        assert sys.modules["tdom"] is tdom
        assert tdom.html is html
        print(tdom.__spec__.loader.__class__.__name__)
    """
    assert run(script) == "TemplateLoader\n"


def test_subinterpreter_can_import_tdom_first() -> None:
    script = """
        from interpreters_backport import interpreters
        interpreter = interpreters.create()
        interpreter.exec("import tdom; print(tdom.html.__name__, flush=True)")
        interpreter.close()
    """
    assert run(script) == "html\n"


def test_start_of_an_interpreter_imports_nothing_of_the_hook() -> None:
    script = """
        import sys
        print(*sorted(name for name in sys.modules if "storytime" in name or name == "tdom"))
    """
    assert run(script) == "storytime_compat_startup\n"


@pytest.mark.parametrize("content", ["", "def example_function():\n    return 1 + 1\n"])
def test_bundled_tdom_wins_over_an_installed_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "tdom").mkdir()
    (tmp_path / "tdom/__init__.py").write_text(content)
    script = """
        import storytime_compat
        storytime_compat.install("tdom")
        import tdom
        print(tdom.html.__name__)
    """
    assert run(script, folder=tmp_path) == "html\n"


def test_tdom_that_is_installed_wins(tmp_path: Path) -> None:
    (tmp_path / "tdom").mkdir()
    (tmp_path / "tdom/__init__.py").write_text("from .processor import html")
    (tmp_path / "tdom/processor.py").write_text("html = t'{\"a later release\"}'.values[0]")
    assert run("import tdom; print(tdom.html)", folder=tmp_path) == "a later release\n"


def test_bundled_tdom_has_the_version_in_constraints() -> None:
    lock = ROOT / "constraints.txt"
    pinned = re.search(r"^tdom==(\S+)", REQUIREMENT.read_text(), re.MULTILINE)
    locked = re.search(r"^tdom==(\S+)", lock.read_text(), re.MULTILINE)
    assert pinned
    assert locked
    assert pinned[1] == locked[1]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    copy = tmp_path / "source"
    ignored = shutil.ignore_patterns("tests", "__pycache__")
    for folder in ("src", "compat"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, copy)
    return copy


def build(source: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels, source]
    return subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_built_wheel_contains_tdom_and_its_licence(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path)
    assert built.returncode == 0, built.stdout
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert "storytime_compat_bundled/tdom/processor.py" in files
    assert not any(name.startswith("tdom") or name.endswith(".pyc") for name in files)
    (licence,) = (name for name in files if name.endswith("licenses/compat/LICENSE.tdom"))
    assert b"Dave Peck" in files[licence]


def test_wheel_with_another_hash_is_rejected(source: Path, tmp_path: Path) -> None:
    pinned = source / "compat/tdom-requirement.txt"
    pinned.write_text(re.sub(r"sha256:....", "sha256:0000", pinned.read_text()))
    built = build(source, tmp_path)
    assert built.returncode != 0
    assert "DO NOT MATCH THE HASHES" in built.stdout
