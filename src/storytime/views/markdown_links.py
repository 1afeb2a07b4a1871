"""MarkdownLinks: where the links and pictures of a Markdown text lead in the output."""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from ..render.markdown import SCHEME
from ..render.references import PREFIX
from ..render.static_files import StaticFiles
from .catalog_index import Catalog, Entry
from .links import FRAME, PAGE, page_file


class MarkdownLinks:
    """Resolves addresses in a Markdown text; `warnings` has those that lead nowhere.

    An address is relative to the page in the output or, as in an editor, to the file in `folder`
    that holds the text. It names a page or its folder, a Markdown file, or a static file.
    """

    def __init__(
        self, catalog: Catalog, static: Callable[[], StaticFiles], folder: str, entry: Entry
    ) -> None:
        self.warnings: list[str] = []
        self.missing: list[str] = []
        self._catalog, self._static = catalog, static
        self._file_folder, self._page_folder = folder, entry.path

    def resolve(self, address: str) -> str:
        """Return the address in the output for one without a scheme, or the same if it is right.

        That of a `story:` is the story's page.
        """
        if address.startswith(f"{SCHEME}:"):
            page = self._in_output(unquote(address.partition(":")[2]).strip("/ "))
            return quote(posixpath.relpath(page, self._page_folder)) if page else address
        path = re.split("[?#]", address)[0]
        if not path or path.startswith("/"):
            return address
        if re.match(rf"(?:\./)*{PREFIX}", path):
            return address  # `with_static` resolves it
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

    def with_static(self, markup: str) -> str:
        """Return the rendered text with its `static/` addresses resolved, as those of stories."""
        if PREFIX not in markup:
            return markup
        page = page_file(self._page_folder)
        resolved = self._static().resolve(markup, self._file_folder, page)
        self.missing += [each.text for each in resolved.missing]
        return resolved.markup

    def _joined(self, folder: str, path: str) -> str:
        return posixpath.normpath(posixpath.join(folder, unquote(path)))

    def _in_output(self, file: str) -> str:
        """Return the file in the output that is meant by itself or by its folder, or ""."""
        node = "" if file in (".", PAGE) else file.removesuffix(f"/{PAGE}")
        if node in self._catalog.entries:
            return page_file(node)
        is_frame = file.removesuffix(f"/{FRAME}") in self._catalog.entries
        return file if is_frame or file in self._static().files else ""
