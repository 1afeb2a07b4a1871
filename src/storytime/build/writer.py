"""Writes a build into its output folder: what changed is written, what is stale is removed.

Readers never see a page half written. Pages with the same bytes are not touched. Only what an
earlier build wrote is replaced or removed, and a folder with other people's files is refused before
anything is written. If a build is killed at any point, the next one completes the folder, since the
manifest lists the pages that are about to change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import get_native_id

from ..errors import BuildFailure
from ..ring.progress import check_stopped, stopping_itself
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
    to_json,
)
from .ownership import (
    TEMPORARY,
    check_free,
    check_usable,
    folders_above,
    is_orphaned,
    write_errors,
)
from .result import BuildResult

ATTEMPTS = 3
"""How often the catalog is written if somebody removes the folder meanwhile."""
CLOCK_TICK = 0.02
"""Seconds; a file's time lags behind the clock by less."""


def write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    sources: Sequence[str],
    failures: Sequence[BuildFailure] = (),
    lookups: Sequence[str] = (),
    *,
    removes: bool = True,
) -> BuildResult:
    """Make the folder hold exactly `pages` (by POSIX path), beside other people's files.

    Without `removes` the pages of earlier builds stay. If somebody removes the folder meanwhile, it
    is written again. Raises StorytimeError if the folder has other people's files only, or can't be
    written.
    """
    digests = {path: digest_of(pages[path]) for path in sorted(pages)}
    manifest = Manifest("", digests, list(sources), list(failures), list(lookups))
    write = partial(_write_catalog, output_dir, pages, manifest, removes=removes)
    with stopping_itself(), write_errors(output_dir):
        for _ in range(ATTEMPTS - 1):
            with suppress(FileNotFoundError):
                return write()
        return write()


def _write_catalog(
    output_dir: Path, pages: Mapping[str, bytes], manifest: Manifest, *, removes: bool
) -> BuildResult:
    started, partial_file = time.time(), output_dir / PARTIAL
    earlier = check_usable(output_dir) or Manifest(UNWRITTEN, {})
    all_pages = manifest.pages if removes else {**earlier.pages, **manifest.pages}
    manifest = replace(manifest, build=build_id(all_pages), pages=all_pages)
    changed = _changed(output_dir, pages, earlier.pages, manifest.pages)
    removed = {path: earlier.pages[path] for path in sorted(earlier.pages.keys() - all_pages)}
    check_stopped()
    os.makedirs(output_dir / OWN_FOLDER, exist_ok=True)
    if changed:
        announced = {**earlier.pages, **dict.fromkeys(changed, UNWRITTEN)}
        beginning = replace(manifest, build=UNWRITTEN, pages=announced)
        _write(output_dir, MANIFEST, to_json(beginning))
        # The manifest includes it now. A later build may get the id that it names again.
        partial_file.unlink(missing_ok=True)
    for folder in {os.path.dirname(path) for path in changed}:
        os.makedirs(output_dir / folder, exist_ok=True)
    for path in changed:
        _write(output_dir, path, pages[path])
    for path in removed:
        _remove(output_dir, path)
    if changed or earlier != manifest or partial_file.exists():
        _write(output_dir, MANIFEST, to_json(manifest))
        partial_file.unlink(missing_ok=True)
    _remove_temporary_files(output_dir, older_than=started)
    return BuildResult(
        manifest.build,
        changed,
        {path: manifest.pages[path] for path in changed if path not in earlier.pages},
        removed,
        manifest.failures,
        None if earlier.sources == manifest.sources else manifest.sources,
        None if earlier.lookups == manifest.lookups else manifest.lookups,
    )


def write_parts(
    output_dir: Path, manifest: Manifest, since: Partial, pages: Mapping[str, bytes]
) -> BuildResult | None:
    """Replace pages of some subjects and leave all others as they are.

    The folder holds the catalog of `manifest`. `since` is what it holds of partial builds, with
    the parts of this one. Returns None if somebody removed the folder: then all has to be written.
    Raises StorytimeError if it can't be written.
    """
    digests = {path: digest_of(data) for path, data in pages.items()}
    old = {path: manifest.pages[path] for path in pages}
    build = changed_id(manifest.build, old, digests)
    now = replace(since, build=build, pages={**since.pages, **digests})
    with stopping_itself(), write_errors(output_dir), suppress(FileNotFoundError):
        changed = _changed(output_dir, pages, manifest.pages, digests)
        if changed:
            announced = {**since.pages, **dict.fromkeys(changed, UNWRITTEN)}
            beginning = replace(now, build=UNWRITTEN, pages=announced)
            _write(output_dir, PARTIAL, to_json(beginning))
        for path in changed:
            _write(output_dir, path, pages[path])
        _write(output_dir, PARTIAL, to_json(now))
        whole = now.on(manifest)
        return BuildResult(
            build,
            changed,
            failures=manifest.failures,
            sources=None if whole.sources == manifest.sources else whole.sources,
            lookups=None if whole.lookups == manifest.lookups else whole.lookups,
            is_settled=False,
        )
    return None


def _changed(
    output_dir: Path,
    pages: Mapping[str, bytes],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> list[str]:
    """Return the pages to write: those with another digest, and those whose file was changed.

    Raises StorytimeError if that would replace other people's files.
    """
    folder = os.path.join(output_dir, "")
    changed = [
        path
        for path, data in pages.items()
        if before.get(path) != after[path] or not _has_size(folder + path, len(data))
    ]
    check_free(output_dir, pages, changed, known=before)
    return changed


def _has_size(file: str, size: int) -> bool:
    try:
        return os.stat(file).st_size == size
    except OSError:
        return False


def write_own(output_dir: Path, path: str, data: bytes | None) -> None:
    """Replace one of the files in `.storytime`, or remove it if `data` is None."""
    place = output_dir / path
    with stopping_itself(), write_errors(output_dir), suppress(FileNotFoundError):
        if data is None:
            place.unlink()
        elif not (place.is_file() and place.read_bytes() == data):
            _write(output_dir, path, data)


def _write(output_dir: Path, path: str, data: bytes) -> None:
    """Replace a file in one step: a reader sees the old bytes or the new ones.

    Raises FileNotFoundError if the folder was removed. It isn't made again here: without a
    manifest, the next build would take its content for other people's files.
    """
    check_stopped()
    name = f"{TEMPORARY}{os.getpid()}-{get_native_id()}"
    temporary = os.path.join(output_dir, OWN_FOLDER, name)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, os.path.join(output_dir, path))
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            error.filename = os.path.join(output_dir, path)  # what a reader knows
        raise


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
        pid = file.name.removeprefix(TEMPORARY).partition("-")[0]
        with suppress(FileNotFoundError):
            # Its time says nothing if the clock was set back.
            if is_orphaned(pid) or file.stat().st_mtime < older_than - CLOCK_TICK:
                file.unlink()
