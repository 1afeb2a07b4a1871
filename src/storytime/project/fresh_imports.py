"""Imports the project's modules fresh and records which files a build uses.

Python takes a `.pyc` for current if the source's time, in whole seconds, and its size match, so a
second save within a second may not be seen (https://github.com/python/cpython/issues/75953). A
catalog's files are therefore loaded by a loader that trusts a `.pyc` only by the hash of the source
(https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation). It reads and writes
ordinary `.pyc` files: nothing is compiled twice, and Python can use them too.
"""

import marshal
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source, resolve_name, source_hash
from types import CodeType, FrameType, ModuleType
from typing import Any, override

from .._compat import template_loader
from ..ring.import_caches import forget_listings
from ..ring.progress import report
from ..ring.refusals import NotingLoader
from . import usage
from ._cpython import MODULE_READER, current_frame, watching_import_module
from .file_accesses import FILE_EVENTS, FileAccesses
from .file_lookups import watching_lookups
from .file_writes import BY_EXTENSION, Writes
from .files import LIBRARY, SHOWN, is_project_file, with_targets

CHECKED_HASH = (0b11).to_bytes(4, "little")
"""The flags of a `.pyc` that is validated by its source's hash (PEP 552)."""
HEADER = 16
"""Bytes before the code: magic number, flags, hash."""


class FreshLoader(SourceFileLoader):
    """Imports a source file; uses its `.pyc` only if that holds the source's own hash."""

    @override
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        header = MAGIC_NUMBER + CHECKED_HASH + source_hash(source)
        cached = cache_from_source(path)
        code = self._cached(cached, header, path)
        if code is None:
            code = self.source_to_code(source, path)
            if not sys.dont_write_bytecode:
                self.set_data(cached, header + marshal.dumps(code))
        return code

    def _cached(self, cached: str, header: bytes, path: str) -> CodeType | None:
        try:
            data = self.get_data(cached)
            if data[:HEADER] != header:
                return None
            code = marshal.loads(memoryview(data)[HEADER:])  # noqa: S302 (as the import system)
        except (OSError, EOFError, ValueError, TypeError):  # missing, or cut off
            return None
        # A folder that was moved with its cache still names the files of the old place.
        return code if isinstance(code, CodeType) and code.co_filename == path else None


