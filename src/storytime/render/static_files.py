"""The `static/` folders of a package, and the references to their files.

Each file goes to the output under its path in the package ("forms/static/logo.png"). An author
writes `static/logo.png`, wherever the story's page will be: what is meant is the file in the
nearest `static/` folder that has it, from the story's own package up to the catalog's root.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape, unescape
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from ..catalog.tree_reader import STORIES
from ..markup.parser import ATTRIBUTE, Element, Kind, Token, names, parse_markup
from ..project.files import is_pruned
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
"""Gives the address to write for one that was read: the same where it is none of ours."""


@dataclass(frozen=True)
class StaticFile:
    """A file to copy. `content` is what to write instead, for a stylesheet whose references were
    resolved; the others are not read. `mtime_ns` and `size` tell whether it was changed."""

    source: Path
    size: int
    mtime_ns: int
    content: bytes | None = None


@dataclass(frozen=True)
class MissingFile:
    """A reference to a file that is in no `static/` folder: `path` is the file that it is in."""

    path: str
    text: str


@dataclass(frozen=True)
class Resolved:
    """Some markup whose references lead to the copied files, and what they didn't find."""

    markup: str
    missing: tuple[MissingFile, ...] = ()


@dataclass(frozen=True)
class StaticFiles:
    """The static files of a package by their paths in the output, and what stylesheets miss."""

    files: Mapping[str, StaticFile]
    missing: tuple[MissingFile, ...] = ()

    def resolve(self, markup: str, folder: str, page: str) -> Resolved:
        """The markup of the story in `folder` as it is to stand in the output's file `page`.

        Both are POSIX paths from the package, and from the output: "forms/button" and
        "forms/button/primary/index.html". All but the references stays as it is.
        """
        if PREFIX not in markup:
            return Resolved(markup)
        missing: list[MissingFile] = []
        resolve = partial(self._resolved, folder, page, missing)
        tokens = parse_markup(markup).tokens
        text = "".join([_rewritten(token, resolve) for token in tokens])
        return Resolved(text, tuple(missing))

    def _resolved(self, folder: str, page: str, missing: list[MissingFile], address: str) -> str:
        """An address in `page`, for what stands in `folder`."""
        if not address.startswith(PREFIX):
            return address
        found = re.match(r"[^?#]*", address)
        assert found is not None
        path, rest = found[0], address[found.end() :]
        above = PurePosixPath(folder, ".")
        for place in (above, *above.parents):
            file = posixpath.normpath(posixpath.join(place, unquote(path)))
            if file in self.files:
                way = posixpath.relpath(file, posixpath.dirname(page) or ".")
                return quote(way) + rest
        below = f"{folder} or above" if folder else "the catalog's root"
        told = MissingFile(page, printable(f"{path} is in no static folder of {below}; add it"))
        if told not in missing:
            missing.append(told)
        return address

    def _with_stylesheet(self, path: str) -> tuple[StaticFile, list[MissingFile]]:
        """A stylesheet with its references resolved, and what they didn't find."""
        sheet = self.files[path]
        text = sheet.source.read_text(errors="surrogateescape")
        missing: list[MissingFile] = []
        if PREFIX not in text:
            return sheet, missing
        folder = posixpath.dirname(path[: _end_of_static(path)])

        def resolve(address: str) -> str:
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
            if unquote(re.split("[?#]", beside)[0]) in self.files:
                return address  # as it is understood without us
            return self._resolved(folder, path, missing, address)

        content = _rewritten_css(text, resolve)
        if content == text:
            return sheet, missing
        return replace(sheet, content=content.encode(errors="surrogateescape")), missing


def find_static(folders: Iterable[Path], output_dir: Path | None = None) -> StaticFiles:
    """The files of all `static/` folders below a package's folders, sorted by path.

    A `static/` folder with a `stories.py` is a node of the catalog, and not one of these; hidden
    files and `output_dir` are passed over. Where folders of one package have the same file, the
    first counts.
    """
    output = output_dir.resolve() if output_dir else None
    files: dict[str, StaticFile] = {}
    for root in folders:
        for file in _static_files(root, output):
            path = file.relative_to(root).as_posix()
            if path not in files and path == printable(path):
                stat = file.stat()
                files[path] = StaticFile(file, stat.st_size, stat.st_mtime_ns)
    found = StaticFiles(dict(sorted(files.items())))
    sheets = {
        path: found._with_stylesheet(path) for path in found.files if path.lower().endswith(".css")
    }
    missing = [each for _, of_sheet in sheets.values() for each in of_sheet]
    rewritten = {path: sheet for path, (sheet, _) in sheets.items()}
    return StaticFiles({**found.files, **rewritten}, tuple(missing))


def _static_files(root: Path, output: Path | None) -> Iterator[Path]:
    for folder, subfolders, files in os.walk(root):
        here = Path(folder)
        subfolders[:] = [
            name
            for name in sorted(subfolders)
            if not is_pruned(name, folder) and here / name != output
        ]
        parts = here.relative_to(root).parts
        if STATIC in parts and not _is_node(root, parts[: parts.index(STATIC) + 1]):
            for name in sorted(files):
                if not name.startswith(".") and (here / name).is_file():
                    yield here / name


def _is_node(root: Path, parts: tuple[str, ...]) -> bool:
    return root.joinpath(*parts, STORIES).is_file()


def _end_of_static(path: str) -> int:
    """Where in a static file's path the name of its `static/` folder ends."""
    return f"/{path}".index(f"/{PREFIX}") + len(STATIC)


def _rewritten(token: Token, resolve: _Resolve) -> str:
    """A token of markup with its references resolved."""
    element = token.element
    if element is None or PREFIX not in token.raw:
        return token.raw
    if token.kind is Kind.START:
        return _rewritten_tag(element, resolve)
    if token.kind is Kind.VERBATIM and element.name == "style":
        return _rewritten_css(token.raw, resolve)
    if token.kind is Kind.TEXT and element.name == "style":  # in SVG
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
    if not group:
        return found[0]
    value = unescape(found[group])
    if name in URLS:
        changed = resolve(value.strip())
        changed = value if changed == value.strip() else changed
    elif name in URL_LISTS:
        changed = _IN_LIST.sub(lambda each: resolve(each[0]), value)
    elif name == "style":
        changed = _rewritten_css(value, resolve)
    else:
        return found[0]
    if changed == value:
        return found[0]
    start, end = (place - found.start() for place in found.span(group))
    return found[0][:start] + escape(changed) + found[0][end:]


def _rewritten_css(text: str, resolve: _Resolve) -> str:
    def rewritten(found: re.Match[str]) -> str:
        group = found.lastgroup
        if group is None:
            return found[0]
        start, end = (place - found.start() for place in found.span(group))
        return found[0][:start] + resolve(found[group]) + found[0][end:]

    return _IN_CSS.sub(rewritten, text)
