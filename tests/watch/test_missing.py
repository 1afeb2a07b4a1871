"""missing_files returns the paths whose appearance may fix a failed build."""

import sys
from pathlib import Path

import pytest

from storytime.build.whole import build_site
from storytime.errors import BuildFailed
from storytime.watch.missing import missing_files

from ..support import SMALL, Catalog, write

LACKING: dict[str, tuple[str, list[str]]] = {
    "a module": ("import sibling", ["sibling.py", "sibling"]),
    "a module below": (
        "from sibling.cards import card",
        ["sibling.py", "sibling"],
    ),
    "a module in a folder without an __init__": (
        "import space.cards.card",
        ["space/cards.py", "space/cards"],
    ),
    "a name of an empty folder": ("from space import card", ["space/card.py", "space/__init__.py"]),
    "a module of a package": (
        "from whole import cards",
        ["whole/cards.py", "whole/cards"],
    ),
    "a file": ("open('data/colours.json')", ["data/colours.json"]),
    "a file behind another error": (
        "try: open('data/colours.json')\nexcept OSError as error: raise ValueError from error",
        ["data/colours.json"],
    ),
}


@pytest.mark.parametrize("what", LACKING)
def test_missing_imports_and_files_become_paths(
    catalog: Catalog, tmp_path: Path, what: str
) -> None:
    statement, files = LACKING[what]
    write(catalog.base, {"space/notes.txt": "", "whole/__init__.py": ""})
    catalog.write({**SMALL, "card/stories.py": statement})
    with pytest.raises(BuildFailed) as raised:
        build_site("kit", tmp_path / "site")
    missing = missing_files(raised.value.failures, str(catalog.base))
    assert {str(catalog.base / file) for file in files} <= missing


@pytest.mark.parametrize(
    "statement", ["1 / 0", "import sys.no_such", "open('/etc/no/such')", "raise ImportError('x')"]
)
def test_failures_that_no_new_file_can_fix_have_no_missing_files(
    catalog: Catalog, tmp_path: Path, statement: str
) -> None:
    catalog.write({**SMALL, "card/stories.py": statement})
    with pytest.raises(BuildFailed) as raised:
        build_site("kit", tmp_path / "site")
    found = missing_files(raised.value.failures, str(catalog.base))
    assert not {path for path in found if "no_such" not in path}


def test_a_module_may_be_missing_in_any_folder_of_the_project(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path / "src")
    catalog.write({**SMALL, "card/stories.py": "import sibling"})
    with pytest.raises(BuildFailed) as raised:
        build_site("kit", tmp_path / "site")
    missing = missing_files(raised.value.failures, str(catalog.base))
    assert str(tmp_path / "src/sibling.py") in missing
    installed = [path for path in sys.path if "site-packages" in path]
    assert installed
    assert not [path for path in missing if path.startswith(tuple(installed))]
