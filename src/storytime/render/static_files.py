"""The `static/` folders of a package, and the references to their files.

Each file is copied to its path in the package ("forms/static/logo.png"). Wherever a story's page
will be, authors write `static/logo.png`: that is the file in the nearest `static/` folder that has
it, from the story's own package up to the catalog's root.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..catalog.tree_reader import STORIES
from ..markup.parser import ATTRIBUTE, Kind, Token, names, parse_markup
from ..project.files import is_below, is_pruned
from ..project.package import Package
from ..project.package_folders import PackageFolders
from ..ring.text import printable
from .markdown import MARKDOWN

STATIC = "static"
PREFIX = f"{STATIC}/"
URLS = names("data href poster src xlink:href")
URL_LISTS = names("imagesrcset srcset")

_IN_LIST = re.compile(r"(?<![^\s,])static/\S*[^\s,]")
# Comments, references and other strings; only references have a group.
_IN_CSS = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"')]*))\s*\)"
    r"|@import\s+(?:\"([^\"]*)\"|'([^']*)')"
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
    """Text whose references lead to the copied files, and the files that were not found."""

    markup: str
    missing: tuple[MissingFile, ...] = ()


class StaticFiles:
    """The static files of a package by their paths in the output.

    `refused` has the links in the package that are not followed: why not, by their paths.
    """

    def __init__(self, files: Mapping[str, Path], refused: Mapping[str, str]) -> None:
        self.files, self.refused = files, refused

    @cached_property
    def _stylesheets(self) -> dict[str, Resolved]:
        return {path: self._read(path) for path in self.files if path.lower().endswith(".css")}

    @property
    def missing(self) -> tuple[MissingFile, ...]:
        """The files that stylesheets refer to and that don't exist."""
        return tuple(each for sheet in self._stylesheets.values() for each in sheet.missing)

    def content(self, path: str) -> bytes:
        """Return what to write at a path: a file, or a stylesheet with its references resolved."""
        if path in self._stylesheets:
            return self._stylesheets[path].markup.encode(errors="surrogateescape")
        return self.files[path].read_bytes()

    def resolve(self, markup: str, folder: str, page: str) -> Resolved:
        """Return the markup of the story in `folder` as it stands in the output's file `page`.

        Both are POSIX paths from the package, and from the output: "forms/button" and
        "forms/button/primary/index.html". Only references are changed.
        """
        if PREFIX not in markup:
            return Resolved(markup)
        missing: dict[MissingFile, None] = {}
        resolve = partial(self._resolved, folder, page, missing)
        text = "".join([_rewritten(token, resolve) for token in parse_markup(markup).tokens])
        return Resolved(text, tuple(missing))

    def _resolved(
        self, folder: str, page: str, missing: dict[MissingFile, None], address: str
    ) -> str:
        """Return an address for use in `page`, which an author in `folder` wrote."""
        reference = address.strip()
        if not reference.startswith(PREFIX):
            return address
        path = re.split("[?#]", reference)[0]
        above, reasons = PurePosixPath(folder, "."), list[str]()
        for place in (above, *above.parents):
            file = posixpath.normpath(posixpath.join(place, unquote(path)))
            if file in self.files:
                way = posixpath.relpath(file, posixpath.dirname(page) or ".")
                return quote(way) + reference[len(path) :]
            refused = [link for link in self.refused if is_below(file, (link,), "/")]
            reasons += [f"{link} {self.refused[link]}" for link in refused]
        below = f"{folder} or above" if folder else "the catalog's root"
        reasons.append(f"{path} is in no static folder of {below}; add it")
        missing[MissingFile(page, printable(reasons[0]))] = None
        return address

    def _read(self, path: str) -> Resolved:
        folder = f"/{path}".partition(f"/{PREFIX}")[0][1:]
        missing: dict[MissingFile, None] = {}

        def resolve(address: str) -> str:
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
            if unquote(re.split("[?#]", beside)[0]) in self.files:
                return address  # it leads there as it is
            return self._resolved(folder, path, missing, address)

        text = self.files[path].read_bytes().decode(errors="surrogateescape")
        return Resolved(_rewritten_css(text, resolve), tuple(missing))


def find_static(package: Package, output_dir: Path | None = None) -> StaticFiles:
    """Return the files of all `static/` folders below a package's folders, sorted by path.

    A `static/` folder with a `stories.py` is a node of the catalog, and doesn't count. Hidden files
    and `output_dir` are left out. If folders of one package have the same file, the first counts.
    """
    files: dict[str, Path] = {}
    refused: dict[str, str] = {}
    folders = PackageFolders(package, output_dir)
    for root, folder, entries in folders.walk():
        is_static = _is_static(Path(root), folder)
        for entry in entries:
            if entry.name.startswith(".") or not (is_static or entry.is_symlink()):
                continue
            path, is_file = os.path.relpath(entry.path, root), os.path.isfile(entry.path)
            is_published = is_static or not is_file or entry.name.endswith(MARKDOWN)
            if entry.is_symlink() and is_published and (reason := folders.refusal(entry.path)):
                if not is_pruned(entry.name, str(folder)):
                    refused.setdefault(path, reason)
            elif is_static and is_file and path == printable(path):
                files.setdefault(path, Path(entry.path))
    return StaticFiles(dict(sorted(files.items())), dict(sorted(refused.items())))


def _is_static(root: Path, folder: Path) -> bool:
    parts = folder.relative_to(root).parts
    if STATIC not in parts:
        return False
    return not root.joinpath(*parts[: parts.index(STATIC) + 1], STORIES).is_file()


def _rewritten(token: Token, resolve: _Resolve) -> str:
    """Return a token of markup with its references resolved."""
    element = token.element
    if PREFIX not in token.raw:
        return token.raw
    if token.kind is Kind.START:
        rewrite = partial(_rewritten_attribute, resolve)
        attributes = ATTRIBUTE.sub(rewrite, element.raw_attributes)
        return f"{token.raw.removesuffix(f'{element.raw_attributes}>')}{attributes}>"
    if element.name == "style" and token.kind in (Kind.VERBATIM, Kind.TEXT):  # TEXT: in SVG
        return _rewritten_css(token.raw, resolve)
    return token.raw


def _rewritten_attribute(resolve: _Resolve, found: re.Match[str]) -> str:
    name, value = found[1].lower(), unescape(found[found.lastindex or 0])
    if name in URLS:
        changed = resolve(value)
    elif name in URL_LISTS:
        changed = _IN_LIST.sub(lambda each: resolve(each[0]), value)
    elif name == "style":
        changed = _rewritten_css(value, resolve)
    else:
        return found[0]
    return found[0] if changed == value else _replaced(found, escape(changed))


def _rewritten_css(text: str, resolve: _Resolve) -> str:
    def rewritten(found: re.Match[str]) -> str:
        group = found.lastindex
        return _replaced(found, resolve(found[group])) if group else found[0]

    return _IN_CSS.sub(rewritten, text)


def _replaced(found: re.Match[str], text: str) -> str:
    """Return what was found with another text for its last group."""
    start, end = (place - found.start() for place in found.span(found.lastindex or 0))
    return found[0][:start] + text + found[0][end:]
