"""What a build leaves about itself in its output folder, as files in `.storytime`.

`manifest.json` is written by builds of the whole catalog. `partial.json` has what was built of
single subjects since then, so that a save takes the same time in a catalog of any size; it is valid
as long as it names the manifest that is there. `parts.json` is in `part_index`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
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


@dataclass(frozen=True)
class Manifest:
    """What an output folder holds.

    `build` is a digest of all pages: builds with the same content have the same id. `pages` maps
    each written file to its digest; the paths are POSIX paths relative to the folder. `sources` are
    the project's files that were imported or opened, relative to the folder from which the package
    is imported. `lookups` are likewise those that were looked for in vain and, with a "/" at the
    end, folders that were listed. `failures` is what could not be built.
    """

    build: str
    pages: Mapping[str, str]
    sources: Sequence[str] = ()
    failures: Sequence[BuildFailure] = ()
    lookups: Sequence[str] = ()

    @classmethod
    def read(cls, output_dir: Path) -> Manifest | None:
        """Return what a folder holds, or None if it has no manifest of Storytime's."""
        return _read(output_dir, stamp_of(output_dir, MANIFEST, PARTIAL))

    @classmethod
    def read_whole(cls, output_dir: Path) -> Manifest | None:
        """Return what the folder held after the last build of the whole catalog."""
        try:
            data = read_own(output_dir, MANIFEST)
            if data.pop("format") != FORMAT:
                # Another version's folder: all its pages may be replaced or removed.
                return cls(UNWRITTEN, dict.fromkeys(data["pages"], UNWRITTEN))
            failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
            return cls(**{**data, "sources": list(data["sources"]), "failures": failures})
        except NOT_OURS:
            return None


@dataclass(frozen=True)
class Partial:
    """What was built of single subjects since the build `whole` (an id) of the whole catalog.

    `pages` are the pages that changed, with their digests. `parts` are the subjects that were
    built, each with all files that it uses now (as in `Manifest.sources`). `lookups` are those of
    these builds (as in Manifest). `since` is when the last of them began (Unix seconds).
    """

    whole: str
    build: str
    since: float
    pages: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lookups: Sequence[str] = ()

    def on(self, whole: Manifest) -> Manifest:
        """Return the manifest with what was built since."""
        new = {file for files in self.parts.values() for file in files} - set(whole.sources)
        sources = sorted([*whole.sources, *new]) if new else whole.sources
        pages = {**whole.pages, **self.pages}
        lookups = sorted({*whole.lookups, *self.lookups})
        return replace(whole, build=self.build, pages=pages, sources=sources, lookups=lookups)

    @classmethod
    def read(cls, output_dir: Path, whole: str) -> Partial | None:
        """Return what was built since that build, or None if nothing was."""
        try:
            data = read_own(output_dir, PARTIAL)
            return cls(**data) if data.pop("format") == FORMAT and data["whole"] == whole else None
        except NOT_OURS:
            return None


@lru_cache(maxsize=1)
def _read(output_dir: Path, _stamp: Hashable) -> Manifest | None:
    """Read what a folder holds. A build needs it when it begins and again when it writes."""
    whole = Manifest.read_whole(output_dir)
    partial = whole and Partial.read(output_dir, whole.build)
    return partial.on(whole) if whole and partial else whole


def stamp_of(output_dir: Path, *paths: str) -> Hashable:
    """Return what tells one version of the files from another."""
    stamp = []
    for path in paths:
        with suppress(OSError):
            found = os.lstat(output_dir / path)
            stamp.append((path, found.st_ino, found.st_mtime_ns, found.st_size))
    return tuple(stamp)


def to_json(record: object) -> bytes:
    """Return a dataclass as the content of one of the files in `.storytime`, one entry per line."""
    data = {"generator": GENERATOR, "format": FORMAT, **vars(record)}
    # With `indent`, json takes its encoder in Python, which needs ten times as long.
    return json.dumps(data, separators=(",\n", ": "), default=vars).encode() + b"\n"


def read_own(output_dir: Path, path: str) -> dict[str, Any]:
    """Return the format and the fields in such a file.

    Raises one of NOT_OURS if it is anything else, or if it names pages outside of the folder.
    """
    place = output_dir / path
    data: dict[str, Any] = json.loads(place.read_bytes())
    is_linked = place.parent.is_symlink() or place.is_symlink()  # to another folder's
    is_inside = all(map(_is_inside, data.get("pages", {}).keys()))
    if data.pop("generator") != GENERATOR or is_linked or not is_inside:
        raise ValueError
    return data


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()[:DIGITS]


def build_id(pages: Mapping[str, str]) -> str:
    """Return the id of a build with these pages (by path) and digests."""
    return changed_id("0", {}, pages)


def changed_id(build: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return the id of a build that differs from another in some pages only.

    An id is a sum over the pages, so that a save takes the same time in a catalog of any size.
    """
    gone, new = (
        sum(int(digest_of("\0".join(each).encode()), 16) for each in pages.items())
        for pages in (before, after)
    )
    return f"{(int(build, 16) - gone + new) % (1 << 4 * DIGITS):032x}"


def _is_inside(path: str) -> bool:
    """Return True if the path is below the folder. A forged manifest might name others."""
    return bool(path) and path != "." and path[0] != "/" and ".." not in path.split("/")
