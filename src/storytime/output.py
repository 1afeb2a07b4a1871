"""The output folder: writes what changed, removes what is stale, keeps the manifest.

What a reader may rely on: a page is there whole or not at all; a page whose bytes are the same is
not touched; only what an earlier build wrote is ever replaced or removed, so that a folder with
other people's files is refused before anything is written. A build that is killed at any point
leaves a folder that the next build completes: the manifest says which pages are about to change.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from threading import get_native_id

from .errors import BuildFailure, StorytimeError
from .trail import check_stopped

OWN_FOLDER = ".storytime"
MANIFEST = f"{OWN_FOLDER}/manifest.json"
FORMAT = 1
GENERATOR = "storytime"
UNWRITTEN = ""
"""The digest of a page that is about to be written; the build's id while one is."""
TEMPORARY = "writing-"
"""Begins the names of what is not yet renamed to its place."""
CLOCK_TICK = 0.02
"""Seconds by which a file's time may lag behind the clock, amply."""


@dataclass(frozen=True)
class Manifest:
    """What a build left in its output folder.

    `build` is the build's id, a digest of all pages: builds with the same content have the same.
    `pages` maps each written file to its digest, both POSIX paths relative to the folder;
    `sources` are the project's own files that were imported or opened, relative to the folder from
    which the package is imported; `failures` what could not be built.
    """

    build: str
    pages: Mapping[str, str]
    sources: Sequence[str] = ()
    failures: Sequence[BuildFailure] = ()

    def to_json(self) -> bytes:
        data = {
            "generator": GENERATOR,
            "format": FORMAT,
            "build": self.build,
            "pages": dict(sorted(self.pages.items())),
            "sources": list(self.sources),
            "failures": [asdict(failure) for failure in self.failures],
        }
        return json.dumps(data, indent=1).encode() + b"\n"

    @classmethod
    def read(cls, output_dir: Path) -> Manifest | None:
        """The manifest in a folder; None where there is none, or none of Storytime's."""
        place = output_dir / MANIFEST
        if place.parent.is_symlink() or place.is_symlink():
            return None  # that of another folder
        try:
            data = json.loads(place.read_bytes())
            pages = dict(data["pages"])
            if data["generator"] != GENERATOR or not all(map(_is_inside, pages)):
                return None
            if data["format"] != FORMAT:
                # Another version's folder: its pages are ours to replace, none counts as written.
                return cls(UNWRITTEN, dict.fromkeys(pages, UNWRITTEN))
            failures = [BuildFailure(**failure) for failure in data["failures"]]
            return cls(str(data["build"]), pages, list(map(str, data["sources"])), failures)
        except NOT_OURS:
            return None


NOT_OURS = (OSError, ValueError, LookupError, TypeError, RecursionError)
"""What reading a manifest that is missing, or is somebody else's file, raises."""


@dataclass(frozen=True)
class Written:
    """What a build changed in the folder: the files written, those removed, and the build's id."""

    build: str
    changed: Sequence[str] = field(default=())
    removed: Sequence[str] = field(default=())


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
    digests = {path: _digest(data) for path, data in pages.items()}
    build = _digest(json.dumps(sorted(digests.items())).encode())
    manifest = Manifest(build, digests, sources, failures)
    with _telling(output_dir):
        changed = [
            path
            for path, data in pages.items()
            if before.get(path) != digests[path] or not _is_there(output_dir / path, len(data))
        ]
        _check_free(output_dir, changed, {path: pages[path] for path in pages.keys() - before})
        removed = sorted(before.keys() - pages.keys())
        if changed:
            announced = {**before, **dict.fromkeys(changed, UNWRITTEN)}
            beginning = replace(manifest, build=UNWRITTEN, pages=announced)
            _write(output_dir, MANIFEST, beginning.to_json())
        for path in changed:
            _write(output_dir, path, pages[path])
        for path in removed:
            _remove(output_dir, path)
        if changed or earlier != manifest:
            _write(output_dir, MANIFEST, manifest.to_json())
        _remove_leftovers(output_dir, older_than=started)
    return Written(build, changed, removed)


def _is_beginning(place: Path) -> bool:
    """Whether it is what a first build leaves that is killed before its manifest is there."""
    return (
        place.name == OWN_FOLDER
        and not place.is_symlink()
        and place.is_dir()
        and all(file.name.startswith(TEMPORARY) for file in place.iterdir())
    )


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _is_inside(path: str) -> bool:
    """Whether a manifest's page lies in the folder: a made-up one must not lead us outside."""
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts


def _is_there(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except OSError:
        return False


def _check_free(output_dir: Path, changed: Sequence[str], new: Mapping[str, bytes]) -> None:
    """Raises StorytimeError where writing a page would replace, or lead into, what is not ours.

    `new` are the pages that no earlier build wrote.
    """
    for folder in sorted({above for path in changed for above in _folders_above(output_dir, path)}):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise StorytimeError(f"{folder} is in the way: a folder of the catalog; move it away")
    for path in changed:
        place = output_dir / path
        is_new = path in new
        if place.is_dir() or (is_new and (place.is_symlink() or _holds_other(place, new[path]))):
            raise StorytimeError(f"{place} is in the way: Storytime did not write it; move it away")


def _folders_above(output_dir: Path, path: str) -> list[Path]:
    """The folders between the output's own and a page, the nearest first."""
    return [output_dir / folder for folder in PurePosixPath(path).parents][:-1]


def _holds_other(file: Path, data: bytes) -> bool:
    return file.exists() and file.read_bytes() != data


def _write(output_dir: Path, path: str, data: bytes) -> None:
    """Replaces a file in one step: a reader sees the old bytes or the new ones."""
    check_stopped()
    place = output_dir / path
    temporary = output_dir / OWN_FOLDER / f"{TEMPORARY}{os.getpid()}-{get_native_id()}"
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.write_bytes(data)
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove(output_dir: Path, path: str) -> None:
    """Removes a page, and the folders that are empty without it.

    A folder in a page's place, or a link in that of a folder, is somebody's and stays.
    """
    check_stopped()
    place, folders = output_dir / path, _folders_above(output_dir, path)
    if place.is_dir() or any(folder.is_symlink() for folder in folders):
        return
    place.unlink(missing_ok=True)
    for folder in folders:
        with suppress(OSError):  # it holds something else, or is gone already
            folder.rmdir()


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
