"""Which folders of a package are read, and which links are followed."""

from pathlib import Path

import pytest

from storytime.project.package import Package, locate
from storytime.project.package_folders import MOST_LINKS, PackageFolders

from ..support import Catalog, write


def folders_of(project: Path, output: Path | None = None) -> PackageFolders:
    return PackageFolders(Package("kit", (project / "kit",), project), output)


def walked(project: Path, output: Path | None = None) -> list[str]:
    found = [folder for _, folder, _ in folders_of(project, output).walk()]
    return sorted(folder.relative_to(project / "kit").as_posix() for folder in found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    write(project, {"kit/a/x": "", "libs/shared/deep/x": "", "libs/x": "", "web/out/x": ""})
    (project / ".git").mkdir()
    write(tmp_path, {"away/x": ""})
    return project


REFUSED = {
    "kit/link -> link": "leads back to itself",
    "kit/link -> ./link/link": "leads back to itself",
    "kit/link -> .": "or to a folder above it",
    "kit/a/link -> ..": "or to a folder above it",
    "kit/a/link -> ../..": "or to a folder above it",
    "kit/link -> /": "or to a folder above it",
    "kit/link -> ../../away": "away, outside of the project (",
    "kit/link -> ../../away/x": "away/x, outside of the project (",
    "kit/link -> /usr": "/usr, outside of the project (",
    "kit/link -> ../web": "web, where the output folder is",
    "kit/link -> ../web/out": "out, where the output folder is",
    "kit/link -> ../web/out/x": "x, where the output folder is",
}


@pytest.mark.parametrize("link", REFUSED)
def test_a_link_out_of_the_project_or_back_is_refused(project: Path, link: str) -> None:
    path, target = link.split(" -> ")
    (project / path).symlink_to(target)
    reason = folders_of(project, project / "web/out").refusal(str(project / path))
    assert REFUSED[link] in reason
    assert walked(project, project / "web/out") == [".", "a"]


@pytest.mark.parametrize("target", ["../libs/shared", "a", "../libs/x", "../web", "../nowhere"])
def test_a_link_within_the_project_is_followed(project: Path, target: str) -> None:
    (project / "kit/link").symlink_to(target)
    assert not folders_of(project).refusal(str(project / "kit/link"))
    below = {"../libs/shared": ["link", "link/deep"], "a": ["link"], "../web": ["link", "link/out"]}
    assert walked(project) == [".", "a", *below.get(target, [])]


def test_one_folder_may_have_several_links(project: Path) -> None:
    for link in ("one", "a/two"):
        (project / "kit" / link).symlink_to(project / "libs/shared")
    (project / "libs/shared/deep/next").symlink_to("../../../web")
    assert {"one/deep/next/out", "a/two/deep/next/out"} <= {*walked(project)}


def test_links_that_lead_to_each_other_s_folders_end(project: Path) -> None:
    write(project, {f"kit/mesh/{number}/x": "" for number in range(10)})
    for number in range(10):
        for other in {*range(10)} - {number}:
            (project / f"kit/mesh/{number}/to{other}").symlink_to(f"../{other}")
    ways = [folder for folder in walked(project) if folder.startswith("mesh/")]
    assert max(way.count("/to") for way in ways) == MOST_LINKS
    assert len(ways) == 10 + 90 + 90 * 8 + 90 * 8 * 7


def test_a_package_that_is_reached_through_a_link_keeps_its_own_links(catalog: Catalog) -> None:
    catalog.write({"__init__.py": ""})
    away = write(catalog.base / "away", {"a/x": "", "b/x": ""})
    (away / "a/b").symlink_to("../b")
    (catalog.base / "project/.git").mkdir(parents=True)
    write(catalog.base / "project/my", {"__init__.py": ""})
    (catalog.base / "project/my/catalog").symlink_to(away)
    package = locate(str(catalog.base / "project/my/catalog"))
    assert str(away / "a/b") in {str(folder) for _, folder, _ in PackageFolders(package).walk()}


@pytest.mark.parametrize(
    ("markers", "project"),
    [
        ([".git/"], "."),
        (["one/two/pyproject.toml"], "one/two"),
        (["one/pyproject.toml"], "one"),
        (["one/pyproject.toml", ".git"], "."),
        (["one/two/kit/pyproject.toml", "one/.git"], "one"),
    ],
)
def test_a_project_is_the_repository_or_has_a_pyproject(
    tmp_path: Path, markers: list[str], project: str
) -> None:
    for marker in markers:
        if marker.endswith("/"):
            (tmp_path / marker).mkdir()
        else:
            write(tmp_path, {marker: ""})
    base = tmp_path / "one/two"
    assert Package("kit", (base / "kit",), base).project == tmp_path / project
