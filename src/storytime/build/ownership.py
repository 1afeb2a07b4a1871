"""Ownership: what in an output folder is Storytime's, and what is other people's and stays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import StorytimeError
from .manifest import OWN_FOLDER, Manifest

TEMPORARY = "writing-"
"""Begins the names of what is not yet renamed to its place."""


def check_usable(output_dir: Path) -> Manifest | None:
    """The manifest of the build that is in the folder, None where the folder is new or empty.

    Folders without a file in them are empty. Raises StorytimeError where the folder is neither
    new, nor empty, nor Storytime's own.
    """
    with telling(output_dir):
        if not output_dir.exists():
            return None
        if not output_dir.is_dir():
            raise StorytimeError(f"{output_dir} is a file; expected a folder for the catalog")
        manifest = Manifest.read(output_dir)
        if manifest is None and _holds_other_files(output_dir):
            raise StorytimeError(
                f"{output_dir} holds files that Storytime did not write; expected an empty folder"
                " or one that an earlier build made. Nothing was written"
            )
        return manifest


def _holds_other_files(output_dir: Path) -> bool:
    """Whether there is more in it than folders, and than what a first build leaves in its own that
    is killed before its manifest is there."""
    own = os.path.join(output_dir, OWN_FOLDER)
    for folder, folders, files in os.walk(output_dir, onerror=_raise_unless_gone):
        if any(os.path.islink(os.path.join(folder, each)) for each in folders):
            return True
        if not all(folder == own and file.startswith(TEMPORARY) for file in files):
            return True
    return False


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def check_free(output_dir: Path, changed: Sequence[str], new: Mapping[str, bytes]) -> None:
    """Raises StorytimeError where writing a page would replace, or lead into, what is not ours.

    `new` are the pages that no earlier build wrote.
    """
    base = os.path.join(output_dir, "")
    for folder in sorted({above for path in changed for above in folders_above(path)}):
        if os.path.islink(base + folder) or not _is_folder_or_free(base + folder):
            raise StorytimeError(
                f"{base}{folder} is in the way: a folder of the catalog; move it away"
            )
    for path in changed:
        place = base + path
        if not os.path.lexists(place):
            continue
        is_theirs = path in new and (os.path.islink(place) or _holds_other(place, new[path]))
        if os.path.isdir(place) or is_theirs:
            raise StorytimeError(f"{place} is in the way: Storytime did not write it; move it away")


def _is_folder_or_free(place: str) -> bool:
    return os.path.isdir(place) or not os.path.exists(place)


def _holds_other(file: str, data: bytes) -> bool:
    if os.path.isdir(file):
        return True
    with open(file, "rb") as opened:
        return opened.read() != data


def folders_above(path: str) -> Iterator[str]:
    """The folders between the output's own and a page, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


@contextmanager
def telling(output_dir: Path) -> Iterator[None]:
    """Turns an OSError into one line that names the file and what the system said of it."""
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StorytimeError(
            f"can't write the catalog to {output_dir}: {error.strerror}{place}"
        ) from None
