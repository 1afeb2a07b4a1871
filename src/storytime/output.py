"""The output folder: writes what changed, removes what is stale, keeps the manifest.

What a reader may rely on: a page is there whole or not at all; a page whose bytes are the same is
not touched; only what an earlier build wrote is ever replaced or removed, so that a folder with
other people's files is refused before anything is written. A build that is killed at any point
leaves a folder that the next build completes: the manifest says which pages are about to change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import get_native_id

from .errors import BuildFailure, StorytimeError
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
from .trail import check_stopped

TEMPORARY = "writing-"
"""Begins the names of what is not yet renamed to its place."""
CLOCK_TICK = 0.02
"""Seconds by which a file's time may lag behind the clock, amply."""


@dataclass(frozen=True)
class Written:
    """What a build changed in the folder: the files written, those removed, and the build's id.

    `has_new_sources` tells whether it was made of other files than the build before; `came` and
    `went` are the digests of files that it did not have, or that only it had.
    """

    build: str
    changed: Sequence[str] = field(default=())
    removed: Sequence[str] = field(default=())
    has_new_sources: bool = False
    came: Mapping[str, str] = field(default_factory=dict)
    went: Mapping[str, str] = field(default_factory=dict)


def check_usable(output_dir: Path) -> Manifest | None:
    """The manifest of the build that is in the folder, None where the folder is new or empty.

    Raises StorytimeError where the folder is neither new, nor empty, nor Storytime's own.
    """
    with _telling(output_dir):
        if not output_dir.exists():
            return None
        if not output_dir.is_dir():
            raise StorytimeError(f"{output_dir} is a file; expected a folder for the catalog")
        manifest = Manifest.read(output_dir)
        if manifest is None and not all(map(_is_beginning, output_dir.iterdir())):
            raise StorytimeError(
                f"{output_dir} holds files that Storytime did not write; expected an empty folder"
                " or one that an earlier build made. Nothing was written"
            )
        return manifest


def write_catalog(
    output_dir: Path,
    pages: Mapping[str, bytes],
    sources: Sequence[str],
    failures: Sequence[BuildFailure],
) -> Written:
    """Makes the folder hold exactly `pages` (by POSIX path), beside files that are not ours.

    Raises StorytimeError where the folder is not usable or can't be written.
    """
    started = time.time()
    earlier = check_usable(output_dir)
    before: Mapping[str, str] = earlier.pages if earlier else {}
    digests = {path: digest_of(data) for path, data in pages.items()}
    manifest = Manifest(build_id(digests), digests, sources, failures)
    with _telling(output_dir):
        changed = _changed(output_dir, pages, before, digests)
        _check_free(output_dir, changed, {path: pages[path] for path in pages.keys() - before})
        removed = sorted(before.keys() - pages.keys())
        if changed:
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
) -> Written:
    """Replaces pages of some subjects, `parts` (see Partial), and leaves all others as they are.

    The folder holds the catalog of the manifest `whole`, as far as `before` has not changed it.
    Raises StorytimeError where it can't be written.
    """
    old = {path: before.pages.get(path) or whole.pages[path] for path in pages}
    new = {path: digest_of(data) for path, data in pages.items()}
    build = changed_id(before.build, old, new)
    now = replace(
        before, build=build, pages={**before.pages, **new}, parts={**before.parts, **parts}
    )
    with _telling(output_dir):
        changed = _changed(output_dir, pages, old, new)
        _check_free(output_dir, changed, {})
        if changed:
            announced = {**before.pages, **dict.fromkeys(changed, UNWRITTEN)}
            _write(output_dir, PARTIAL, replace(now, build=UNWRITTEN, pages=announced).to_json())
        for path in changed:
            _write(output_dir, path, pages[path])
        _write(output_dir, PARTIAL, now.to_json())
    return Written(build, changed)


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
    """Replaces one of the files in `.storytime`; removes it where there are no data for it."""
    place = output_dir / path
    with _telling(output_dir):
        if data is None:
            place.unlink(missing_ok=True)
        elif not (place.is_file() and place.read_bytes() == data):
            _write(output_dir, path, data)


def _is_beginning(place: Path) -> bool:
    """Whether it is what a first build leaves that is killed before its manifest is there."""
    return (
        place.name == OWN_FOLDER
        and not place.is_symlink()
        and place.is_dir()
        and all(file.name.startswith(TEMPORARY) for file in place.iterdir())
    )


def _is_there(file: str, size: int) -> bool:
    try:
        return os.stat(file).st_size == size
    except OSError:
        return False


def _check_free(output_dir: Path, changed: Sequence[str], new: Mapping[str, bytes]) -> None:
    """Raises StorytimeError where writing a page would replace, or lead into, what is not ours.

    `new` are the pages that no earlier build wrote.
    """
    base = os.path.join(output_dir, "")
    for folder in sorted({above for path in changed for above in _above(path)}):
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


def _above(path: str) -> Iterator[str]:
    """The folders between the output's own and a page, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


def _is_folder_or_free(place: str) -> bool:
    return os.path.isdir(place) or not os.path.exists(place)


def _holds_other(file: str, data: bytes) -> bool:
    if os.path.isdir(file):
        return True
    with open(file, "rb") as opened:
        return opened.read() != data


def _write(output_dir: Path, path: str, data: bytes) -> None:
    """Replaces a file in one step: a reader sees the old bytes or the new ones."""
    check_stopped()
    place = os.path.join(output_dir, path)
    name = f"{TEMPORARY}{os.getpid()}-{get_native_id()}"
    temporary = os.path.join(output_dir, OWN_FOLDER, name)
    try:
        _in_folder(temporary, lambda: _put(temporary, data))
        _in_folder(place, lambda: os.replace(temporary, place))
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _put(file: str, data: bytes) -> None:
    with open(file, "wb") as opened:
        opened.write(data)


def _in_folder(file: str, act: Callable[[], None]) -> None:
    """Does what needs the file's folder to be there."""
    try:
        act()
    except FileNotFoundError:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        act()


def _remove(output_dir: Path, path: str) -> None:
    """Removes a page, and the folders that are empty without it.

    A folder in a page's place, or a link in that of a folder, is somebody's and stays.
    """
    check_stopped()
    base = os.path.join(output_dir, "")
    if os.path.isdir(base + path) or any(os.path.islink(base + above) for above in _above(path)):
        return
    with suppress(FileNotFoundError):
        os.unlink(base + path)
    for above in _above(path):
        with suppress(OSError):  # it holds something else, or is gone already
            os.rmdir(base + above)


def _remove_leftovers(output_dir: Path, *, older_than: float) -> None:
    """Removes what builds that were killed had not yet renamed; one that runs needs its own."""
    for leftover in (output_dir / OWN_FOLDER).glob(f"{TEMPORARY}*"):
        with suppress(FileNotFoundError):
            if leftover.stat().st_mtime < older_than - CLOCK_TICK:
                leftover.unlink()


@contextmanager
def _telling(output_dir: Path) -> Iterator[None]:
    """Turns an OSError into one line that names the file and what the system said of it."""
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StorytimeError(
            f"can't write the catalog to {output_dir}: {error.strerror}{place}"
        ) from None
