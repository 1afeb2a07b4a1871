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
from stat import S_ISREG

from ..errors import BuildFailure
from ..ring.progress import check_stopped, counted_steps, stopping_itself
from .changes import BuildChanges
from .folder_lock import FolderLock
from .manifest import (
    MANIFEST,
    PARTIAL,
    UNWRITTEN,
    Manifest,
    Partial,
    build_id,
    changed_id,
    digest_of,
    read_regular,
    to_json,
)
from .output_folder import OutputFolder
from .ownership import check_free, check_usable, holds, write_errors

ATTEMPTS = 3
"""How often the catalog is written if somebody removes the folder meanwhile."""


def write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    sources: Sequence[str],
    failures: Sequence[BuildFailure] = (),
    lookups: Sequence[str] = (),
    *,
    removes: bool = True,
    lock: FolderLock | None = None,
) -> BuildChanges:
    """Make the folder hold exactly `pages` (by POSIX path), beside other people's files.

    Without `removes` the pages of earlier builds stay. Takes the lock if there is anything to
    write. If somebody removes the folder meanwhile, it
    is written again. Raises StorytimeError if the folder has other people's files only, or can't be
    written.
    """
    digests = {path: digest_of(pages[path]) for path in sorted(pages)}
    manifest = Manifest("", digests, list(sources), list(failures), list(lookups))
    write = partial(_write_catalog, output_dir, pages, manifest, removes=removes, lock=lock)
    with stopping_itself(), write_errors(output_dir):
        for _ in range(ATTEMPTS - 1):
            with suppress(FileNotFoundError):
                return write()
        return write()


def _write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    manifest: Manifest,
    *,
    removes: bool,
    lock: FolderLock | None,
) -> BuildChanges:
    started = time.time()
    earlier = check_usable(output_dir) or Manifest(UNWRITTEN, {})
    all_pages = manifest.pages if removes else {**earlier.pages, **manifest.pages}
    manifest = replace(manifest, build=build_id(all_pages), pages=all_pages)
    changed = _changed(output_dir, pages, earlier.pages, manifest.pages)
    removed = {path: earlier.pages[path] for path in sorted(earlier.pages.keys() - all_pages)}
    check_stopped()
    is_news = changed or earlier != manifest or os.path.lexists(output_dir / PARTIAL)
    if is_news and lock is not None:
        lock.take(make=True)
    with OutputFolder(output_dir, make=True) as folder:
        if changed:
            announced = {**earlier.pages, **dict.fromkeys(changed, UNWRITTEN)}
            beginning = replace(manifest, build=UNWRITTEN, pages=announced)
            folder.write(MANIFEST, to_json(beginning))
            # The manifest includes it now. A later build may get the id that it names again.
            folder.remove(PARTIAL)
        for path in counted_steps("Writing", changed):
            folder.write(path, pages[path])
        for path in removed:
            folder.remove(path)
        if is_news:
            folder.write(MANIFEST, to_json(manifest))
            folder.remove(PARTIAL)
        folder.remove_temporary_files(older_than=started)
    return BuildChanges(
        manifest.build,
        changed,
        {path: manifest.pages[path] for path in changed},
        removed,
        manifest.failures,
        None if earlier.sources == manifest.sources else manifest.sources,
        None if earlier.lookups == manifest.lookups else manifest.lookups,
    )


def write_parts(
    output_dir: Path, manifest: Manifest, since: Partial, pages: Mapping[str, bytes]
) -> BuildChanges | None:
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
        with OutputFolder(output_dir) as folder:
            if changed:
                announced = {**since.pages, **dict.fromkeys(changed, UNWRITTEN)}
                beginning = replace(now, build=UNWRITTEN, pages=announced)
                folder.write(PARTIAL, to_json(beginning))
            for path in changed:
                folder.write(path, pages[path])
            folder.write(PARTIAL, to_json(now))
        whole = now.on(manifest)
        return BuildChanges(
            build,
            changed,
            {path: digests[path] for path in changed},
            failures=manifest.failures,
            sources=None if whole.sources == manifest.sources else whole.sources,
            lookups=None if whole.lookups == manifest.lookups else whole.lookups,
            is_settled=False,
        )
    return None


def restore_manifest(output_dir: Path, pages: Mapping[str, str]) -> bool:
    """Put pages back into a manifest that lost them, by damage or removal.

    `pages` are those that the caller knows to be Storytime's, with their digests. A file counts if
    it still has the digest; otherwise it may be somebody's own. Returns False if nothing was lost.
    Raises StorytimeError if the manifest can't be written.
    """
    earlier = Manifest.read(output_dir) or Manifest(UNWRITTEN, {})
    lost = {
        path: digest
        for path, digest in pages.items()
        if path not in earlier.pages and _digest_at(output_dir / path) == digest
    }
    if lost:
        found = replace(earlier, build=UNWRITTEN, pages={**earlier.pages, **lost})
        with write_errors(output_dir), OutputFolder(output_dir, make=True) as folder:
            folder.write(MANIFEST, to_json(found))
    return bool(lost)


def _digest_at(place: Path) -> str | None:
    with suppress(OSError, ValueError):
        return digest_of(read_regular(place))
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


def _has_size(place: str, size: int) -> bool:
    """Return True for a regular file of that size. A pipe or a link is nothing that was written."""
    try:
        found = os.lstat(place)
    except OSError:
        return False
    return found.st_size == size and S_ISREG(found.st_mode)


def write_own(output_dir: Path, path: str, data: bytes | None) -> None:
    """Replace one of the files in `.storytime`, or remove it if `data` is None."""
    with (
        stopping_itself(),
        write_errors(output_dir),
        suppress(FileNotFoundError),
        OutputFolder(output_dir) as folder,
    ):
        if data is None:
            folder.remove(path)
        elif not holds(output_dir / path, data):
            folder.write(path, data)
