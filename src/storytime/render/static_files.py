"""The `static/` folders of a package, and the references to their files.

Each file is copied to its path in the package ("forms/static/logo.png"). Wherever a story's page
will be, authors write `static/logo.png`: that is the file in the nearest `static/` folder that has
it, from the story's own package up to the catalog's root.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..catalog.tree_reader import STORIES
from ..markup.parser import ATTRIBUTE, Element, Kind, Token, names, parse_markup
from ..project.files import is_below, is_pruned
from ..project.package import Package
from ..project.package_folders import PackageFolders
from ..ring.text import printable
from .markdown import MARKDOWN
from .svg_sprites import Sprite

STATIC = "static"
PREFIX = f"{STATIC}/"
URLS = names("action background data formaction href poster src xlink:href")
URL_LISTS = names("imagesrcset srcset")
MAYBE_URLS = re.compile(r"content|data-.+", re.DOTALL)
"""Attributes that may name a file, perhaps only to a script; other text in them is no mistake."""
MODULES = names("importmap module")

_REFERENCE = re.compile(rf"(?:\./)*({PREFIX}[^?#]*)")
_IN_LIST = re.compile(rf"(?<![^\s,])(?:\./)*{PREFIX}\S*[^\s,]")
# Comments, references and other strings; only references have a group.
_TEXT = r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_STRING = r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'"
_URL = rf"(?:url|src)\(\s*(?:{_STRING}|((?:\\.|[^\s\"')\\])*))\s*\)"
_IN_CSS = re.compile(
    rf"image-set\((?P<set>(?:{_TEXT}|\((?:{_TEXT}|[^()\"'])*+\)|[^()\"'])*+)\)"
    rf"|{_URL}|@import\s+(?:{_STRING})|{_TEXT}",
    re.IGNORECASE | re.DOTALL,
)
_IN_SET = re.compile(rf"type\([^)]*\)|{_URL}|{_STRING}", re.IGNORECASE | re.DOTALL)
_IN_MODULE = re.compile(
    rf"(?:\bfrom|\bimport|:)[\s(]*(?:\"(\./{PREFIX}[^\"\\]*)\"|'(\./{PREFIX}[^'\\]*)')"
)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t\n\f\r]?|\n|(.))", re.IGNORECASE)


class MissingFile(NamedTuple):
    """A reference to a file that is in no `static/` folder. `path` is where the reference is."""

    path: str
    text: str


class Resolved(NamedTuple):
    """Text whose references lead to the copied files, those files, and what was not found."""

    markup: str
    missing: tuple[MissingFile, ...] = ()
    files: tuple[str, ...] = ()


class StaticFiles:
    """The static files of a package by their paths in the output.

    `refused` has the links in the package that are not followed: why not, by their paths.
    """

    def __init__(self, files: Mapping[str, Path], refused: Mapping[str, str]) -> None:
        self.files, self.refused = files, refused
        self._sprites: dict[str, Sprite] = {}

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

    def users(self, files: Iterable[str]) -> set[str]:
        """Return the stylesheets that import or show one of these, also through each other."""
        users, found = dict[str, list[str]](), set[str]()
        for path, sheet in self._stylesheets.items():
            for file in sheet.files:
                users.setdefault(file, []).append(path)
        ahead = list(files)
        while ahead:
            new = {*users.get(ahead.pop(), ())} - found
            found |= new
            ahead += new
        return found

    def resolve(self, markup: str, folder: str, page: str) -> Resolved:
        """Return the markup of the story in `folder` as it stands in the output's file `page`.

        Both are POSIX paths from the package, and from the output: "forms/button" and
        "forms/button/primary/index.html". Only references are changed; before a `<use>` of a part
        of an SVG file that part is inserted, since a sandboxed document may not load it.
        """
        if STATIC not in markup:
            return Resolved(markup)
        references = _References(self, folder, page)
        return references.resolved(references.in_markup(markup))

    def sprite(self, path: str) -> Sprite:
        if path not in self._sprites:
            self._sprites[path] = Sprite(self.files[path].read_text("utf-8", errors="replace"))
        return self._sprites[path]

    def _read(self, path: str) -> Resolved:
        folder = f"/{path}".partition(f"/{PREFIX}")[0][1:]
        references = _References(self, folder, path, is_sheet=True)
        text = self.files[path].read_bytes().decode(errors="surrogateescape")
        return references.resolved(references.in_css(text))


@dataclass
class _References:
    """Resolves the references of a document or, if it `is_sheet`, of a stylesheet.

    Its author wrote them for use in `folder`; they are used in `page`.
    """

    static: StaticFiles
    folder: str
    page: str
    is_sheet: bool = False
    missing: dict[MissingFile, None] = field(default_factory=dict)
    found: dict[str, None] = field(default_factory=dict)
    parts: int = 0

    def resolved(self, text: str) -> Resolved:
        return Resolved(text, tuple(self.missing), tuple(self.found))

    def address(self, address: str, *, is_sure: bool = True) -> str:
        """Return what to write in place of an address; the same if it is no static file's.

        A file that doesn't exist is noted unless it isn't sure that the address is one.
        """
        if self.is_sheet:
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), address))
            if (own := unquote(re.split("[?#]", beside)[0])) in self.static.files:
                self.found[own] = None
                return address  # it leads there as it is
        reference = _REFERENCE.match(address.strip())
        file = reference and self._file(reference[1], is_sure=is_sure)
        if not reference or not file:
            return address
        self.found[file] = None
        way = posixpath.relpath(file, posixpath.dirname(self.page) or ".")
        return quote(way) + reference.string[reference.end() :]

    def _file(self, path: str, *, is_sure: bool) -> str | None:
        """Return the nearest file that an author in the folder calls `path`."""
        files, refused = self.static.files, self.static.refused
        above, reasons = PurePosixPath(self.folder, "."), list[str]()
        for place in (above, *above.parents):
            file = posixpath.normpath(posixpath.join(place, unquote(path)))
            if file in files:
                return file
            reasons += [
                f"{link} {refused[link]}" for link in refused if is_below(file, [link], "/")
            ]
        below = f"{self.folder} or above" if self.folder else "the catalog's root"
        reasons.append(f"{path} is in no static folder of {below}; add it")
        if is_sure:
            self._miss(reasons[0])
        return None

    def _miss(self, text: str) -> None:
        self.missing[MissingFile(self.page, printable(text))] = None

    def in_markup(self, text: str) -> str:
        return "".join([self._in_token(token) for token in parse_markup(text).tokens])

    def _in_token(self, token: Token) -> str:
        element = token.element
        if STATIC not in token.raw:
            return token.raw
        if token.kind is Kind.START:
            parts = dict[str, str]()
            rewrite = partial(self._in_attribute, element, parts)
            attributes = ATTRIBUTE.sub(rewrite, element.raw_attributes)
            tag = token.raw.removesuffix(f"{element.raw_attributes}>")
            return f"{''.join(parts.values())}{tag}{attributes}>"
        if element.name == "style" and token.kind in (Kind.VERBATIM, Kind.TEXT):  # TEXT: in SVG
            return self.in_css(token.raw)
        if element.name == "script" and element.attributes.get("type") in MODULES:
            return _IN_MODULE.sub(self._in_module, token.raw)
        return token.raw

    def _in_attribute(self, element: Element, parts: dict[str, str], found: re.Match[str]) -> str:
        name, value = found[1].lower(), unescape(found[found.lastindex or 0])
        if element.name == "use" and name in URLS:
            changed = self._use(value, parts)
        elif name in URLS:
            changed = self.address(value)
        elif name in URL_LISTS:
            changed = _IN_LIST.sub(lambda each: self.address(each[0]), value)
        elif name == "style" or (element.foreign and "url(" in value):
            changed = self.in_css(value)
        elif name == "srcdoc":
            changed = self.in_markup(value)
        elif MAYBE_URLS.fullmatch(name):
            changed = self.address(value, is_sure=False)
        else:
            return found[0]
        return found[0] if changed == value else _replaced(found, escape(changed))

    def _use(self, address: str, parts: dict[str, str]) -> str:
        """Return the address in the document of a part of an SVG file, and add it to `parts`."""
        reference = _REFERENCE.match(address.strip())
        file = reference and self._file(reference[1], is_sure=True)
        if not file:
            return address
        self.parts += not parts
        name = unquote(address.strip().partition("#")[2])
        new, part = self.static.sprite(file).part(name, f"storytime-{self.parts}-")
        if not part:
            self._miss(f"{file} has no element with the id {name!r} to use; add it")
            return address
        parts[new] = part
        return f"#{new}"

    def _in_module(self, found: re.Match[str]) -> str:
        return _replaced(found, self.address(found[found.lastindex or 0]))

    def in_css(self, text: str, pattern: re.Pattern[str] = _IN_CSS) -> str:
        return pattern.sub(self._in_css, text)

    def _in_css(self, found: re.Match[str]) -> str:
        if not found.lastindex:
            return found[0]
        if found.lastgroup:
            return _replaced(found, self.in_css(found["set"], _IN_SET))
        written = found[found.lastindex]
        address = _ESCAPE.sub(_unescaped, written)
        changed = self.address(address)
        if changed == address:
            return found[0]
        if address != written:
            changed = re.sub(r"[\s\"'()\\]", lambda each: f"\\{ord(each[0]):x} ", changed)
        return _replaced(found, changed)


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


def _unescaped(found: re.Match[str]) -> str:
    """Return the character that an escape in CSS stands for."""
    if not found[1]:
        return found[2] or ""
    code = int(found[1], 16)
    return (
        chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\N{REPLACEMENT CHARACTER}"
    )


def _replaced(found: re.Match[str], text: str) -> str:
    """Return what was found with another text for its last group."""
    start, end = (place - found.start() for place in found.span(found.lastindex or 0))
    return found[0][:start] + text + found[0][end:]
