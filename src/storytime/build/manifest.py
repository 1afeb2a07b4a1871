"""What a build left in its output folder, as files in `.storytime`.

`manifest.json` is what the last build of the whole catalog left. What was built since of single
subjects stands in `partial.json`: so a save costs the same in a catalog of any size. It counts as
long as it names the manifest that is there.
"""

from __future__ import annotations

import json
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
"""Of SHA-256 in hexadecimal, that a digest keeps: 128 bits, so that no two pages share one by
chance. Processors have instructions for it, with which it takes half the time of BLAKE2."""
UNWRITTEN = ""
"""The digest of a page that is about to be written; the build's id while one is."""
NOT_OURS = (OSError, ValueError, LookupError, TypeError, RecursionError)
"""What reading a file that is missing, or is somebody else's, raises."""


@dataclass(frozen=True)
class Manifest:
    """What builds left in their output folder.

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
            "pages": dict(sorted(self.pages.items())),
            "sources": list(self.sources),
            "failures": [asdict(failure) for failure in self.failures],
        }
        return to_json(self.build, data)

    @classmethod
    def read(cls, output_dir: Path) -> Manifest | None:
        """What is in a folder; None where there is none, or none of Storytime's."""
        whole = cls.read_whole(output_dir)
        if whole is None or whole.build == UNWRITTEN:
            return whole
        partial = Partial.read(output_dir, whole.build)
        return whole if partial is None else partial.on(whole)

    @classmethod
    def read_whole(cls, output_dir: Path) -> Manifest | None:
        """What the last build of the whole catalog left."""
        try:
            data = read_own(output_dir, MANIFEST)
            pages = dict(data["pages"])
            if not all(map(_is_inside, pages)):
                return None
            if data["format"] != FORMAT:
                # Another version's folder: its pages are ours to replace, none counts as written.
                return cls(UNWRITTEN, dict.fromkeys(pages, UNWRITTEN))
            failures = [BuildFailure.from_json(failure) for failure in data["failures"]]
            return cls(str(data["build"]), pages, list(map(str, data["sources"])), failures)
        except NOT_OURS:
            return None


@dataclass(frozen=True)
class Partial:
    """What was built of single subjects since the whole catalog was built as `whole` (its id).

    `pages` are those that changed, with their digests; `parts` the subjects that were built, each
    with all files that it uses now (as in `Manifest.sources`); `since` is when the last of these
    builds began (Unix seconds).
    """

    whole: str
    build: str
    since: float
    pages: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def on(self, whole: Manifest) -> Manifest:
        """The manifest as it is now."""
        new = {file for files in self.parts.values() for file in files} - set(whole.sources)
        sources = sorted([*whole.sources, *new]) if new else whole.sources
        return replace(
            whole, build=self.build, pages={**whole.pages, **self.pages}, sources=sources
        )

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
        """What was built since that build; None where nothing was."""
        try:
            data = read_own(output_dir, PARTIAL)
            pages = {str(path): str(digest) for path, digest in data["pages"].items()}
            if (
                data["format"] != FORMAT
                or data["whole"] != whole
                or not all(map(_is_inside, pages))
            ):
                return None
            parts = {str(part): list(map(str, files)) for part, files in data["parts"].items()}
            return cls(whole, str(data["build"]), float(data["since"]), pages, parts)
        except (*NOT_OURS, AttributeError):
            return None


def to_json(build: str, data: Mapping[str, Any]) -> bytes:
    """One of the files in `.storytime`, an entry a line."""
    head = {"generator": GENERATOR, "format": FORMAT, "build": build}
    # With `indent`, json takes its encoder in Python, which needs ten times as long.
    return json.dumps({**head, **data}, separators=(",\n", ": ")).encode() + b"\n"


def read_own(output_dir: Path, path: str) -> dict[str, Any]:
    """Such a file's data; raises one of NOT_OURS where it is no such file."""
    place = output_dir / path
    if place.parent.is_symlink() or place.is_symlink():
        raise ValueError  # that of another folder
    data: dict[str, Any] = json.loads(place.read_bytes())
    if data["generator"] != GENERATOR:
        raise ValueError
    return data


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()[:DIGITS]


def build_id(pages: Mapping[str, str]) -> str:
    """The id of a build with these pages (and their digests)."""
    return _as_id(sum(map(_share, pages.items())))


def changed_id(build: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The id of a build that differs from another in some pages only."""
    gone, new = sum(map(_share, before.items())), sum(map(_share, after.items()))
    return _as_id(int(build, 16) - gone + new)


def _share(page: tuple[str, str]) -> int:
    """What a page adds to its build's id: a sum, so that one page can be exchanged for another."""
    return int(digest_of("\0".join(page).encode()), 16)


def _as_id(number: int) -> str:
    return f"{number % (1 << 128):032x}"


def _is_inside(path: str) -> bool:
    """Whether a manifest's page lies in the folder: a made-up one must not lead us outside."""
    return bool(path) and path != "." and path[0] != "/" and ".." not in path.split("/")