class FreshFinder:
    """The first meta path finder: finds what the others find and has it loaded fresh.

    It stays in `sys.meta_path` from the interpreter's first build on. `found` has all modules that
    were imported since, in the order in which their imports began; `loaded` maps those of the
    project to their files. `accesses` are the files that this build reads and writes, `recorder`
    knows who used them; it knows all users only if `is_first`: no module was loaded before this
    build. `preloaded` is what the builds' records have of the libraries that
    were imported before: which use which, and by what they may write unseen.
    """

    def __init__(self) -> None:
        self.loaded: dict[str, str] = {}
        self.found: dict[str, None] = {}
        self.accesses = FileAccesses(self._is_project_file, self._opened)
        self.depth = 0
        self.is_first = True
        self.shows_own = False
        self.preloaded: tuple[Mapping[str, Collection[str]], str] = {}, ""
        sys.addaudithook(self._audit)
        self.recorder = usage.Recorder(self.loaded, self.accesses)
        self.watching = ExitStack()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find_spec and find_spec(fullname, path, target)
            if spec:
                self.found[fullname] = None
                self._make_fresh(spec)
                self._imported(fullname, current_frame().f_back)
                return spec
        return None

    def _make_fresh(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if isinstance(loader, SourceFileLoader) and self._is_project_file(loader.path):
            if type(loader) is SourceFileLoader:
                loader = template_loader(loader) or FreshLoader(loader.name, loader.path)
                spec.loader = loader
            self._record_code(loader)
            self.loaded[spec.name] = loader.path
            report("uses", loader.path)
        elif type(loader) is ExtensionFileLoader:
            if not loader.path.startswith(LIBRARY):
                self.accesses.written.writes_unseen(BY_EXTENSION)
            spec.loader = NotingLoader(loader.name, loader.path)

    def _record_code(self, loader: SourceFileLoader) -> None:
        """Pass the code that the loader gets to the recorder."""
        get_code = loader.get_code

        def recorded(fullname: str) -> CodeType | None:
            code = get_code(fullname)
            if code is not None:
                self.recorder.compiled(fullname, code)
            return code

        loader.get_code = recorded  # type: ignore[method-assign]

    def _imported(self, module: str, frame: FrameType | None) -> None:
        if self.depth:
            self.recorder.imported(module, frame)

    def import_module_called(self, name: str, package: str | None, frame: FrameType | None) -> None:
        try:
            self._imported(resolve_name(name, package), frame)
        except ImportError:
            return  # import_module raises the same

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in FILE_EVENTS and self.depth and not self.accesses.is_busy:
            self.accesses.audit(event, args, current_frame().f_back)

    def asked(self, path: str, frame: FrameType | None) -> None:
        """Record what is asked for, by functions that a library may have taken in another build."""
        if self.depth:
            self.accesses.asked(path, frame)

    def _opened(self, file: str, frame: FrameType | None) -> None:
        is_module = frame is not None and frame.f_code is MODULE_READER
        if not is_module and is_project_file(file):
            self.recorder.opened(file, frame)

    def begin(self, *, is_complete: bool) -> None:
        """Forget what an earlier build opened, and who used what."""
        users, unseen = self.preloaded
        self.accesses = FileAccesses(self._is_project_file, self._opened)
        if unseen:
            self.accesses.written.writes_unseen(unseen)
        self.recorder = usage.Recorder(
            self.loaded, self.accesses, users=users, is_complete=is_complete
        )
        self.is_first = not self.has_loaded()

    def end(self) -> Writes:
        """Record no more files, which takes time, and return those that were written: the build's
        code has ended."""
        self.watching.close()
        return self.accesses.end()

    def has_loaded(self) -> bool:
        """Return True if a module of a project is loaded in this interpreter."""
        return not self.loaded.keys().isdisjoint(sys.modules)

    def _is_project_file(self, path: str) -> bool:
        return is_project_file(path) or (self.shows_own and path.startswith(SHOWN))

    def sources(self) -> list[str]:
        """Return the project files in use, sorted: of loaded modules, and opened ones.

        What a link leads to is in use as well.
        """
        modules = {path for name, path in self.loaded.items() if name in sys.modules}
        return sorted(with_targets(modules | self.accesses.files()))

    def lookups(self) -> list[str]:
        """Return the project files that the build looked for in vain, and folders that it listed.

        Folders end with a separator.
        """
        return sorted(self.accesses.lookups())


@contextmanager
def recording(*, own: bool = False) -> Iterator[FreshFinder]:
    """Make imports fresh and record what is imported and opened.

    Yields this interpreter's finder. It is installed once and stays: an audit hook can't be
    removed, and what a module imports later has to be fresh as well. With `own` the catalog is
    Storytime's own, whose components count as a project's.
    """
    forget_listings()
    finder = _installed()
    if finder is None:
        finder = FreshFinder()
        sys.meta_path.insert(0, finder)
    with ExitStack() as stack:
        if not finder.depth:
            watching = watching_import_module(finder.import_module_called)
            finder.begin(is_complete=stack.enter_context(watching))
            finder.watching.enter_context(watching_lookups(finder.asked))
            stack.enter_context(finder.watching)
        finder.depth += 1
        finder.shows_own = own
        token = usage.current.set(finder.recorder)
        try:
            yield finder
        finally:
            usage.current.reset(token)
            finder.depth -= 1


def _installed() -> FreshFinder | None:
    return next((each for each in sys.meta_path if isinstance(each, FreshFinder)), None)


def writes_of_last_build() -> Writes | None:
    """Return what the last build in this interpreter wrote; None if there was none."""
    finder = _installed()
    return finder.accesses.written.writes() if finder else None
