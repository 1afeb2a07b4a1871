"""The wheel without an installation: uvx and pipx, on each Python."""

from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import Browser

from .conftest import PYTHONS, SHOP, Environment, write
from .test_installed import see_an_edit

type Empty = Callable[[str], Environment]


@pytest.fixture(params=PYTHONS)
def environment(request: pytest.FixtureRequest, empty: Empty) -> Environment:
    made = empty(request.param)
    write(made.folder, SHOP)
    return made


def test_uvx_serves_a_catalog(environment: Environment, wheel: Path, browser: Browser) -> None:
    uvx = ("uvx", "--quiet", f"--python=python{environment.python}", "--from", wheel, "storytime")
    environment.run(*uvx, "build", "shop", "site")
    assert (environment.folder / "site/index.html").exists()
    command = (*uvx, "serve", "shop", "--subinterpreters", "--port=0")
    with environment.serving(*command) as server:
        see_an_edit(browser, server, environment.folder / "shop/button/stories.py")


def test_pipx_runs_and_installs_the_command(environment: Environment, wheel: Path) -> None:
    python = f"--python={which(f'python{environment.python}')}"
    environment.run("pipx", "run", python, "--spec", wheel, "storytime", "build", "shop", "site")
    assert (environment.folder / "site/index.html").exists()
    environment.run("pipx", "install", python, wheel)
    environment.run(environment.folder / "pipx/storytime", "build", "shop", "again")
    assert (environment.folder / "again/index.html").exists()
