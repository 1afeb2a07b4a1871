"""What pip alone installs from the wheel, on each Python."""

from pathlib import Path
from textwrap import dedent

import pytest
from playwright.sync_api import Browser

from ..support import write
from .conftest import PYTHONS, SHOP, Empty, Environment, see_an_edit

LATER = [python for python in PYTHONS if python != "3.13"]
IN_A_SUBINTERPRETER = """
    import sys
    if sys.version_info < (3, 14):
        from interpreters_backport import interpreters
    else:
        from concurrent import interpreters
    interpreter = interpreters.create()
    interpreter.exec("import tdom; print(tdom.html.__name__, flush=True)")
    interpreter.close()
"""
IN_A_CHILD = """
    import subprocess, sys
    subprocess.run([sys.executable, "-c", "import tdom; print(tdom.html.__name__)"], check=True)
"""


def files_of_storytime(environment: Environment) -> list[Path]:
    return [*environment.site_packages.glob("*storytime*")]


def test_pip_finds_no_broken_requirements(installed: Environment) -> None:
    assert installed.run("python", "-m", "pip", "check") == "No broken requirements found.\n"


@pytest.mark.parametrize("script", ["import tdom; print('html')", IN_A_CHILD, IN_A_SUBINTERPRETER])
def test_tdom_can_be_imported_before_storytime(installed: Environment, script: str) -> None:
    assert installed.run("python", "-c", dedent(script)) == "html\n"


def test_start_of_later_pythons_imports_nothing(installed: Environment) -> None:
    script = "import sys; print([name for name in sys.modules if 'storytime' in name])"
    expected = ["storytime_compat_startup"] if installed.python == "3.13" else []
    assert installed.run("python", "-c", script) == f"{expected}\n"


def test_components_can_be_imported_without_storytime(installed: Environment) -> None:
    script = """
        import storytime_compat
        storytime_compat.install("shop")
        from shop.button.button import Button
        from tdom import html
        print(html(Button(label="Save")))
    """
    assert installed.run("python", "-c", dedent(script)) == "<button>Save</button>\n"


def test_build_writes_the_catalog(installed: Environment) -> None:
    installed.run("storytime", "build", "shop", "site")
    pages = (installed.folder / "site").rglob("*.html")
    assert any("<button>Save</button>" in page.read_text() for page in pages)


def test_serve_shows_an_edit_in_the_browser(installed: Environment, browser: Browser) -> None:
    write(installed.folder, SHOP)
    command = ("storytime", "serve", "shop", "--subinterpreters", "--port=0")
    with installed.serving(*command) as server:
        see_an_edit(browser, server, installed.folder / "shop/button/stories.py")


@pytest.mark.parametrize("python", PYTHONS)
def test_uninstalling_leaves_nothing(empty: Empty, wheel: Path, python: str) -> None:
    environment = empty(python)
    environment.pip("install", wheel)
    write(environment.folder, SHOP)
    environment.run("storytime", "build", "shop", "site")
    environment.pip("uninstall", "--yes", "storytime-workshop")
    assert files_of_storytime(environment) == []
    assert (environment.site_packages / "tdom").exists() == (python != "3.13")


@pytest.mark.parametrize("python", LATER)
def test_tdom_and_storytime_come_and_go_in_any_order(
    empty: Empty, wheel: Path, python: str
) -> None:
    environment = empty(python)
    tdom = ("python", "-c", "import tdom; print(tdom.html.__name__)")
    environment.pip("install", "tdom")
    environment.pip("install", wheel)
    environment.pip("uninstall", "--yes", "storytime-workshop")
    assert environment.run(*tdom) == "html\n"
    environment.pip("install", wheel)
    environment.pip("install", "--force-reinstall", "--no-deps", "tdom")
    assert environment.run(*tdom) == "html\n"
    environment.pip("uninstall", "--yes", "tdom")
    gone = environment.run("python", "-c", "import importlib.util as u; print(u.find_spec('tdom'))")
    assert gone == "None\n"
    assert [*environment.site_packages.glob("tdom*")] == []


def test_empty_tdom_of_the_index_is_passed_over_on_3_13(empty: Empty, wheel: Path) -> None:
    environment = empty("3.13")
    environment.pip("install", wheel, "tdom")
    assert environment.run("python", "-c", "import tdom; print(tdom.html.__name__)") == "html\n"
    assert "tdom" in environment.run("python", "-m", "pip", "list")
    environment.run("python", "-m", "pip", "check")
