"""Resolves references to static files in documents and stylesheets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape, unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..markup.parser import ATTRIBUTE, Element, Kind, Token, names, parse_markup
from ..project.files import is_below
from ..ring.text import printable
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


@dataclass
class References:
    """Resolves the references of a document or, if it `is_sheet`, of a stylesheet.

    Its author wrote them for use in `folder`; they are used in `page`. The others are those of
    StaticFiles.
    """

    files: Mapping[str, Path]
    refused: Mapping[str, str]
    sprite: Callable[[str], Sprite]
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
            if (own := unquote(re.split("[?#]", beside)[0])) in self.files:
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
        files, refused = self.files, self.refused
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
        new, part = self.sprite(file).part(name, f"storytime-{self.parts}-")
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
