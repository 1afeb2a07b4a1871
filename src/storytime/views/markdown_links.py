"""MarkdownLinks: where the links and pictures of a Markdown text lead in the output."""

import posixpath
import re
from urllib.parse import quote, unquote

from ..render.static_files import PREFIX, StaticFiles
from .catalog_index import Catalog, Document
from .links import FRAME, PAGE, page_file


class MarkdownLinks:
    """Resolves addresses in the text of a page; `warnings` has those that lead nowhere.

    An address is relative to the page in the output or, as in an editor, to the Markdown file. It
    names a page or its folder, another Markdown file, or a static file.
    """

    def __init__(self, catalog: Catalog, static: StaticFiles, document: Document) -> None:
        self.warnings: list[str] = []
        self._catalog, self._static = catalog, static
        self._file_folder, self._page_folder = document.parent.path, document.path

    def resolve(self, address: str) -> str:
        """Return the address in the output for one without a scheme, or the same if it is right."""
        path = re.split("[?#]", address)[0]
        if not path or path.startswith("/"):
            return address
        if posixpath.normpath(path).startswith(PREFIX):
            return address.removeprefix("./")  # `StaticFiles.resolve` looks for it
        file = self._joined(self._file_folder, path)
        if document := self._catalog.files.get(file):
            target = page_file(document.path)
        elif self._in_output(self._joined(self._page_folder, path)):
            return address
        else:
            target = self._in_output(file)
        if target:
            way = posixpath.relpath(target, self._page_folder)
            return quote(way) + address[len(path) :]
        self.warnings.append(
            f"{unquote(path)} leads nowhere; expected a page, a Markdown file beside a stories.py,"
            " or a file in a static folder"
        )
        return address

    def _joined(self, folder: str, path: str) -> str:
        return posixpath.normpath(posixpath.join(folder, unquote(path)))

    def _in_output(self, file: str) -> str:
        """Return the file in the output that is meant by itself or by its folder, or ""."""
        node = "" if file in (".", PAGE) else file.removesuffix(f"/{PAGE}")
        if node in self._catalog.entries:
            return page_file(node)
        is_frame = file.removesuffix(f"/{FRAME}") in self._catalog.entries
        return file if is_frame or file in self._static.files else ""
