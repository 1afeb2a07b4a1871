"""What to say to somebody who named no catalog."""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ..catalog.tree_reader import STORIES
from ..project.files import is_pruned

SITE = re.compile(rb"->\s*[\"']?(?:\w+\.)*Site\b")
MOST_SHOWN = 3
MOST_SEARCHED = 2000
"""Folders that are looked into; the current one may be anything."""


def how_to_begin(command: str) -> str:
    """Return a sentence: which catalogs below the current folder the command could have meant."""
    here = Path.cwd()
    output = " public" if command == "build" else ""
    if calls := [
        f"`storytime {command} {shlex.quote(folder)}{output}`"
        for folder in islice(find_catalogs(here), MOST_SHOWN)
    ]:
        return f"Did you mean {' or '.join(calls)}?"
    return f"There is no catalog in {here}; `storytime init` makes one to begin with."


def find_catalogs(folder: Path) -> Iterator[str]:
    """Yield the folders of catalogs, relative to the folder, without importing anything."""
    for place, folders, files in islice(os.walk(folder), MOST_SEARCHED):
        folders[:] = sorted(name for name in folders if not is_pruned(name, place))
        if STORIES in files and _names_a_site(Path(place, STORIES)):
            folders.clear()
            yield os.path.relpath(place, folder)


def _names_a_site(file: Path) -> bool:
    with suppress(OSError):  # it may not be read
        return file.is_file() and SITE.search(file.read_bytes()) is not None
    return False
