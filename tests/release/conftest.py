"""Empty environments, a catalog, and the browser."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..browser.chromium import chromium
from ..serving_support import Server
from ..support import environment, write

ROOT = Path(__file__).parents[2]
PYTHONS = re.findall(r'Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())

expect.set_options(timeout=20_000)  # ms


@dataclass(frozen=True)
class Environment:
    """A virtual environment with pip, and a folder to work in. Nothing of the checkout is in it."""

    python: str
    folder: Path

    @property
    def site_packages(self) -> Path:
        return self.folder / f".venv/lib/python{self.python}/site-packages"

    @property
    def variables(self) -> dict[str, str]:
        path = f"{self.folder}/.venv/bin:{os.environ['PATH']}"
        pipx = {f"PIPX_{name}": f"{self.folder}/pipx" for name in ("HOME", "BIN_DIR", "MAN_DIR")}
        return environment(PYTHONPATH="", PATH=path, VIRTUAL_ENV=f"{self.folder}/.venv", **pipx)

    def run(self, *command: str | Path, cwd: str = "") -> str:
        """Run a command; return its standard output. Fail if it fails."""
        ended = subprocess.run(
            command,
            cwd=self.folder / cwd,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def pip(self, *arguments: str | Path) -> str:
        return self.run("python", "-m", "pip", "--quiet", *arguments)

    @contextmanager
    def serving(self, *command: str | Path, cwd: str = "") -> Iterator[Server]:
        """Run a command that serves a catalog, until the `with` block ends."""
        with subprocess.Popen(
            command,
            cwd=self.folder / cwd,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            server = Server(process, self.folder)
            reader = threading.Thread(target=server.read)
            reader.start()
            try:
                server.until_said("Serving .* at http://")
                (address,) = (line for line in server.lines if "Serving" in line)
                server.port = int(re.findall(r":(\d+)/", address)[0])
                yield server
            finally:
                server.end(signal.SIGTERM)  # which uvx passes on; SIGINT it expects from a terminal
                reader.join()


type Empty = Callable[[str], Environment]


def see_an_edit(browser: Browser, server: Server, stories: Path) -> None:
    """Open the button's first story, rename the label in the file, and wait until it is shown."""
    with browser.new_page() as page:
        page.goto(f"http://127.0.0.1:{server.port}/button/primary/")
        button = page.frame_locator("iframe").first.get_by_role("button")
        expect(button).to_have_text("Save")
        stories.write_text(stories.read_text().replace("Save", "Keep"))
        expect(button).to_have_text("Keep")


@pytest.fixture(scope="session")
def wheel() -> Path:
    (path,) = ROOT.glob("dist/*.whl")
    return path


@pytest.fixture(scope="session")
def sdist() -> Path:
    (path,) = ROOT.glob("dist/*.tar.gz")
    return path


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Empty:
    """Return a function that makes an environment with nothing but pip."""

    def make(python: str) -> Environment:
        made = Environment(python, tmp_path_factory.mktemp(f"python{python}-"))
        made.run("uv", "venv", "--quiet", "--seed", f"--python=python{python}", ".venv")
        return made

    return make


@pytest.fixture(scope="session", params=PYTHONS)
def installed(request: pytest.FixtureRequest, empty: Empty, wheel: Path) -> Environment:
    """An environment on each Python into which pip installed the wheel, and a catalog `shop`."""
    made = empty(request.param)
    made.pip("install", wheel)
    write(made.folder, SHOP)
    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


SHOP = {
    "shop/stories.py": """
        from storytime import Site

        def site() -> Site:
            return Site(title="Shop")
    """,
    "shop/button/button.py": """
        from string.templatelib import Template

        def Button(*, label: str) -> Template:
            return t"<button>{label}</button>"
    """,
    "shop/button/stories.py": """
        from storytime import Story, Subject
        from .button import Button

        def button() -> Subject:
            return Subject(target=Button, items=[Story(title="Primary", props={"label": "Save"})])
    """,
}
