"""The wheel without an installation: uvx and pipx, on each Python."""

from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import Browser

from ..support import write
from .conftest import PYTHONS, SHOP, Empty, Environment, see_an_edit


@pytest.fixture(params=PYTHONS)
def environment(request: pytest.FixtureRequest, empty: Empty) -> Environment:
    return empty(request.param)


def uvx(environment: Environment, wheel: Path) -> tuple[str | Path, ...]:
    return "uvx", "--quiet", f"--python=python{environment.python}", "--from", wheel, "storytime"


def test_uvx_builds_and_serves_a_catalog(
    environment: Environment, wheel: Path, browser: Browser
) -> None:
    write(environment.folder, SHOP)
    storytime = uvx(environment, wheel)
    environment.run(*storytime, "build", "shop", "site")
    assert (environment.folder / "site/index.html").exists()
    with environment.serving(
        *storytime, "serve", "shop", "--subinterpreters", "--port=0"
    ) as server:
        see_an_edit(browser, server, environment.folder / "shop/button/stories.py")


def test_uvx_begins_a_catalog_in_an_empty_folder(
    environment: Environment, wheel: Path, browser: Browser
) -> None:
    storytime = uvx(environment, wheel)
    said = environment.run(*storytime, "init", "shop")
    assert "storytime serve" in said
    with environment.serving(*storytime, "serve", "--port=0", cwd="shop") as server:
        see_an_edit(browser, server, environment.folder / "shop/shop/button/stories.py")


def test_pipx_runs_and_installs_the_command(environment: Environment, wheel: Path) -> None:
    write(environment.folder, SHOP)
    python = f"--python={which(f'python{environment.python}')}"
    environment.run("pipx", "run", python, "--spec", wheel, "storytime", "build", "shop", "site")
    assert (environment.folder / "site/index.html").exists()
    environment.run("pipx", "install", python, wheel)
    environment.run(environment.folder / "pipx/storytime", "build", "shop", "again")
    assert (environment.folder / "again/index.html").exists()
