"""The output folder: writes what changed, removes what is stale, keeps the manifest.

What a reader may rely on: a page is there whole or not at all; a page whose bytes are the same is
not touched; only what an earlier build wrote is ever replaced or removed, so that a folder with
other people's files is refused before anything is written. A build that is killed at any point
leaves a folder that the next build completes: the manifest says which pages are about to change.
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
    Manifest,
    Partial,
    build_id,
    changed_id,
    digest_of,
)
from .ownership import TEMPORARY, check_free, check_usable, folders_above, telling
from .report import Written

ATTEMPTS = 3
"""Times that the catalog is written into a folder that somebody takes away meanwhile."""
CLOCK_TICK = 0.02
"""Seconds by which a file's time may lag behind the clock, amply."""


class _TakenAway(OSError):
    """The output folder went while a build wrote into it."""


def write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    sources: Sequence[str],
    failures: Sequence[BuildFailure],
) -> Written:
    """Makes the folder hold exactly `pages` (by POSIX path), beside files that are not ours.

    Where somebody takes the folder away meanwhile, it is written anew. Raises StorytimeError where
    the folder is not usable or can't be written.
    """
    with telling(output_dir):
        for _ in range(ATTEMPTS - 1):
            with suppress(_TakenAway):
                return _write_catalog(output_dir, pages, sources, failures)
        return _write_catalog(output_dir, pages, sources, failures)


def _write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    sources: Sequence[str],
    failures: Sequence[BuildFailure],
) -> Written:
    started = time.time()
    earlier = check_usable(output_dir)
    before: Mapping[str, str] = earlier.pages if earlier else {}
    digests = {path: digest_of(data) for path, data in pages.items()}
    manifest = Manifest(build_id(digests), digests, sources, failures)
    changed = _changed(output_dir, pages, before, digests)
    check_free(output_dir, changed, {path: pages[path] for path in pages.keys() - before})
    removed = sorted(before.keys() - pages.keys())
    if changed or earlier is None:
        check_stopped()
        os.makedirs(output_dir / OWN_FOLDER, exist_ok=True)
        announced = {**before, **dict.fromkeys(changed, UNWRITTEN)}
        beginning = replace(manifest, build=UNWRITTEN, pages=announced)
        _write(output_dir, MANIFEST, beginning.to_json())
        # It tells all that this told, and what is written now may come to the same id again.
        (output_dir / PARTIAL).unlink(missing_ok=True)
    for path in changed:
        _write(output_dir, path, pages[path])
    for path in removed:
        _remove(output_dir, path)
    if changed or earlier != manifest or (output_dir / PARTIAL).exists():
        _write(output_dir, MANIFEST, manifest.to_json())
        (output_dir / PARTIAL).unlink(missing_ok=True)
    _remove_leftovers(output_dir, older_than=started)
    is_new = earlier is None or list(earlier.sources) != list(sources)
    came = {path: digests[path] for path in changed if path not in before} if earlier else {}
    went = {path: before[path] for path in removed}
    return Written(manifest.build, changed, removed, is_new, came, went)


def write_parts(
    output_dir: Path,
    whole: Manifest,
    before: Partial,
    pages: Mapping[str, bytes],
    parts: Mapping[str, Sequence[str]],
) -> Written | None:
    """Replaces pages of some subjects, `parts` (see Partial), and leaves all others as they are.

    The folder holds the catalog of the manifest `whole`, as far as `before` has not changed it;
    None where it does not any more, since somebody took it away: all is to be written then. Raises
    StorytimeError where it can't be written.
    """
    old = {path: before.pages.get(path) or whole.pages[path] for path in pages}
    new = {path: digest_of(data) for path, data in pages.items()}
    build = changed_id(before.build, old, new)
    now = replace(
        before, build=build, pages={**before.pages, **new}, parts={**before.parts, **parts}
    )
    with telling(output_dir), suppress(_TakenAway):
        changed = _changed(output_dir, pages, old, new)
        check_free(output_dir, changed, {})
        if changed:
            announced = {**before.pages, **dict.fromkeys(changed, UNWRITTEN)}
            _write(output_dir, PARTIAL, replace(now, build=UNWRITTEN, pages=announced).to_json())
        for path in changed:
            _write(output_dir, path, pages[path])
        _write(output_dir, PARTIAL, now.to_json())
        return Written(build, changed)
    return None


def _changed(
    output_dir: Path,
    pages: Mapping[str, bytes],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> list[str]:
    """The pages that are to be written: by their digests, or since the file is not what it was."""
    folder = os.path.join(output_dir, "")
    return [
        path
        for path, data in pages.items()
        if before.get(path) != after[path] or not _is_there(folder + path, len(data))
    ]


def write_own(output_dir: Path, path: str, data: bytes | None) -> None:
    """Replaces one of the files in `.storytime`; removes it where there are no data for it.

    Without the folder there is no need of it.
    """
    place = output_dir / path
    with telling(output_dir), suppress(_TakenAway):
        if data is None:
            place.unlink(missing_ok=True)
        elif not (place.is_file() and place.read_bytes() == data):
            _write(output_dir, path, data)


def _is_there(file: str, size: int) -> bool:
    try:
        return os.stat(file).st_size == size
    except OSError:
        return False


def _write(output_dir: Path, path: str, data: bytes) -> None:
    """Replaces a file in one step: a reader sees the old bytes or the new ones.

    Raises _TakenAway where the folder went. It is not made here: without a manifest, what is in it
    would be taken for somebody's own files.
    """
    check_stopped()
    place = os.path.join(output_dir, path)
    name = f"{TEMPORARY}{os.getpid()}-{get_native_id()}"
    temporary = os.path.join(output_dir, OWN_FOLDER, name)
    try:
        _put(temporary, data)
        _rename(temporary, place)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, FileNotFoundError):
            raise _TakenAway(error.errno, "it went while it was written") from None
        raise


def _put(file: str, data: bytes) -> None:
    with open(file, "wb") as opened:
        opened.write(data)


def _rename(file: str, place: str) -> None:
    try:
        os.replace(file, place)
    except FileNotFoundError:
        if not os.path.exists(file):
            raise
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.replace(file, place)


def _remove(output_dir: Path, path: str) -> None:
    """Removes a page, and the folders that are empty without it.

    A folder in a page's place, or a link in that of a folder, is somebody's and stays.
    """
    check_stopped()
    base = os.path.join(output_dir, "")
    folders = [base + above for above in folders_above(path)]
    if os.path.isdir(base + path) or any(map(os.path.islink, folders)):
        return
    with suppress(FileNotFoundError):
        os.unlink(base + path)
    for folder in folders:
        with suppress(OSError):  # it holds something else, or is gone already
            os.rmdir(folder)


def _remove_leftovers(output_dir: Path, *, older_than: float) -> None:
    """Removes what builds that were killed had not yet renamed; one that runs needs its own."""
    for leftover in (output_dir / OWN_FOLDER).glob(f"{TEMPORARY}*"):
        with suppress(FileNotFoundError):
            if leftover.stat().st_mtime < older_than - CLOCK_TICK:
                leftover.unlink()
