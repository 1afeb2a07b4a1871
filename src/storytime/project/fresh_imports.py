"""Which source files a build used, and a loader that never serves stale bytecode for them.

Python takes a `.pyc` for current while the source's time, in whole seconds, and its size are the
same; two saves within a second that keep the size are one to it. The files of a catalog are
therefore imported by a loader that trusts a `.pyc` only by the hash of the source
(https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation). It reads and
writes the ordinary `.pyc` files, so nothing is compiled twice and Python itself can use them too.
"""

import importlib
import marshal
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from types import CodeType, FrameType, ModuleType
from typing import Any, override

from .._compat import template_loader
from ..errors import NeedsProcess
from ..ring import progress
from ..ring.import_caches import forget_listings
from ..ring.refusals import NotingLoader
from .files import SHOWN, is_project_file
from .usage import Recorder, WatchedBootstrap, recorded_by

CHECKED_HASH = (0b11).to_bytes(4, "little")
"""The flags of a `.pyc` that is validated by its source's hash (PEP 552)."""
HEADER = 16
"""Bytes before the code: magic number, flags, hash."""

UNUSABLE = (OSError, EOFError, ValueError, TypeError)
"""What reading a `.pyc` that is missing or cut off raises."""

IMPORT_SYSTEM = "<frozen importlib._bootstrap_external>"
"""Where the code is by which the import system reads files."""


class FreshLoader(SourceFileLoader):
    """Imports a source file; its `.pyc` counts only where it holds the source's own hash."""

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
        except UNUSABLE:
            return None
        # A folder that was moved with its cache still names the files of the old place.
        return code if isinstance(code, CodeType) and code.co_filename == path else None


class FreshFinder:
    """A meta path finder, the first: finds what the others find, and has it loaded freshly.

    It stays in the interpreter's `sys.meta_path` from the first build on and knows every project
    file that was loaded since, and every file that was opened during a build; `refused` are the
    extension modules that can't be loaded in this interpreter since it is a subinterpreter.
    `recorder` knows who used the files; all of it only where this build `is_first` to load any.
    """

    def __init__(self) -> None:
        self.loaded: dict[str, str] = {}
        self.opened: set[str] = set()
        self.refused: list[str] = []
        self.recording = 0
        self.is_first = True
        self.recorder = Recorder(self.loaded)
        self.shows_own = False
        sys.addaudithook(self._audit)
        importlib._bootstrap = WatchedBootstrap(self._imported)  # type: ignore[assignment]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = find_spec and find_spec(fullname, path, target)
            if spec:
                spec = self._made_fresh(spec)
                self._imported(fullname, sys._getframe(1))
                return spec
        return None

    def _made_fresh(self, spec: ModuleSpec) -> ModuleSpec:
        loader = spec.loader
        if isinstance(loader, SourceFileLoader) and self._is_project_file(loader.path):
            if type(loader) is SourceFileLoader:
                loader = template_loader(loader) or FreshLoader(loader.name, loader.path)
                spec.loader = loader
            self._note_code(loader)
            self.loaded[spec.name] = loader.path
            progress.uses(loader.path)
        elif type(loader) is ExtensionFileLoader:
            spec.loader = NotingLoader(loader.name, loader.path, self.refused)
        return spec

    def _note_code(self, loader: SourceFileLoader) -> None:
        """Has the recorder see the code of what the loader loads."""
        get_code = loader.get_code

        def noted(fullname: str) -> CodeType | None:
            code = get_code(fullname)
            if code is not None:
                self.recorder.compiled(fullname, code)
            return code

        loader.get_code = noted  # type: ignore[method-assign]

    def _imported(self, module: str, frame: FrameType) -> None:
        if self.recording:
            self.recorder.imported(module, frame)

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and self.recording:
            path, mode, flags = args
            writes = set(mode) & set("wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR)
            if isinstance(path, str | bytes) and not writes:
                file = os.path.abspath(os.fsdecode(path))
                self.opened.add(file)
                opener = sys._getframe(1)
                if opener.f_code.co_filename != IMPORT_SYSTEM and is_project_file(file):
                    self.recorder.opened(file, opener)

    def begin(self) -> None:
        """Forgets what an earlier build opened, and who used what."""
        self.opened.clear()
        self.recorder = Recorder(self.loaded)
        self.is_first = not self.has_loaded()

    def has_loaded(self) -> bool:
        """Whether any module of a project was loaded in this interpreter."""
        return not self.loaded.keys().isdisjoint(sys.modules)

    def _is_project_file(self, path: str) -> bool:
        return is_project_file(path) or (self.shows_own and path.startswith(SHOWN))

    def check_refused(self) -> None:
        """Raises NeedsProcess where a module was refused, also where its importer did without."""
        if self.refused:
            raise NeedsProcess(self.refused[0])

    def sources(self) -> list[str]:
        """The project files in use, sorted: of the modules that are loaded, and those opened."""
        modules = {path for name, path in self.loaded.items() if name in sys.modules}
        opened = filter(self._is_project_file, self.opened.copy())
        return sorted(modules.union(filter(os.path.isfile, opened)))


@contextmanager
def recording(*, own: bool = False) -> Iterator[FreshFinder]:
    """Within it imports are fresh, and what is imported and opened is remembered.

    Gives this interpreter's finder, which is put before all others at the first time (and stays:
    an audit hook can't be taken back, and what a module imports late is to be fresh as well). With
    `own` the catalog is Storytime's own, whose components count as a project's.
    """
    forget_listings()
    finder = next((each for each in sys.meta_path if isinstance(each, FreshFinder)), None)
    if finder is None:
        finder = FreshFinder()
        sys.meta_path.insert(0, finder)
    if not finder.recording:
        finder.begin()
    finder.recording += 1
    finder.shows_own = own
    try:
        with recorded_by(finder.recorder):
            yield finder
    finally:
        finder.recording -= 1
