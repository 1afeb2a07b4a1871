"""Records which parts of a catalog use which files, so that a save rebuilds only what it concerns.

A part is a subject, by its path, or REST: the site, the sections and everything else that has no
`stories.py` of its own. It uses the modules that its `stories.py` imports, directly or not, and the
files that are opened on its behalf. This is known from:

- import statements in the code of every module of the project, whether they run or not;
- calls of `importlib.import_module`, and the first import of a module by any means: the caller
  uses the module;
- files that are opened: the current part uses them, and so do all modules on the stack, since each
  may keep what it read for the next part.
"""

import sys
from collections.abc import Collection, Iterator, Mapping
from contextvars import ContextVar
from importlib.util import resolve_name
from itertools import islice
from types import CodeType, FrameType

from ..ring.progress import check_stopped, report
from ._cpython import ImportStatement, imports_in
from .file_accesses import FileAccesses

REST = ""
MOST = 20
"""A file that more parts than this use concerns the whole catalog."""
NODE = "/"
"""Prefix of a part's path where parts stand among module names."""

UNINVOLVED = sys.stdlib_module_names | {"__main__", "storytime", "storytime_compat", "tdom"}
"""Top-level names of modules that are the same for all parts."""


class Recorder:
    """Records who uses what during one build.

    `loaded` maps the project's modules to their files; it grows during the build. `accesses` are
    the files that the build reads and writes. `users` is what `users_of_libraries` returned where
    the libraries were imported, if that was before the build. `is_complete` is False once a part
    may depend on more than what is recorded.
    """

    def __init__(
        self,
        loaded: Mapping[str, str],
        accesses: FileAccesses,
        *,
        users: Mapping[str, Collection[str]] = {},
        is_complete: bool = True,
    ) -> None:
        self.at = REST
        self.accesses = accesses
        self.is_complete = is_complete
        self._loaded = loaded
        self._users = {library: set(those) for library, those in users.items()}
        self._openers: dict[str, set[str]] = {}
        self._statements: dict[str, Collection[ImportStatement]] = {}
        self._import_anything: set[str] = set()

    def compiled(self, module: str, code: CodeType) -> None:
        """Record that a module of the project is about to run."""
        self._statements[module], is_complete = imports_in(code)
        if not is_complete:
            self._import_anything.add(module)

    def imported(self, module: str, frame: FrameType | None) -> None:
        """Record that the code in the frame imports a module, for the first time or again."""
        used = self._name(module)
        if used is not None:
            users = self._users.setdefault(used, set())
            users.add(NODE + self.at)
            users.update(islice(self._on_stack(frame), 1))

    def opened(self, file: str, frame: FrameType | None) -> None:
        """Record that the code in the frame opens a file to read it."""
        openers = self._openers.setdefault(file, set())
        openers.add(NODE + self.at)
        openers.update(self._on_stack(frame))

    def named(self) -> set[str]:
        """Return what absolute import statements of the project may name: modules and more."""
        return {
            each
            for statements in self._statements.values()
            for name, level, items in statements
            if not level
            for each in (name, *(f"{name}.{item}" for item in items))
        }

    def users_of_libraries(self) -> dict[str, list[str]]:
        """Return which libraries import which, by their top-level names."""
        libraries = {
            library: sorted(user for user in users if user[:1] != NODE and user not in self._loaded)
            for library, users in self._users.items()
            if library not in self._loaded
        }
        return {library: users for library, users in libraries.items() if users}

    def _on_stack(self, frame: FrameType | None) -> Iterator[str]:
        """Yield the project's and installed modules whose code runs, the innermost first."""
        while frame is not None:
            module = frame.f_globals.get("__name__")
            if isinstance(module, str) and (name := self._name(module)) is not None:
                yield name
            frame = frame.f_back

    def _name(self, module: str) -> str | None:
        """Return a module's name here: installed modules go by their top-level name."""
        if module in self._loaded:
            return module
        top = module.partition(".")[0]
        return None if top in UNINVOLVED else top

    def parts_by_file(self, subjects: Collection[str]) -> dict[str, list[str] | None]:
        """Return the subjects that use each file; None if REST does too, or more than MOST."""
        users = self._all_users()
        starts = {file: set(openers) for file, openers in self._openers.items()}
        for module, file in self._loaded.items():
            starts.setdefault(file, set()).add(module)
        return {
            file: _parts_above(start | self._import_anything, users, subjects)
            for file, start in starts.items()
        }

    def _all_users(self) -> dict[str, set[str]]:
        """Return the direct users of each module."""
        users = {module: set(those) for module, those in self._users.items()}
        for module, statements in self._statements.items():
            for name in self._resolved(module, statements):
                users.setdefault(name, set()).add(module)
        for module in self._loaded:
            below = module
            while above := below.rpartition(".")[0]:  # a package is imported before its modules
                users.setdefault(above, set()).add(below)
                below = above
        return users

    def _resolved(self, module: str, statements: Collection[ImportStatement]) -> Iterator[str]:
        """Yield the modules that a module's import statements name."""
        is_package = self._loaded.get(module, "").endswith("__init__.py")
        package = module if is_package else module.rpartition(".")[0]
        for name, level, items in statements:
            try:
                base = resolve_name("." * level + name, package)
            except ImportError:  # beyond the top-level package: it raised when it ran
                continue
            if (used := self._name(base)) is not None:
                yield used
            if "*" in items:  # may give any module below the package that is loaded
                prefix = f"{base}."
                yield from (each for each in self._loaded if each.startswith(prefix))
            yield from (each for item in items if (each := f"{base}.{item}") in self._loaded)


def _parts_above(
    start: set[str], users: Mapping[str, set[str]], subjects: Collection[str]
) -> list[str] | None:
    """Return the subjects that use any name in `start`, directly or not; None if too many."""
    seen, waiting, found = set(start), list(start), set[str]()
    while waiting:
        name = waiting.pop()
        if name.startswith(NODE):
            part = _part(name[len(NODE) :], subjects)
            found.add(part)
            if part == REST or len(found) > MOST:
                return None
        new = users.get(name, set()) - seen
        seen |= new
        waiting += new
    return sorted(found)


def _part(path: str, subjects: Collection[str]) -> str:
    """Return the subject at a path, or the one that has the story there, else REST."""
    return next((each for each in (path, path.rpartition("/")[0]) if each in subjects), REST)


current: ContextVar[Recorder | None] = ContextVar("storytime_recorder", default=None)


def at(path: str) -> None:
    """Count what is imported and opened from now on for the node at the path (REST: for all).

    Raises Stop if the build has to end.
    """
    check_stopped()
    report("at", path, latest=True)
    if recorder := current.get():
        recorder.at = path
        recorder.accesses.written.settle()


def use_everything() -> None:
    """Record that the current part may depend on any other."""
    if recorder := current.get():
        recorder.is_complete = False
