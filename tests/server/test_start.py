"""What `storytime serve` does before it serves."""

import ast
from pathlib import Path

import pytest

from ..serving_support import serving
from ..support import SMALL, Catalog

TELLS_MODULES = """
import atexit, sys
from storytime.__main__ import main
atexit.register(lambda: print("loaded", sorted(sys.modules), flush=True))
main(prog_name="storytime")
"""


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_the_server_imports_nothing_that_only_builds_need(
    catalog: Catalog, tmp_path: Path, isolation: str
) -> None:
    catalog.write(SMALL)
    options: list[str | Path] = ["kit", tmp_path / "site", "--isolation", isolation]
    with serving(tmp_path, *options, program=("-c", TELLS_MODULES)) as server:
        server.until_served("/forms/button/story-0/", "OK")
        (catalog.folder / "forms/button/stories.py").touch()
        server.until_said("built forms/button of kit alone")
        server.end()
    (line,) = (line for line in server.lines if line.startswith("loaded "))
    loaded = set(ast.literal_eval(line.removeprefix("loaded ")))
    assert "storytime.server.app" in loaded
    names = "tdom", "markdown_it", "storytime.views.pages", "storytime.render.component", "kit"
    assert not loaded.intersection(names)
