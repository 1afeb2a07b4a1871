"""What a build leaves about itself in its output folder, as files in `.storytime`.

`manifest.json` is written by builds of the whole catalog. `partial.json` has what was built of
single subjects since then, so that a save takes the same time in a catalog of any size; it is valid
as long as it names the manifest that is there. `parts.json` is in `part_index`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Any

from ..errors import BuildFailure
from ..project.files import longest_names

OWN_FOLDER = ".storytime"
LOCK = "lock"
"""The file in it by which `FolderLock` locks the output folder; the last holder removes it."""
MANIFEST = f"{OWN_FOLDER}/manifest.json"
PARTIAL = f"{OWN_FOLDER}/partial.json"
FORMAT = 3
GENERATOR = "storytime"
DIGITS = 32
"""Hexadecimal digits (128 bits) that are kept of a page's SHA-256, which processors have
instructions for: it takes half the time of BLAKE2."""
UNWRITTEN = ""
"""The digest of a page that is about to be written, and the build's id while one is."""
SHAPE: Mapping[str, Any] = {"build": str, "pages": {str: str}, "lookups": [str]}
"""What a manifest and a Partial have in common, for `fits`."""
FAILURE: Mapping[str, Any] = {
    **dict.fromkeys(("path", "message", "traceback", "file"), str),
    "line": int,
    "missing_imports": [str],
    "missing_files": [str],
}
NO_NAMES = {b"", b".", b".."}
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
            _check(data, {"failures": [FAILURE], "sources": [str]})
            failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
            return cls(**{**data, "failures": failures})
        except NOT_OURS:
            return None


@dataclass(frozen=True)
class Partial:
    """What was built of single subjects since the build `whole` (an id) of the whole catalog.

    `pages` are the pages that changed, with their digests. `parts` are the subjects that were
    built, each with all files that it uses now (as in `Manifest.sources`). `lookups` are those of
    these builds (as in Manifest). `since` is when the last of them began (Unix seconds). If it
    `is_stale`, other subjects have to be built, too.
    """

    whole: str
    build: str
    since: float
    pages: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lookups: Sequence[str] = ()
    is_stale: bool = False

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
            if data.pop("format") != FORMAT or data["whole"] != whole:
                return None
            data.setdefault("is_stale", False)  # which earlier versions of this format had not
            _check(data, {"since": (float, int), "parts": {str: [str]}, "is_stale": bool})
            return cls(**data)
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
    """Return the format and the fields in such a file. What can't be a page is left out.

    Raises one of NOT_OURS if it is anything else.
    """
    place = output_dir / path
    if place.parent.is_symlink():  # to another folder's
        raise ValueError
    data: dict[str, Any] = json.loads(read_regular(place))
    if data.pop("generator") != GENERATOR:
        raise ValueError
    if pages := data.get("pages"):
        longest = longest_names(output_dir)[1] - len(os.fsencode(output_dir / ""))
        data["pages"] = {
            page: digest for page, digest in pages.items() if _is_page(page, digest, longest)
        }
        if not data["pages"]:
            raise ValueError
    for name in data.keys() & {"lookups", "sources"}:
        data[name] = [file for file in data[name] if _is_path(file)]
    return data


def _check(data: dict[str, Any], shape: Mapping[str, Any]) -> None:
    """Raise one of NOT_OURS unless the data has SHAPE and this shape, and an id as its `build`."""
    data.setdefault("lookups", [])  # which earlier versions of this format had not
    if not fits(data, {**SHAPE, **shape}):
        raise TypeError
    int(data["build"] or "0", 16)


def fits(value: object, shape: Any) -> bool:
    """Return True if a value from JSON has the shape.

    A shape is a type, or a list or a dict of shapes: `[str]` is a list of strings, `[str, int]` one
    of a string and an integer, `{str: int}` a dict of integers, and a dict with other keys has
    these, each with the shape given. Of a tuple one shape must fit.
    """
    if isinstance(shape, tuple):
        return any(fits(value, each) for each in shape)
    if isinstance(shape, list):
        if not isinstance(value, list) or len(value) != len(shape) > 1:
            return False
        return all(map(fits, value, shape)) if len(shape) > 1 else _all_fit(value, shape[0])
    if isinstance(shape, type):
        return isinstance(value, shape)
    if not isinstance(value, dict):
        return False
    if str in shape:
        return _all_fit(value.values(), shape[str])
    return all(key in value and fits(value[key], shape[key]) for key in shape)


def _all_fit(values: Collection[object], shape: Any) -> bool:
    if isinstance(shape, type):
        return all(issubclass(kind, shape) for kind in {*map(type, values)})
    return all(fits(each, shape) for each in values)


def read_regular(place: str | Path) -> bytes:
    """Return what a file holds. Raises OSError or ValueError for a link, a pipe or a device."""
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"{place} is not a regular file")
        return file.read()


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


def _is_page(path: str, digest: object, longest: int) -> bool:
    """Return True if a page can have the path and the digest. A forged manifest may have others."""
    parts = path.split("/")
    if "\0" in path or parts[0].lower() == OWN_FOLDER or not str(digest).isascii():
        return False
    with suppress(UnicodeEncodeError):
        encoded = path.encode()
        names = encoded.split(b"/")
        return len(encoded) < longest and max(map(len, names)) < 256 and NO_NAMES.isdisjoint(names)
    return False


def _is_path(text: str) -> bool:
    with suppress(UnicodeEncodeError):
        return b"\0" not in os.fsencode(text)
    return False
