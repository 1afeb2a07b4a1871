"""The bundled tdom. All but the last few tests need storytime-compat to be installed."""

import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

COMPAT = Path(__file__).parents[1]
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


def test_bundled_tdom_wins_over_an_installed_empty_one(tmp_path: Path) -> None:
    (tmp_path / "tdom").mkdir()
    (tmp_path / "tdom/__init__.py").write_text("")
    script = """
        import storytime_compat
        storytime_compat.install("tdom")
        import tdom
        print(tdom.html.__name__)
    """
    assert run(script, folder=tmp_path) == "html\n"


def test_bundled_tdom_has_the_version_in_constraints() -> None:
    lock = COMPAT.parent / "constraints.txt"
    if not lock.exists():
        pytest.skip("only a checkout of storytime has its lock file")
    pinned = re.search(r"^tdom==(\S+)", REQUIREMENT.read_text(), re.MULTILINE)
    locked = re.search(r"^tdom==(\S+)", lock.read_text(), re.MULTILINE)
    assert pinned
    assert locked
    assert pinned[1] == locked[1]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    copy = tmp_path / "source"
    shutil.copytree(COMPAT, copy, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    return copy


def build(source: Path, wheels: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels, source]
    return subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_built_wheel_contains_tdom_and_its_licence(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path)
    assert built.returncode == 0, built.stdout
    (wheel,) = tmp_path.glob("storytime_compat-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    bundled = {name for name in files if name.startswith("storytime_compat_bundled/tdom/")}
    assert "storytime_compat_bundled/tdom/processor.py" in bundled
    assert not any(name.endswith((".pyc", ".pth")) for name in files)
    assert b"Dave Peck" in files["storytime_compat_bundled/LICENSE.tdom"]


def test_wheel_with_another_hash_is_rejected(source: Path, tmp_path: Path) -> None:
    pinned = source / "tdom-requirement.txt"
    pinned.write_text(re.sub(r"sha256:....", "sha256:0000", pinned.read_text()))
    built = build(source, tmp_path)
    assert built.returncode != 0
    assert "DO NOT MATCH THE HASHES" in built.stdout
