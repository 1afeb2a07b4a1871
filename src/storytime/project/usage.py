"""Which of a catalog's parts use which files, so that a save can be built where it matters alone.

A part is a subject, by its path, or REST: the site, the sections and whatever else has no
`stories.py` of its own. It uses the modules that its `stories.py` imports, and those that they do
in turn, first or not, and the files that are opened on its behalf. What tells of that:

- import statements: those in the code of every module of the project, run or not;
- `importlib.import_module`, and first imports of any kind, by whoever is on the stack;
- files: opened by the part at work, and by all modules on the stack, since any of them may keep
  what it read for the next part.
"""

import importlib
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import resolve_name
from itertools import islice
from types import CodeType, FrameType
from typing import Any

from ..ring import progress
from .import_statements import imports_in

REST = ""
"""Whatever is no subject with a `stories.py` of its own, as one part."""
MOST = 20
"""Parts that are worth building alone; a file that more of them use concerns the whole catalog."""
NODE = "/"
"""Begins the name of a part where it stands among modules."""

UNINVOLVED = sys.stdlib_module_names | {"__main__", "storytime", "storytime_compat", "tdom"}
"""Top-level names of modules that are the same for all parts."""


class Recorder:
    """Notes, during one build, who uses what.

    `loaded` has the project's modules, by name, with their files; it grows during the build.
    """

    def __init__(self, loaded: Mapping[str, str]) -> None:
        self.at = REST
        self.looks_around = False
        """Whether a story asked for the nodes around its subject, so that it may show anything."""
        self._loaded = loaded
        self._users: dict[str, set[str]] = {}
        self._openers: dict[str, set[str]] = {}
        self._statements: dict[str, Collection[tuple[str, int, tuple[str, ...]]]] = {}
        self._unfathomable: set[str] = set()

    def compiled(self, module: str, code: CodeType) -> None:
        """A module of the project is about to run."""
        found = imports_in(code)
        self._statements[module] = found.statements
        if found.unfathomable:
            self._unfathomable.add(module)

    def imported(self, module: str, frame: FrameType) -> None:
        """A module is imported by the code that runs in the frame, for the first time or again."""
        used = self._name(module)
        if used is not None:
            users = self._users.setdefault(used, set())
            users.add(NODE + self.at)
            users.update(islice(self._on_stack(frame), 1))

    def opened(self, file: str, frame: FrameType) -> None:
        """A file is opened to be read."""
        openers = self._openers.setdefault(file, set())
        openers.add(NODE + self.at)
        openers.update(self._on_stack(frame))

    def _on_stack(self, frame: FrameType | None) -> Iterator[str]:
        """The modules whose code runs, the innermost first: the project's and installed ones."""
        while frame is not None:
            module = frame.f_globals.get("__name__")
            if isinstance(module, str) and (name := self._name(module)) is not None:
                yield name
            frame = frame.f_back

    def _name(self, module: str) -> str | None:
        """What a module is called here: installed ones by their top-level name."""
        if module in self._loaded:
            return module
        top = module.partition(".")[0]
        return None if top in UNINVOLVED else top

    def parts_by_file(self, subjects: Collection[str]) -> dict[str, list[str] | None]:
        """The subjects that use each file; None where REST does too, or more than MOST do."""
        users = self._all_users()
        starts: dict[str, set[str]] = {file: set(those) for file, those in self._openers.items()}
        for module, file in self._loaded.items():
            starts.setdefault(file, set()).add(module)
        return {
            file: _parts_above({*start, *self._unfathomable}, users, subjects)
            for file, start in starts.items()
        }

    def files_of(self, part: str) -> list[str]:
        """All files that a subject uses, sorted."""
        uses: dict[str, set[str]] = {}
        for used, users in self._all_users().items():
            for user in users:
                uses.setdefault(user, set()).add(used)
        own = NODE + part
        reached = _reached({own, *(u for u in self._everybody() if u.startswith(f"{own}/"))}, uses)
        if not reached.isdisjoint(self._unfathomable):
            reached.update(self._loaded)
        opened = (file for file, openers in self._openers.items() if openers & reached)
        return sorted({*opened, *(self._loaded[name] for name in reached & self._loaded.keys())})

    def _everybody(self) -> set[str]:
        return set[str]().union(*self._users.values(), *self._openers.values())

    def _all_users(self) -> dict[str, set[str]]:
        """By module, who uses it at first hand."""
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

    def _resolved(
        self, module: str, statements: Collection[tuple[str, int, tuple[str, ...]]]
    ) -> Iterator[str]:
        """The modules that a module's import statements name."""
        is_package = self._loaded.get(module, "").endswith("__init__.py")
        package = module if is_package else module.rpartition(".")[0]
        for name, level, items in statements:
            try:
                base = resolve_name("." * level + name, package) if level else name
            except ImportError:  # beyond the top-level package: it raised when it ran
                continue
            if (used := self._name(base)) is not None:
                yield used
            if "*" in items:  # what is below the package and was loaded comes along
                prefix = f"{base}."
                yield from (each for each in self._loaded if each.startswith(prefix))
            yield from (each for item in items if (each := f"{base}.{item}") in self._loaded)


def _reached(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        new = ways.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def _parts_above(
    start: set[str], users: Mapping[str, set[str]], subjects: Collection[str]
) -> list[str] | None:
    """The subjects from which a way leads down to the start; None where they are too many."""
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
    """The subject at the path, or that of the story there, else REST."""
    if path in subjects:
        return path
    above = path.rpartition("/")[0]
    return above if above in subjects else REST


# What the code of a build tells, whether or not anything is recorded.

_recorder: ContextVar[Recorder | None] = ContextVar("storytime_recorder", default=None)


@contextmanager
def recorded_by(recorder: Recorder) -> Iterator[None]:
    """Within it what is told below reaches the recorder."""
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)


def at(path: str) -> None:
    """What is imported and opened from now on is for the node at the path (REST: for all)."""
    progress.at(path)
    if recorder := _recorder.get():
        recorder.at = path


def looks_around() -> None:
    """A story asks for more of the tree than its own subject."""
    if recorder := _recorder.get():
        recorder.looks_around = True


class WatchedBootstrap:
    """Stands for `importlib._bootstrap` in `importlib`, and tells of calls of `import_module`.

    That function takes `_gcd_import` from it, at each call; being asked for that is enough to know
    who imports what, and leaves no frame in anybody's traceback.
    """

    def __init__(self, tell: Callable[[str, FrameType], None]) -> None:
        self._tell = tell
        self._original: Any = importlib._bootstrap

    def __getattr__(self, name: str) -> Any:
        if name == "_gcd_import":
            frame = sys._getframe(1)
            if frame.f_code is importlib.import_module.__code__ and frame.f_back is not None:
                given = frame.f_locals
                self._tell(_asked_for(given["name"], given["package"]), frame.f_back)
        return getattr(self._original, name)


def _asked_for(name: str, package: str | None) -> str:
    try:
        return resolve_name(name, package)
    except ImportError:
        return name
