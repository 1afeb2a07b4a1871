from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from storytime.errors import StorytimeError
from storytime.project.package import locate
from storytime.server.story_saving import save_story

from ..support import Catalog, contents, stamps

OLD, NEW = "x = 1\r\n# é\r\n", "x = 1\r\ny = 2\r\n# é\r\n"


def answer(file: Path, old: str = OLD) -> Mapping[str, Any]:
    content = NEW.encode().decode("latin-1")
    digest = hashlib.sha256(old.encode()).hexdigest()
    return {"code": "…", "file": str(file), "line": 2, "digest": digest, "content": content}


@pytest.fixture
def file(catalog: Catalog) -> Path:
    catalog.write({"__init__.py": "", "stories.py": OLD.encode()})
    return catalog.folder / "stories.py"


def test_a_story_is_saved_in_a_new_file_of_the_same_mode(file: Path) -> None:
    file.chmod(0o640)
    before = file.stat()
    found = save_story(locate("kit"), answer(file))
    assert found == {"code": "…", "file": str(file), "line": 2}
    assert file.read_bytes() == NEW.encode()
    assert file.stat().st_mode == before.st_mode
    assert file.stat().st_ino != before.st_ino
    assert {each.name for each in file.parent.iterdir()} == {"__init__.py", "stories.py"}


def test_a_link_within_the_package_stays_a_link(file: Path) -> None:
    link = file.parent / "linked.py"
    link.symlink_to(file)
    save_story(locate("kit"), answer(link))
    assert link.is_symlink()
    assert file.read_bytes() == NEW.encode()


def refused(file: Path, message: str, old: str = OLD) -> None:
    before = contents(file.parent), stamps(file.parent)
    with pytest.raises(StorytimeError, match=message):
        save_story(locate("kit"), answer(file, old))
    assert (contents(file.parent), stamps(file.parent)) == before


def test_a_file_that_changed_since_it_was_read_is_left(file: Path) -> None:
    refused(file, "has just changed: nothing was saved", "x = 0\n")


def test_a_file_that_is_read_only_is_left(file: Path) -> None:
    file.chmod(0o444)
    refused(file, "is read-only: nothing was saved")


def test_a_file_outside_the_package_is_left(file: Path) -> None:
    other = file.parents[1] / "stories.py"
    os.replace(file, other)
    refused(other, "is not in the package kit: nothing was saved")
    file.symlink_to(other)
    refused(file, "is not in the package kit: nothing was saved")


def test_a_file_that_is_gone_is_told(file: Path) -> None:
    file.unlink()
    refused(file, "can't be saved: No such file or directory")


def test_a_message_is_passed_on(file: Path) -> None:
    assert save_story(locate("kit"), {"message": "no"}) == {"message": "no"}
