"""What is in the wheel and in the source distribution."""

import re
import subprocess
import tarfile
import zipfile
from email import message_from_bytes
from importlib.metadata import distribution
from pathlib import Path, PurePath

from .conftest import ROOT


def test_wheel_has_no_path_of_tdom_and_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.startswith("tdom")] == []
    licences = {name.partition("licenses/")[2] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "compat/LICENSE.tdom"}


def test_licence_of_tdom_is_that_of_its_release() -> None:
    released = distribution("tdom").read_text("licenses/LICENSE")
    assert (ROOT / "compat/LICENSE.tdom").read_text() == released


def test_links_of_the_description_are_absolute(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    described = message_from_bytes(archive.read(name)).get_payload()
    targets = re.findall(r"\]\(([^)]+)\)", str(described))
    images = re.findall(r"!\[[^]]*\]\(([^)]+)\)", str(described))
    assert images
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    assert all("/raw/" in image for image in images)


def test_sdist_has_the_whole_checkout_and_tdom(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        files = [PurePath(*PurePath(name).parts[1:]) for name in archive.getnames()]
    names = {str(path) for file in files for path in (file, *file.parents)}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True)
    assert {*tracked.stdout.decode().splitlines(), "compat/tdom/processor.py"} - names == set()
