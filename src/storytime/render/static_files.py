"""The `static/` folders of a package, and the references to their files.

Each file is copied to its path in the package ("forms/static/logo.png"). Wherever a story's page
will be, authors write `static/logo.png`: that is the file in the nearest `static/` folder that has
it, from the story's own package up to the catalog's root.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..catalog.tree_reader import STORIES
from ..markup.parser import ATTRIBUTE, Element, Kind, Token, names, parse_markup
from ..project.files import walk_folders
from ..ring.text import printable

STATIC = "static"
PREFIX = f"{STATIC}/"
URLS = names("data href poster src xlink:href")
URL_LISTS = names("imagesrcset srcset")

_IN_LIST = re.compile(r"(?<![^\s,])static/\S*[^\s,]")
_IN_CSS = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|url\(\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"')]*))\s*\)"
    r"|@import\s+(?:\"(?P<double_import>[^\"]*)\"|'(?P<single_import>[^']*)')"
    r"|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'",
    re.IGNORECASE | re.DOTALL,
)

type _Resolve = Callable[[str], str]
"""Returns the address to write in place of one; the same address if it isn't a static file's."""


class MissingFile(NamedTuple):
    """A reference to a file that is in no `static/` folder. `path` is where the reference is."""

    path: str
    text: str


class Resolved(NamedTuple):
    """Markup whose references lead to the copied files, and the files that were not found."""

    markup: str
    missing: tuple[MissingFile, ...] = ()


@dataclass(frozen=True)
class StaticFiles:
    """The static files of a package by their paths in the output.

    `stylesheets` are the contents of those, with their references resolved; `missing` are the files
    that they refer to and that don't exist.
    """

    files: Mapping[str, Path]
    stylesheets: Mapping[str, bytes] = field(default_factory=dict)
    missing: tuple[MissingFile, ...] = ()

    def content(self, path: str) -> bytes:
        """Return what to write at a path."""
        sheet = self.stylesheets.get(path)
        return self.files[path].read_bytes() if sheet is None else sheet

    def resolve(self, markup: str, folder: str, page: str) -> Resolved:
        """Return the markup of the story in `folder` as it stands in the output's file `page`.

        Both are POSIX paths from the package, and from the output: "forms/button" and
        "forms/button/primary/index.html". Only references are changed.
        """
        if PREFIX not in markup:
            return Resolved(markup)
        missing: list[MissingFile] = []
        resolve = partial(self._resolved, folder, page, missing)
        text = "".join([_rewritten(token, resolve) for token in parse_markup(markup).tokens])
        return Resolved(text, tuple(missing))

    def _resolved(self, folder: str, page: str, missing: list[MissingFile], address: str) -> str:
        """Return an address for use in `page`, which an author in `folder` wrote."""
        if not address.startswith(PREFIX):
            return address
        path = re.split("[?#]", address)[0]
        above = PurePosixPath(folder, ".")
        for place in (above, *above.parents):
            file = posixpath.normpath(posixpath.join(place, unquote(path)))
            if file in self.files:
                way = posixpath.relpath(file, posixpath.dirname(page) or ".")
                return quote(way) + address[len(path) :]
        below = f"{folder} or above" if folder else "the catalog's root"
        told = MissingFile(page, printable(f"{path} is in no static folder of {below}; add it"))
        if told not in missing:
            missing.append(told)
        return address

    def _stylesheet(self, path: str, missing: list[MissingFile]) -> bytes:
        """Return a stylesheet with its references resolved, and add what is missing."""
        folder = f"/{path}".partition(f"/{PREFIX}")[0][1:]

        def resolve(address: str) -> str:
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
            if unquote(re.split("[?#]", beside)[0]) in self.files:
                return address  # it leads there as it is
            return self._resolved(folder, path, missing, address)

        text = self.files[path].read_bytes().decode(errors="surrogateescape")
        if PREFIX in text:
            text = _rewritten_css(text, resolve)
        return text.encode(errors="surrogateescape")


def find_static(folders: Iterable[Path], output_dir: Path | None = None) -> StaticFiles:
    """Return the files of all `static/` folders below a package's folders, sorted by path.

    A `static/` folder with a `stories.py` is a node of the catalog, and doesn't count. Hidden files
    and `output_dir` are left out. If folders of one package have the same file, the first counts.
    """
    files: dict[str, Path] = {}
    for root in folders:
        for file in _static_files(root, output_dir):
            path = file.relative_to(root).as_posix()
            if path == printable(path):
                files.setdefault(path, file)
    found = StaticFiles(dict(sorted(files.items())))
    missing: list[MissingFile] = []
    sheets = {
        path: found._stylesheet(path, missing)
        for path in found.files
        if path.lower().endswith(".css")
    }
    return StaticFiles(found.files, sheets, tuple(missing))


def _static_files(root: Path, output_dir: Path | None) -> Iterator[Path]:
    for folder, files in walk_folders(root, output_dir):
        parts = folder.relative_to(root).parts
        if STATIC in parts:
            static = root.joinpath(*parts[: parts.index(STATIC) + 1])
            if not (static / STORIES).is_file():
                shown = (folder / name for name in files if not name.startswith("."))
                yield from (file for file in shown if file.is_file())


def _rewritten(token: Token, resolve: _Resolve) -> str:
    """Return a token of markup with its references resolved."""
    element = token.element
    if PREFIX not in token.raw:
        return token.raw
    if token.kind is Kind.START:
        return _rewritten_tag(element, resolve)
    if element.name == "style" and token.kind in (Kind.VERBATIM, Kind.TEXT):  # TEXT: in SVG
        return _rewritten_css(token.raw, resolve)
    return token.raw


def _rewritten_tag(element: Element, resolve: _Resolve) -> str:
    start = element.tag.index(element.raw_attributes, 1 + len(element.name))
    end = start + len(element.raw_attributes)
    rewrite = partial(_rewritten_attribute, resolve)
    attributes = ATTRIBUTE.sub(rewrite, element.raw_attributes)
    return element.tag[:start] + attributes + element.tag[end:]


def _rewritten_attribute(resolve: _Resolve, found: re.Match[str]) -> str:
    name = found[1].lower()
    group = next((number for number in (2, 3, 4) if found[number]), 0)
    value = unescape(found[group]) if group else ""
    if name in URLS:
        stripped = value.strip()
        changed = resolve(stripped)
        changed = value if changed == stripped else changed
    elif name in URL_LISTS:
        changed = _IN_LIST.sub(lambda each: resolve(each[0]), value)
    elif name == "style":
        changed = _rewritten_css(value, resolve)
    else:
        return found[0]
    return found[0] if changed == value else _replaced(found, group, escape(changed))


def _rewritten_css(text: str, resolve: _Resolve) -> str:
    def rewritten(found: re.Match[str]) -> str:
        group = found.lastgroup
        return _replaced(found, group, resolve(found[group])) if group else found[0]

    return _IN_CSS.sub(rewritten, text)


def _replaced(found: re.Match[str], group: str | int, text: str) -> str:
    """Return what was found with another text for one of its groups."""
    start, end = (place - found.start() for place in found.span(group))
    return found[0][:start] + text + found[0][end:]
