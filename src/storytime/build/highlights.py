"""Keeps the coloured sources of a catalog for the next build, which has most of them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

from ..render.python_highlighter import PythonHighlighter
from .manifest import FORMAT, NOT_OURS, OWN_FOLDER, fits, read_own, to_json
from .writer import write_own

HIGHLIGHTS = f"{OWN_FOLDER}/highlights.json"
SHAPE: Mapping[str, Any] = {"pygments": str, "checksum": int, "html": {str: str}}
LARGEST = 8_000_000
"""Characters of all sources that are kept; those of 10,000 stories take half of it."""


@dataclass(frozen=True)
class Highlights:
    """The HTML of sources by the digests of their texts; `pygments` is the version that made it.

    `checksum` is that of the HTML: nobody would notice what damage does to a page.
    """

    pygments: str
    checksum: int
    html: Mapping[str, str]


def read_highlighter(output_dir: Path) -> PythonHighlighter:
    """Return a highlighter that knows the sources that the last build of the folder had."""
    try:
        data = read_own(output_dir, HIGHLIGHTS)
        is_ours = data.pop("format") == FORMAT and fits(data, SHAPE)
        if is_ours and Highlights(**data) == _highlights(data["html"]):
            return PythonHighlighter(data["html"])
    except NOT_OURS:
        pass
    return PythonHighlighter()


def write_highlights(output_dir: Path, highlighter: PythonHighlighter) -> None:
    """Keep the sources that a build of the whole catalog had."""
    if highlighter.used == highlighter.known:
        return
    kept, size = {}, 0
    for digest, html in sorted(highlighter.used.items()):
        size += len(html)
        if size <= LARGEST:
            kept[digest] = html
    write_own(output_dir, HIGHLIGHTS, to_json(_highlights(kept)))


def _highlights(sources: Mapping[str, str]) -> Highlights:
    import pygments  # the package alone: it has little more than its version

    checksum = crc32("".join(chain.from_iterable(sources.items())).encode())
    return Highlights(pygments.__version__, checksum, sources)
