"""What Python 3.13 needs to read t-strings, from the distribution storytime-compat (compat/).

Later Pythons need none of it. When 3.13 is no longer supported, this module goes with compat/.
"""

import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source

if sys.version_info < (3, 14):
    import storytime_compat
    from storytime_compat import TemplateLoader, cache_path, install

    HOOK_FOLDERS: tuple[str, ...] = (os.path.join(os.path.dirname(storytime_compat.__file__), ""),)
    """Where the code is whose frames are no author's."""

    def template_loader(loader: SourceFileLoader) -> SourceFileLoader | None:
        return TemplateLoader(loader.name, loader.path)

    def parsable(source: str) -> str:
        from storytime_compat.literals import Literals  # costs what few builds need

        return Literals(source).parsable

else:
    HOOK_FOLDERS = ()

    def install(*packages: str) -> None:
        """Has the packages imported with what this Python lacks: nothing."""

    def cache_path(source_path: str) -> str:
        """Where a build keeps the bytecode of a source file."""
        return cache_from_source(source_path)

    def template_loader(loader: SourceFileLoader) -> SourceFileLoader | None:
        """A loader for the same file that knows t-strings, where this Python doesn't; else None."""
        return None

    def parsable(source: str) -> str:
        """The source as `ast.parse` takes it here, every line and column kept."""
        return source
