"""The `static/` folders of a package, and the references to their files.

Each file is copied to its path in the package ("forms/static/logo.png"). Wherever a story's page
will be, authors write `static/logo.png`: that is the file in the nearest `static/` folder that has
it, from the story's own package up to the catalog's root.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from ..catalog.tree_reader import STORIES
from ..project.files import is_pruned
from ..project.package import Package
from ..project.package_folders import PackageFolders
from ..ring.text import printable
from .markdown import MARKDOWN
from .references import PREFIX, STATIC, MissingFile, References, Resolved
from .svg_sprites import Sprite


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
        references = self._references(folder, page)
        return references.resolved(references.in_markup(markup))

    def sprite(self, path: str) -> Sprite:
        if path not in self._sprites:
            self._sprites[path] = Sprite(self.files[path].read_text("utf-8", errors="replace"))
        return self._sprites[path]

    def _references(self, folder: str, page: str, *, is_sheet: bool = False) -> References:
        return References(self.files, self.refused, self.sprite, folder, page, is_sheet)

    def _read(self, path: str) -> Resolved:
        folder = f"/{path}".partition(f"/{PREFIX}")[0][1:]
        references = self._references(folder, path, is_sheet=True)
        text = self.files[path].read_bytes().decode(errors="surrogateescape")
        return references.resolved(references.in_css(text))


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
