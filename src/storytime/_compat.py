"""What differs on Python 3.13, which reads t-strings by `storytime_compat` (in compat/).

When 3.13 is no longer supported, this module goes with compat/.
"""

import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from types import CodeType
from typing import Any

if sys.version_info < (3, 14):
    import storytime_compat
    from storytime_compat import TemplateLoader, cache_path, install

    HOOK_FOLDERS: tuple[str, ...] = (os.path.join(os.path.dirname(storytime_compat.__file__), ""),)
    """Folders of the import hook, whose frames tracebacks leave out."""

    FORWARD_REFERENCES: dict[str, Any] = {}
    """Arguments by which `inspect.get_annotations` evaluates only what it can."""

    LIVE_ANNOTATIONS: dict[str, Any] = {}
    """The same for `inspect.signature`."""

    SOURCE_ANNOTATIONS: dict[str, Any] = {}
    """Arguments by which `inspect.signature` gives annotations as source text."""

    def template_loader(loader: SourceFileLoader) -> SourceFileLoader | None:
        return TemplateLoader(loader.name, loader.path)

    def parsable(source: str) -> str:
        from storytime_compat.literals import Literals  # only few builds need it

        return Literals(source).parsable

    def compile_source(source: bytes, path: str) -> CodeType:
        from storytime_compat.transform import compile_source

        return compile_source(source, path)

else:
    from annotationlib import Format

    HOOK_FOLDERS = ()
    FORWARD_REFERENCES: dict[str, Any] = {"format": Format.FORWARDREF}
    LIVE_ANNOTATIONS: dict[str, Any] = {"annotation_format": Format.FORWARDREF}
    SOURCE_ANNOTATIONS: dict[str, Any] = {"annotation_format": Format.STRING}

    def install(*packages: str) -> None:
        """Make t-strings readable in the packages. This Python reads them anyway."""

    def cache_path(source_path: str) -> str:
        """Return the path at which a build keeps the bytecode of a source file."""
        return cache_from_source(source_path)

    def template_loader(loader: SourceFileLoader) -> SourceFileLoader | None:
        """Return a loader of the same file that reads t-strings; None if this Python does."""
        return None

    def parsable(source: str) -> str:
        """Return the source as `ast.parse` takes it, with the same lines and columns."""
        return source

    def compile_source(source: bytes, path: str) -> CodeType:
        """Return the code of a module's source."""
        return compile(source, path, "exec", dont_inherit=True)
