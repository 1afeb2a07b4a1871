"""Tells which files in an output folder are Storytime's. Other people's are never touched."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import StorytimeError
from .manifest import LOCK, NOT_OURS, OWN_FOLDER, Manifest, read_regular

TEMPORARY = "writing-"
"""The prefix of files that are not yet renamed to their place."""


def check_usable(output_dir: Path) -> Manifest | None:
    """Return what the folder holds, or None if it doesn't exist or holds no files.

    Raises StorytimeError if it holds files and was not written by Storytime.
    """
    with write_errors(output_dir):
        if output_dir.exists() and not output_dir.is_dir():
            raise StorytimeError(f"{output_dir} is a file; expected a folder for the catalog")
        earlier = Manifest.read(output_dir)
        if earlier is None and _holds_other_files(output_dir):
            # Another worker of the same app may have begun to write, which the manifest says first.
            earlier = Manifest.read(output_dir)
            if earlier is None:
                raise StorytimeError(
                    f"{output_dir} holds files that Storytime did not write; expected an empty"
                    " folder or one that an earlier build made. Nothing was written"
                )
        return earlier


def _holds_other_files(output_dir: Path) -> bool:
    """Return True if it holds more than folders and what a killed first build leaves behind."""
    own = os.path.join(output_dir, OWN_FOLDER)
    for folder, folders, files in os.walk(output_dir, onerror=_raise_unless_gone):
        if any(os.path.islink(os.path.join(folder, each)) for each in folders):
            return True
        if not all(
            folder == own and (file == LOCK or file.startswith(TEMPORARY)) for file in files
        ):
            return True
    return False


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def check_free(
    output_dir: Path, pages: Mapping[str, bytes], changed: Sequence[str], known: Collection[str]
) -> None:
    """Raise StorytimeError if writing the `changed` pages would replace other people's files.

    `known` are the pages that an earlier build wrote. A link in place of a folder leads to other
    people's files as well.
    """
    base = os.path.join(output_dir, "")
    for folder in sorted({above for path in changed for above in folders_above(path)}):
        place = base + folder
        if os.path.lexists(place) and (os.path.islink(place) or not os.path.isdir(place)):
            raise StorytimeError(f"{place} is in the way: a folder of the catalog; move it away")
    for path in changed:
        place = base + path
        is_ours = path in known or not os.path.lexists(place) or holds(place, pages[path])
        if os.path.isdir(place) or not is_ours:
            raise StorytimeError(f"{place} is in the way: Storytime did not write it; move it away")


def holds(place: str | Path, data: bytes) -> bool:
    """Return True if there is a regular file with these bytes."""
    try:
        return read_regular(place) == data
    except NOT_OURS:
        return False


def is_orphaned(process_id: str) -> bool:
    """Return True if no process has the id that a name was given."""
    try:
        os.kill(int(process_id), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except (PermissionError, ValueError):  # another user's process; no id
        return False
    return False


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders between the output folder and a page, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


@contextmanager
def write_errors(output_dir: Path) -> Iterator[None]:
    """Turn an OSError into a StorytimeError that names the file and the system's reason."""
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StorytimeError(
            f"can't write the catalog to {output_dir}: {error.strerror}{place}"
        ) from None
