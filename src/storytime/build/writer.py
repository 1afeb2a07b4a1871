"""Writes a build into its output folder: what changed is written, what is stale is removed.

What a reader may rely on: a page is there whole or not at all. A page whose bytes are the same is
not touched. Only what an earlier build wrote is replaced or removed, and a folder with other
people's files is refused before anything is written. After a build that was killed at any point
the next one completes the folder, since the manifest says which pages are about to change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import get_native_id

from ..errors import BuildFailure
from ..ring.progress import check_stopped
from .manifest import (
    MANIFEST,
    OWN_FOLDER,
    PARTIAL,
    UNWRITTEN,
    EarlierBuild,
    Manifest,
    Partial,
    build_id,
    changed_id,
    digest_of,
)
from .ownership import TEMPORARY, check_free, check_usable, folders_above, write_errors
from .result import BuildResult

ATTEMPTS = 3
"""How often the catalog is written if somebody removes the folder meanwhile."""
CLOCK_TICK = 0.02
"""Seconds by which a file's time may lag behind the clock, amply."""


class _FolderRemovedError(OSError):
    """The output folder was removed while a build wrote into it."""


def write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    sources: Sequence[str],
    failures: Sequence[BuildFailure],
    earlier: EarlierBuild | None = None,
) -> BuildResult:
    """Make the folder hold exactly `pages` (by POSIX path), beside other people's files.

    `earlier` is what the build found in the folder when it began. If somebody removes the folder
    meanwhile, it is written again. Raises StorytimeError if the folder has other people's files
    only, or can't be written.
    """
    digests = {path: digest_of(data) for path, data in pages.items()}
    manifest = Manifest(build_id(digests), digests, sources, failures)
    with write_errors(output_dir):
        for _ in range(ATTEMPTS - 1):
            with suppress(_FolderRemovedError):
                return _write_catalog(output_dir, pages, manifest, earlier)
        return _write_catalog(output_dir, pages, manifest, earlier)


def _write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    manifest: Manifest,
    found: EarlierBuild | None,
) -> BuildResult:
    started = time.time()
    if found is None or not found.is_current(output_dir):
        found = check_usable(output_dir)
    earlier = found.manifest if found else None
    before: Mapping[str, str] = earlier.pages if earlier else {}
    changed = _changed(output_dir, pages, before, manifest.pages)
    check_free(output_dir, changed, {path: pages[path] for path in pages.keys() - before})
    removed = {path: before[path] for path in sorted(before.keys() - pages.keys())}
    if changed or earlier is None:
        check_stopped()
        os.makedirs(output_dir / OWN_FOLDER, exist_ok=True)
        announced = {**before, **dict.fromkeys(changed, UNWRITTEN)}
        beginning = replace(manifest, build=UNWRITTEN, pages=announced)
        _write(output_dir, MANIFEST, beginning.to_json())
        # The manifest has all that it said, and might get the id that it names once more.
        (output_dir / PARTIAL).unlink(missing_ok=True)
    for path in changed:
        _write(output_dir, path, pages[path])
    for path in removed:
        _remove(output_dir, path)
    if changed or earlier != manifest or (output_dir / PARTIAL).exists():
        _write(output_dir, MANIFEST, manifest.to_json())
        (output_dir / PARTIAL).unlink(missing_ok=True)
    _remove_temporary_files(output_dir, older_than=started)
    is_same = earlier is not None and list(earlier.sources) == list(manifest.sources)
    return BuildResult(
        manifest.build,
        changed,
        {path: manifest.pages[path] for path in changed if path not in before} if earlier else {},
        removed,
        manifest.failures,
        None if is_same else manifest.sources,
    )


def write_parts(
    output_dir: Path,
    whole: Manifest,
    before: Partial,
    pages: Mapping[str, bytes],
    parts: Mapping[str, Sequence[str]],
) -> BuildResult | None:
    """Replace pages of some subjects, `parts` (see Partial), and leave all others as they are.

    The folder holds the catalog of the manifest `whole` with the changes of `before`. Returns None
    if it doesn't any more, since somebody removed it: then all has to be written. Raises
    StorytimeError if it can't be written.
    """
    old = {path: before.pages.get(path) or whole.pages[path] for path in pages}
    new = {path: digest_of(data) for path, data in pages.items()}
    build = changed_id(before.build, old, new)
    now = replace(
        before, build=build, pages={**before.pages, **new}, parts={**before.parts, **parts}
    )
    with write_errors(output_dir), suppress(_FolderRemovedError):
        changed = _changed(output_dir, pages, old, new)
        check_free(output_dir, changed, {})
        if changed:
            announced = {**before.pages, **dict.fromkeys(changed, UNWRITTEN)}
            _write(output_dir, PARTIAL, replace(now, build=UNWRITTEN, pages=announced).to_json())
        for path in changed:
            _write(output_dir, path, pages[path])
        _write(output_dir, PARTIAL, now.to_json())
        earlier, sources = before.on(whole).sources, now.on(whole).sources
        return BuildResult(
            build,
            changed,
            failures=whole.failures,
            sources=None if sources == earlier else sources,
            is_settled=False,
        )
    return None


def _changed(
    output_dir: Path,
    pages: Mapping[str, bytes],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> list[str]:
    """Return the pages to write: those with another digest, and those whose file was changed."""
    folder = os.path.join(output_dir, "")
    return [
        path
        for path, data in pages.items()
        if before.get(path) != after[path] or not _has_size(folder + path, len(data))
    ]


def _has_size(file: str, size: int) -> bool:
    try:
        return os.stat(file).st_size == size
    except OSError:
        return False


def write_own(output_dir: Path, path: str, data: bytes | None) -> None:
    """Replace one of the files in `.storytime`, or remove it if `data` is None."""
    place = output_dir / path
    with write_errors(output_dir), suppress(_FolderRemovedError):
        if data is None:
            place.unlink(missing_ok=True)
        elif not (place.is_file() and place.read_bytes() == data):
            _write(output_dir, path, data)


def _write(output_dir: Path, path: str, data: bytes) -> None:
    """Replace a file in one step: a reader sees the old bytes or the new ones.

    Raises _FolderRemovedError if the folder was removed. It isn't made again here: without a
    manifest, the next build would take its content for other people's files.
    """
    check_stopped()
    place = os.path.join(output_dir, path)
    name = f"{TEMPORARY}{os.getpid()}-{get_native_id()}"
    temporary = os.path.join(output_dir, OWN_FOLDER, name)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        _rename(temporary, place)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, FileNotFoundError):
            raise _FolderRemovedError(error.errno, "removed while it was written") from None
        raise


def _rename(file: str, place: str) -> None:
    try:
        os.replace(file, place)
    except FileNotFoundError:
        if not os.path.exists(file):
            raise
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.replace(file, place)


def _remove(output_dir: Path, path: str) -> None:
    """Remove a page, and the folders that are empty without it.

    A folder in place of the page, or a link in place of a folder, is somebody's own and stays.
    """
    check_stopped()
    base = os.path.join(output_dir, "")
    folders = [base + above for above in folders_above(path)]
    if os.path.isdir(base + path) or any(map(os.path.islink, folders)):
        return
    with suppress(FileNotFoundError):
        os.unlink(base + path)
    for folder in folders:
        with suppress(OSError):  # it is not empty, or gone already
            os.rmdir(folder)


def _remove_temporary_files(output_dir: Path, *, older_than: float) -> None:
    """Remove what killed builds have left. A build that is running needs its own file."""
    for file in (output_dir / OWN_FOLDER).glob(f"{TEMPORARY}*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < older_than - CLOCK_TICK:
                file.unlink()
