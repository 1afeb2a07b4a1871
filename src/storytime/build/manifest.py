"""What a build leaves about itself in its output folder, as files in `.storytime`.

`manifest.json` is written by builds of the whole catalog. `partial.json` has what was built of
single subjects since then, so that a save takes the same time in a catalog of any size; it is valid
as long as it names the manifest that is there. `parts.json` is in `part_index`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import BuildFailure

OWN_FOLDER = ".storytime"
MANIFEST = f"{OWN_FOLDER}/manifest.json"
PARTIAL = f"{OWN_FOLDER}/partial.json"
FORMAT = 3
GENERATOR = "storytime"
DIGITS = 32
"""Hexadecimal digits (128 bits) that are kept of a page's SHA-256, which processors have
instructions for: it takes half the time of BLAKE2."""
UNWRITTEN = ""
"""The digest of a page that is about to be written, and the build's id while one is."""
NOT_OURS = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a file raises that is missing or was not written by Storytime."""

type Stamp = Sequence[tuple[int, int, int] | None]


@dataclass(frozen=True)
class Manifest:
    """What an output folder holds.

    `build` is a digest of all pages: builds with the same content have the same id. `pages` maps
    each written file to its digest; the paths are POSIX paths relative to the folder. `sources` are
    the project's files that were imported or opened, relative to the folder from which the package
    is imported. `failures` is what could not be built.
    """

    build: str
    pages: Mapping[str, str]
    sources: Sequence[str] = ()
    failures: Sequence[BuildFailure] = ()

    def to_json(self) -> bytes:
        data = {
            "pages": dict(sorted(self.pages.items())),
            "sources": list(self.sources),
            "failures": [asdict(failure) for failure in self.failures],
        }
        return to_json(self.build, data)

    @classmethod
    def read(cls, output_dir: Path) -> Manifest | None:
        """Return what a folder holds, or None if it has no manifest of Storytime's."""
        earlier = EarlierBuild.read(output_dir)
        return earlier.manifest if earlier else None

    @classmethod
    def read_whole(cls, output_dir: Path) -> Manifest | None:
        """Return what the folder held after the last build of the whole catalog."""
        try:
            data = read_own(output_dir, MANIFEST)
            pages = dict(data["pages"])
            if not all(map(_is_inside, pages)):
                return None
            if data["format"] != FORMAT:
                # Another version's folder: all its pages may be replaced or removed.
                return cls(UNWRITTEN, dict.fromkeys(pages, UNWRITTEN))
            failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
            return cls(str(data["build"]), pages, list(map(str, data["sources"])), failures)
        except NOT_OURS:
            return None


@dataclass(frozen=True)
class Partial:
    """What was built of single subjects since the build `whole` (an id) of the whole catalog.

    `pages` are the pages that changed, with their digests. `parts` are the subjects that were
    built, each with all files that it uses now (as in `Manifest.sources`). `since` is when the last
    of these builds began (Unix seconds).
    """

    whole: str
    build: str
    since: float
    pages: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def on(self, whole: Manifest) -> Manifest:
        """Return the manifest with what was built since."""
        new = {file for files in self.parts.values() for file in files} - set(whole.sources)
        sources = sorted([*whole.sources, *new]) if new else whole.sources
        pages = {**whole.pages, **self.pages}
        return replace(whole, build=self.build, pages=pages, sources=sources)

    def to_json(self) -> bytes:
        data = {
            "whole": self.whole,
            "since": self.since,
            "pages": dict(self.pages),
            "parts": {part: list(files) for part, files in self.parts.items()},
        }
        return to_json(self.build, data)

    @classmethod
    def read(cls, output_dir: Path, whole: str) -> Partial | None:
        """Return what was built since that build, or None if nothing was."""
        try:
            data = read_own(output_dir, PARTIAL)
            pages = {str(path): str(digest) for path, digest in data["pages"].items()}
            is_valid = data["format"] == FORMAT and data["whole"] == whole
            if not is_valid or not all(map(_is_inside, pages)):
                return None
            parts = {str(part): list(map(str, files)) for part, files in data["parts"].items()}
            return cls(whole, str(data["build"]), float(data["since"]), pages, parts)
        except NOT_OURS:
            return None


@dataclass(frozen=True)
class EarlierBuild:
    """What a build finds in its output folder. It reads it again only if it has changed."""

    whole: Manifest
    partial: Partial | None
    stamp: Stamp

    @classmethod
    def read(cls, output_dir: Path) -> EarlierBuild | None:
        """Return None if the folder has no manifest of Storytime's."""
        stamp = stamp_of(output_dir, MANIFEST, PARTIAL)
        whole = Manifest.read_whole(output_dir)
        if whole is None:
            return None
        is_complete = whole.build != UNWRITTEN
        return cls(whole, Partial.read(output_dir, whole.build) if is_complete else None, stamp)

    @property
    def manifest(self) -> Manifest:
        return self.partial.on(self.whole) if self.partial else self.whole

    def is_current(self, output_dir: Path) -> bool:
        """Return True if the folder's files are still those that were read."""
        return self.stamp == stamp_of(output_dir, MANIFEST, PARTIAL)


def stamp_of(output_dir: Path, *paths: str) -> Stamp:
    """Return what tells one version of the files from another."""
    stamp: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            found = os.stat(output_dir / path)
        except OSError:
            stamp.append(None)
        else:
            stamp.append((found.st_ino, found.st_mtime_ns, found.st_size))
    return tuple(stamp)


def to_json(build: str, data: Mapping[str, Any]) -> bytes:
    """Return the content of one of the files in `.storytime`, one entry per line."""
    head = {"generator": GENERATOR, "format": FORMAT, "build": build}
    # With `indent`, json takes its encoder in Python, which needs ten times as long.
    return json.dumps({**head, **data}, separators=(",\n", ": ")).encode() + b"\n"


def read_own(output_dir: Path, path: str) -> dict[str, Any]:
    """Return the data of such a file. Raises one of NOT_OURS if it is anything else."""
    place = output_dir / path
    if place.parent.is_symlink() or place.is_symlink():
        raise ValueError  # it is another folder's
    data: dict[str, Any] = json.loads(place.read_bytes())
    if data["generator"] != GENERATOR:
        raise ValueError
    return data


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()[:DIGITS]


def build_id(pages: Mapping[str, str]) -> str:
    """Return the id of a build with these pages (by path) and digests."""
    return _as_id(sum(map(_share, pages.items())))


def changed_id(build: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return the id of a build that differs from another in some pages only."""
    gone, new = sum(map(_share, before.items())), sum(map(_share, after.items()))
    return _as_id(int(build, 16) - gone + new)


def _share(page: tuple[str, str]) -> int:
    """Return what a page adds to its build's id: a sum, in which a page can be replaced."""
    return int(digest_of("\0".join(page).encode()), 16)


def _as_id(number: int) -> str:
    return f"{number % (1 << 128):032x}"


def _is_inside(path: str) -> bool:
    """Return True if the path is below the folder. A forged manifest might name others."""
    return bool(path) and path != "." and path[0] != "/" and ".." not in path.split("/")
