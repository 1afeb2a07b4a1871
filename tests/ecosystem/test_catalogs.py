"""Catalogs of widely used libraries show, byte for byte, what each library renders alone.

Each package in `catalogs` is written as its library's users would. Its `alone.py` renders the same
components without Storytime, in a process of its own. `nox -s ecosystem` installs the libraries.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..serving_support import Server, replace, serving, wait_until
from ..support import contents, run_python, run_storytime

CATALOGS = Path(__file__).parent / "catalogs"
ALONE = """
import importlib, json, sys
package = sys.argv[1]
if sys.version_info < (3, 14):
    import storytime_compat
    storytime_compat.install(package)
print(json.dumps(dict(importlib.import_module(f"{package}.alone").rendered())))
"""
SCRIPT = '<script src="../../frame.js"></script>'


@dataclass(frozen=True)
class Kit:
    """A catalog and what to do with it.

    `missing` is the file that doesn't exist when the server starts. `edits` replace the first text
    in a file with the second. `refuses` is the module because of which processes build.
    """

    library: str
    missing: str
    edits: tuple[tuple[str, str, str], ...]
    refuses: str = ""

    @property
    def package(self) -> str:
        return f"{self.library}_kit"


KITS = (
    Kit(
        "htpy",
        "components.py",
        (("components.py", 'button(type="submit")["Go"]', 'button(".wide")["Go <on>"]'),),
    ),
    Kit(
        "jinja2",
        "templates/badge.html",
        (
            ("templates/macros.html", 'class="box"', 'class="box wide"'),
            ("templates/layout.html", "themed", "themed dark"),
            ("rendering.py", "trim_blocks=True", "trim_blocks=False"),
        ),
    ),
    Kit(
        "jinjax",
        "components/Badge.jinja",
        (
            ("components/Card.jinja", "<h1>{{ heading }}</h1>", "<h1>{{ heading }} – new</h1>"),
            ("rendering.py", "<p>{}</p>", "<p><b>{}</b></p>"),
        ),
    ),
    Kit(
        "fasthtml",
        "main.py",
        (("main.py", "Li(self.name, id", "Li(self.name, '<&>', id"),),
        "watchfiles",
    ),
    Kit(
        "django",
        "templates/badge.html",
        (
            ("templates/card.html", "No tags", "No tags yet"),
            ("templatetags/kit.py", '"!"', '"!!"'),
            ("forms.py", "As on your <b>passport</b>", "As you like & want"),
        ),
    ),
    Kit(
        "mako",
        "templates/badge.html",
        (
            ("templates/parts.html", 'class="box"', 'class="box wide"'),
            ("templates/base_article.html", "<article>", "<article class='wide'>"),
            ("rendering.py", "heading=heading)", "heading=heading + '!')"),
        ),
    ),
    Kit(
        "dominate",
        "components.py",
        (("components.py", "Then wait.", "Then wait <here>."),),
        "greenlet",  # dominate uses it if it is installed, here by Playwright
    ),
    Kit("pydantic", "components.py", (("components.py", ">More<", ">Read on<"),), "pydantic_core"),
    Kit("attrs", "components.py", (("components.py", '["card", ', '["card", "new", '),)),
    Kit(
        "msgspec",
        "data/linked.json",
        (("data/linked.json", "cake", "<cake>"), ("components.py", "More", "Read on")),
        "msgspec",
    ),
)


def rendered_alone(folder: Path, package: str) -> dict[str, str]:
    """Return the documents that the library renders, by the stories' paths."""
    ended = run_python("-c", ALONE, package, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    return {path: document(html) for path, html in found.items()}


def document(html: str) -> str:
    """Return what the document of a story contains, given what its component or layout renders."""
    if "<head>" in html:
        return html.replace("<head>", f"<head>{SCRIPT}", 1)
    return f"<body>\n{html}\n</body>"


def until_shown(server: Server, folder: Path, kit: Kit) -> dict[str, str]:
    """Wait until the server shows every story as the library renders it; return the documents."""
    expected = rendered_alone(folder, kit.package)
    for path, html in expected.items():
        server.until_served(f"/{path}/frame.html", html)
    return expected


@pytest.mark.parametrize("kit", KITS, ids=[kit.library for kit in KITS])
def test_stories_are_what_the_library_renders_alone(tmp_path: Path, kit: Kit) -> None:
    """Also once a file that was missing appears, and after edits."""
    package = shutil.copytree(CATALOGS / kit.package, tmp_path / kit.package)
    missing = (package / kit.missing).rename(tmp_path / "missing")
    site, clean = tmp_path / "site", tmp_path / "clean"
    with serving(tmp_path, kit.package, site, "--subinterpreters") as server:
        server.until_said(r"ERROR .*(No such file|No module|not found|[Bb]adge)")
        missing.rename(package / kit.missing)
        shown = until_shown(server, tmp_path, kit)
        for file, old, new in kit.edits:
            before, text = shown, (package / file).read_text("utf-8")
            replace(package / file, text.replace(old, new))
            shown = until_shown(server, tmp_path, kit)
            assert shown != before
        switched = [line for line in server.lines if "run in processes" in line]
        assert len(switched) == bool(kit.refuses)
        assert all(f" {kit.refuses} refuses" in line for line in switched)
        built = run_storytime("build", kit.package, clean, cwd=tmp_path)
        assert built.returncode == 0, built.stderr
        for path, html in shown.items():
            assert html in (clean / path / "frame.html").read_text("utf-8")
        wait_until(lambda: pages(site) == pages(clean), "what is served was a clean build's")


def pages(site: Path) -> dict[str, bytes]:
    return {path: data for path, data in contents(site).items() if path.endswith(".html")}
