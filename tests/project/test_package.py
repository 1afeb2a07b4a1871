"""locate finds a package by name or folder."""

import importlib
import os
import sys
from pathlib import Path

import pytest

from storytime import StorytimeError, make_site
from storytime.project.package import Package, locate, make_importable

from ..support import Catalog, gives, write


@pytest.fixture
def here(catalog: Catalog) -> Path:
    """Return the current folder, not on `sys.path` (as for a console script)."""
    sys.path.remove(str(catalog.base))
    return catalog.base


def found(location: str) -> Package:
    """Locate a package and make it importable."""
    before = list(sys.path)
    package = locate(location)
    assert sys.path == before
    make_importable(package)
    return package


@pytest.mark.parametrize(
    "location", ["kit", "kit/", "./kit", "{here}/kit", "{here}/kit/", "../{name}/kit", "kit/a/.."]
)
@pytest.mark.parametrize("files", [["kit/__init__.py"], ["kit/stories.py"]], ids=str)
def test_name_and_folder_lead_to_the_same_package(
    here: Path, location: str, files: list[str]
) -> None:
    write(here, dict.fromkeys([*files, "kit/a/x.txt"], ""))
    package = found(location.format(here=here, name=here.name))
    assert (package.name, package.folders, package.base) == ("kit", (here / "kit",), here)
    assert importlib.import_module("kit").__path__[0] == str(here / "kit")


@pytest.mark.parametrize("on_path", [True, False], ids=["python -m", "command"])
@pytest.mark.parametrize(
    ("files", "cwd", "location", "name", "base"),
    [
        (["a/__init__.py", "a/b/__init__.py"], ".", "a/b", "a.b", "."),
        (["a/__init__.py", "a/b/__init__.py"], ".", "a.b", "a.b", "."),
        (["a/__init__.py", "a/b/__init__.py"], "a/b", ".", "a.b", "."),
        (["a/__init__.py", "a/b/__init__.py"], "a", "b", "a.b", "."),
        (["a/__init__.py", "a/b/__init__.py"], "a", "../a/b", "a.b", "."),
        (["a/__init__.py", "a/b/stories.py"], "elsewhere", "../a/b", "a.b", "."),
        (["a/b/stories.py"], ".", "a/b", "a.b", "."),
        (["a/b/stories.py"], ".", "a.b", "a.b", "."),
        (["a/b/stories.py"], "elsewhere", "../a/b", "b", "a"),
        (["src/a/b/stories.py"], ".", "src/a/b", "a.b", "src"),
        (["src/a/b/__init__.py", "src/a/__init__.py"], ".", "src/a/b", "a.b", "src"),
        (["project/kit/__init__.py"], ".", "project/kit", "kit", "project"),
        (["my-project/kit/__init__.py"], ".", "my-project/kit", "kit", "my-project"),
        (["my-project/kit/stories.py"], ".", "my-project/kit", "kit", "my-project"),
    ],
)
def test_folder_is_imported_from_where_its_package_begins(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: list[str],
    cwd: str,
    location: str,
    name: str,
    base: str,
    on_path: bool,
) -> None:
    write(here, dict.fromkeys([*files, "elsewhere/x.txt"], ""))
    monkeypatch.chdir(here / cwd)
    if on_path:
        sys.path.insert(0, str(here / cwd))
    if location == "b":  # a name is looked for along the path before the current folder
        location = "./b"
    package = found(location)
    assert (package.name, package.base) == (name, here / base)
    assert str(package.folders[0]) in importlib.import_module(name).__path__


def test_folder_below_one_on_the_path_is_imported_from_there(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, {"lib/a/kit/__init__.py": "", "elsewhere/x.txt": ""})
    sys.path.append(str(here / "lib"))
    monkeypatch.chdir(here / "elsewhere")
    assert locate("../lib/a/kit").name == "a.kit"


def test_folder_that_is_named_wins_over_packages_of_the_same_name(here: Path) -> None:
    for base in ("first", "second"):
        write(here, {f"{base}/kit/stories.py": gives(f"Site(title='{base}')")})
        sys.path.append(str(here / base))
    assert make_site("second/kit").title == "second"


def test_folder_is_found_again_by_its_name(here: Path) -> None:
    write(here, {"kit/stories.py": "", "other/kit/__init__.py": ""})
    package = found("other/kit")
    assert locate(package.name) == package


@pytest.mark.parametrize("location", ["kit", "other/kit"])
def test_making_a_package_importable_again_changes_nothing(here: Path, location: str) -> None:
    write(here, {"kit/stories.py": "", "other/kit/__init__.py": ""})
    package = found(location)
    assert sys.path[0] == str(package.base)
    before = list(sys.path)
    make_importable(package)
    assert sys.path == before


def test_namespace_package_has_all_its_folders(here: Path) -> None:
    write(here, {"one/a/kit/x.py": "", "two/a/kit/y.py": ""})
    sys.path += [str(here / "one"), str(here / "two")]
    assert locate("a.kit").folders == (here / "one/a/kit", here / "two/a/kit")


def test_package_with_an_init_hides_namespace_portions(here: Path) -> None:
    write(here, {"one/a/kit/x.py": "", "two/a/kit/__init__.py": ""})
    sys.path += [str(here / "one"), str(here / "two")]
    assert locate("a.kit").folders == (here / "two/a/kit",)


def test_nothing_is_imported_to_find_a_package(here: Path) -> None:
    write(here, {"a/__init__.py": "1 / 0", "a/kit/__init__.py": "1 / 0"})
    assert locate("a.kit").name == "a.kit"
    assert locate("a/kit").name == "a.kit"
    assert "a" not in sys.modules


def test_new_package_is_found_although_the_folder_s_mtime_is_the_same(here: Path) -> None:
    with pytest.raises(StorytimeError):
        locate("kit")
    before = here.stat()
    write(here, {"kit/stories.py": ""})
    os.utime(here, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert locate("kit").folders == (here / "kit",)


def test_finder_without_find_spec_is_skipped(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, {"kit/stories.py": ""})
    monkeypatch.setattr(sys, "meta_path", [object(), *sys.meta_path])
    assert locate("kit").name == "kit"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("nowhere", "no package 'nowhere'"),
        ("kit.nowhere", "no package 'kit.nowhere'"),
        ("nowhere/kit", "no package 'nowhere/kit'"),
        ("module", "no package 'module': expected .* a package \\(no module\\)"),
        ("kit.stories", "no package 'kit.stories'"),
        ("json.decoder", "no package 'json.decoder'"),
        ("sys", "no package 'sys'"),
        ("kit/stories.py", "no package 'kit/stories.py'"),
        ("", "no package ''"),
        ("kit..x", "no package 'kit..x'"),
        ("./my-kit", "my-kit can't be imported: expected a folder whose name is a Python name"),
        ("./html", "html can't be imported: Python has a module 'html' of its own"),
    ],
)
def test_location_without_a_package_is_a_usage_error(here: Path, location: str, said: str) -> None:
    files = ["kit/stories.py", "module.py", "my-kit/stories.py", "html/stories.py"]
    write(here, dict.fromkeys(files, ""))
    with pytest.raises(StorytimeError, match=said) as raised:
        locate(location)
    assert raised.value.exit_code == 2
    assert "\n" not in raised.value.message
