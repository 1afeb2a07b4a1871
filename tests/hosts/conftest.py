"""Fixtures: Chromium, and a project with the files that the docs show."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..browser.conftest import Watched, browser, page, servers, watched
from ..browser.kit import FILES
from ..pages import blocks
from ..support import write

__all__ = ["Watched", "browser", "page", "servers", "watched"]

STATIC = {
    "static/kit.css": "p { outline: 3px solid rgb(4, 5, 6) }",
    "static/large.txt": "x" * 100_000,  # not sent in one piece
    "form/stories.py": str(FILES["form/stories.py"]).replace(
        "form, items=[",
        'lambda **props: \'<link rel="stylesheet" href="static/kit.css">\' + form(**props),'
        " items=[",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the files of docs/web-apps.md, and the catalogs that they name."""
    for name in ("catalog", "office"):
        write(tmp_path / name, {**FILES, **STATIC})
    for block in blocks("docs/web-apps.md"):
        if file := block.comments.get("file"):
            write(tmp_path, {file: block.text})
    return tmp_path


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """Processes that a test starts; they end after its pages."""
    with ExitStack() as stack:
        yield stack
