"""The import hook: compiles the modules of named packages with `transform`, with their own cache.

A hook belongs to one interpreter; each subinterpreter has to install its own.
"""

import importlib.util
import marshal
import os
import string
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from .transform import compile_source

_HERE = os.path.dirname(__file__)
_TEMPLATELIB = "string.templatelib"
_HASH_BASED = importlib.util.MAGIC_NUMBER + b"\3\0\0\0"
"""The header by which Python itself sees that the hash isn't the source's, and compiles it anew."""
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")  # Debian's
_BUNDLED = "storytime_compat_bundled"
"""The folder into which bundle_tdom.py puts tdom when Storytime is built."""


def install(*packages: str) -> None:
    """Enable t-strings and deferred annotations in the named packages and all their modules.

    Names are top-level or dotted; the packages need not exist yet. Each call adds to the earlier
    ones. Modules that are already imported stay as they are. Also makes `string.templatelib`
    importable. Does nothing on 3.14 and later, which have all this.
    """
    if sys.version_info >= (3, 14):
        return
    if _TEMPLATELIB not in sys.modules:
        _load_templatelib()
    template_finder().packages.update(packages)


def template_finder() -> "TemplateFinder":
    """Return the finder in `sys.meta_path`; the first call puts it there."""
    finder = next((finder for finder in sys.meta_path if isinstance(finder, TemplateFinder)), None)
    if finder is None:
        finder = TemplateFinder()
        sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    return finder


def _load_templatelib() -> None:
    # `string` is a module in 3.13, so the import system finds a submodule only in sys.modules.
    spec = importlib.util.spec_from_file_location(
        _TEMPLATELIB, os.path.join(_HERE, "templatelib.py")
    )
    string.templatelib = sys.modules[_TEMPLATELIB] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(string.templatelib)


class TemplateFinder:
    """Loads the source files of `packages` with `TemplateLoader`, whichever finder finds them."""

    def __init__(self) -> None:
        self.packages: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not self._covers(fullname):
            return None
        spec = None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = spec or finder.find_spec(fullname, path, target)
        if fullname == "tdom" and _is_placeholder(spec):
            spec = PathFinder.find_spec(fullname, _bundled_locations())
        if spec and type(spec.loader) is SourceFileLoader:
            spec.loader = TemplateLoader(spec.loader.name, spec.loader.path)
            spec.cached = cache_path(spec.loader.path)
        return spec

    def _covers(self, fullname: str) -> bool:
        return fullname in self.packages or any(
            fullname.startswith(f"{name}.") for name in self.packages
        )


def _is_placeholder(spec: ModuleSpec | None) -> bool:
    """Return True unless tdom itself is installed. For 3.13 installers find 0.0.1, an empty one."""
    if spec is None or spec.origin is None:
        return True
    return [name for name in os.listdir(os.path.dirname(spec.origin)) if name.endswith(".py")] == [
        "__init__.py"
    ]


def _bundled_locations() -> list[str]:
    spec = PathFinder.find_spec(_BUNDLED)
    return list(spec.submodule_search_locations) if spec else []


class TemplateLoader(SourceFileLoader):
    """Loads a source file with `compile_source`, or the bytecode cached for the same source."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        header = _HASH_BASED + importlib.util.source_hash(
            b"\0".join((_own_source(), os.fsencode(path), source))
        )
        code = self._cached_code(cache_path(path), header)
        if code is None:
            code = self.source_to_code(source, path)
            if not sys.dont_write_bytecode:
                # Writes atomically, and ignores a folder that can't be written.
                self._cache_bytecode(path, cache_path(path), header + marshal.dumps(code))
        return code

    def source_to_code(self, data: bytes, path: str, *, _optimize: int = -1) -> CodeType:
        return compile_source(data, path, optimize=_optimize)

    def _cached_code(self, path: str, header: bytes) -> CodeType | None:
        try:
            data = self.get_data(path)
            code = marshal.loads(data[len(header) :]) if data.startswith(header) else None
        except (OSError, EOFError, ValueError, TypeError):  # missing or damaged
            return None
        return code if isinstance(code, CodeType) else None


def cache_path(source_path: str) -> str:
    """Return the path of a transformed module's bytecode; the ordinary .pyc is beside it.

    In an installed package it takes the place of the ordinary one, so that uninstalling removes it.
    """
    if any(folder in source_path for folder in _INSTALLED):
        return importlib.util.cache_from_source(source_path)
    return importlib.util.cache_from_source(
        source_path, optimization=f"storytime{sys.flags.optimize}"
    )


@cache
def _own_source() -> bytes:
    # Bytecode that another version of the transform made is stale, too.
    own_source = b""
    for name in ("literals.py", "transform.py"):
        with open(os.path.join(_HERE, name), "rb") as file:
            own_source += file.read()
    return own_source
