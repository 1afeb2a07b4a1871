"""After any sequence of edits the output equals, byte for byte, that of a build from scratch.

Makes random edits of random catalogs; each build runs in an interpreter of its own. STORYTIME_EDITS
is the number of edits over all examples.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import lists, randoms, sampled_from

from storytime import InterpreterRing
from storytime.build.changes import BuildChanges
from storytime.build.incremental import prepare
from storytime.build.job import rebuild, settle
from storytime.build.manifest import OWN_FOLDER, Manifest
from storytime.build.preload import preload
from storytime.errors import BuildFailed, BuildFailure, StalePreload

from .support import contents, write

pytestmark = pytest.mark.usefixtures("unmeasured")

EDITS = int(os.environ.get("STORYTIME_EDITS", "40"))

SITE = """
from storytime import Site
{imports}
def layout(story_title, children):
    return f"<!doctype html><title>{{story_title}}</title>{mark}{{children}}"
def site() -> Site:
    return Site(title="Kit {mark}", themed_layout={layout})
"""
SECTION = """
from storytime import Section{imports}
def section() -> Section:
    return Section(title="{mark}")
"""
SUBJECT = """
from storytime import Story, Subject
{imports}
def part(word="", count=0):
    {late}
    return f"<p>{mark} {{word}} {{count}} {{{shown}}}</p>"
def subject() -> Subject:
    return Subject(title="{title}", target=part, items=[{stories}])
"""
SHARED = """
{imports}
value = "{mark}"
def get():
    {late}
    return value
"""


@dataclass
class RandomCatalog:
    """A random catalog; with `effects` its modules change each other when they are imported."""

    base: Path
    chance: random.Random
    effects: bool
    subjects: list[str] = field(default_factory=list)
    number: int = 0

    # Contents.

    @property
    def modules(self) -> list[str]:
        return sorted(path.stem for path in (self.base / "parts").glob("shared_*.py"))

    @property
    def data(self) -> list[str]:
        return sorted(path.name for path in (self.base / "parts").glob("*.txt"))

    def mark(self) -> str:
        self.number += 1
        return f"m{self.number}"

    def create(self) -> RandomCatalog:
        """Write the first version of the catalog."""
        write(self.base, {"kit/__init__.py": "", "parts/__init__.py": "", "parts/a.txt": "one"})
        write(self.base / INSTALLED, LIBRARIES)
        for _ in range(3):
            self.new_module()
        self.site()
        for section in ("first", "second"):
            self.section(section)
        for _ in range(4):
            self.new_subject()
        return self

    # Edits.

    def site(self) -> None:
        imports = self.imports(self.chance.choice([0, 0, 1]))
        layout = self.chance.choice(["layout", "layout", "None"])
        self.write_source("kit/stories.py", SITE, imports=imports, mark=self.mark(), layout=layout)

    def section(self, name: str) -> None:
        write(self.base, {f"kit/{name}/__init__.py": ""})
        self.write_source(f"kit/{name}/stories.py", SECTION, imports="", mark=self.mark())

    def edit_section(self) -> None:
        self.section(self.chance.choice(["first", "second"]))

    def new_module(self) -> None:
        self.module(f"shared_{self.mark()}")

    def module(self, name: str) -> None:
        others = [other for other in self.modules if other < name]
        imports = self.imports(self.chance.choice([0, 1]), others)
        if self.effects and others and self.chance.random() < 0.3:
            other = self.chance.choice(others)
            imports += f"\nfrom parts import {other} as changed\nchanged.value += '{self.mark()}'"
        self.write_source(
            f"parts/{name}.py", SHARED, imports=imports, mark=self.mark(), late=self.late(others)
        )

    def edit_module(self) -> None:
        if self.modules:
            self.module(self.chance.choice(self.modules))

    def new_subject(self) -> None:
        path = f"{self.chance.choice(['first/', 'second/', ''])}subject_{self.mark()}"
        self.subjects.append(path)
        if self.chance.random() < 0.5:
            write(self.base, {f"kit/{path}/__init__.py": ""})
        self.subject(path, title=self.mark(), stories=2)

    def subject(self, path: str, title: str, stories: int, broken: str = "") -> None:
        words = ["", "it's <b>", "a longer text"]
        items = [
            f"Story({{'word': {self.chance.choice(words)!r}, 'count': {self.chance.randrange(9)}}},"
            f" title='Look {index}')"
            for index in range(stories)
        ]
        late, imports = self.late(self.modules), self.imports(self.chance.choice([0, 1, 1, 2]))
        names = [line.split()[-1] for line in imports.splitlines() if "shared_" in line]
        shown = f"{names[0]}.get()" if names else "word"
        self.write_source(
            f"kit/{path}/stories.py",
            SUBJECT,
            imports=f"{imports}\n{broken}",
            late=late,
            mark=self.mark(),
            shown=shown,
            title=title,
            stories=", ".join(items),
        )

    def edit_subject(self) -> None:
        self.subject(self.chance.choice(self.subjects), title="The same", stories=2)

    def edit_title(self) -> None:
        self.subject(self.chance.choice(self.subjects), title=self.mark(), stories=1)

    def break_subject(self) -> None:
        broken = self.chance.choice(["1 / 0", "def", "import parts.nowhere", "part = None"])
        path = self.chance.choice(self.subjects)
        self.subject(path, title="The same", stories=2, broken=broken)

    def break_story(self) -> None:
        file = self.base / "kit" / self.chance.choice(self.subjects) / "stories.py"
        last = "    return f"
        file.write_text(file.read_text().replace(last, f"    {self.number} / count\n{last}"))

    def break_module(self) -> None:
        if self.modules:
            name = self.chance.choice(self.modules)
            write(self.base, {f"parts/{name}.py": self.chance.choice(["1 / 0", "value = ", ""])})

    def remove_module(self) -> None:
        if len(self.modules) > 1:
            (self.base / "parts" / f"{self.chance.choice(self.modules)}.py").unlink()

    def remove_subject(self) -> None:
        if len(self.subjects) > 1:
            path = self.subjects.pop(self.chance.randrange(len(self.subjects)))
            shutil.rmtree(self.base / "kit" / path)

    def rename_subject(self) -> None:
        index = self.chance.randrange(len(self.subjects))
        path = self.subjects[index]
        new = f"{path.rpartition('/')[0]}/renamed_{self.mark()}".lstrip("/")
        (self.base / "kit" / path).rename(self.base / "kit" / new)
        self.subjects[index] = new

    def edit_data(self) -> None:
        name = self.chance.choice([*self.data, "b.txt"])
        write(self.base, {f"parts/{name}": self.mark()})

    def remove_data(self) -> None:
        if len(self.data) > 1:
            (self.base / "parts" / self.chance.choice(self.data)).unlink()

    def edit_package(self) -> None:
        folder = self.chance.choice(["kit", "parts", f"kit/{self.chance.choice(self.subjects)}"])
        write(self.base, {f"{folder}/__init__.py": f"{self.imports(self.chance.choice([0, 1]))}\n"})

    # Source code.

    def imports(self, number: int, among: list[str] | None = None) -> str:
        among = self.modules if among is None else among
        picked = self.chance.sample(among, min(number, len(among)))
        ways = [self.chance.choice(WAYS).format(name=name) for name in picked]
        return "\n".join(
            [*ways, *self.chance.sample(WAYS_OF_LIBRARIES, self.chance.choice([0, 1]))]
        )

    def late(self, among: list[str]) -> str:
        """Return a statement for a function: nothing, a late import, or reading a file."""
        ways = ["pass", "pass", "word = open('parts/a.txt').read()"]
        ways.append("import inner; word = inner.read()")
        ways.append("import os; word = sorted(os.listdir('parts')) and open('parts/b.txt').read()")
        if among:
            ways.append(f"from parts.{self.chance.choice(among)} import value as word")
        return self.chance.choice(ways)

    def write_source(self, path: str, template: str, **values: str) -> None:
        write(self.base, {path: template.format(**values)})


INSTALLED = "site-packages"
LIBRARIES = {
    "outer/__init__.py": "from outer.more import Value\nimport inner",
    "outer/more.py": "class Value: ...",
    "inner.py": "def read():\n    return open('parts/a.txt').read()",
    "unfit.py": "if 'kit' not in __import__('sys').modules: raise SystemExit",
}
WAYS_OF_LIBRARIES = ["import outer", "import outer.more", "from outer import inner", "import unfit"]

WAYS = [
    "from parts import {name}",
    "import parts.{name} as {name}",
    "import importlib; {name} = importlib.import_module('parts.{name}') #  {name}",
    "import parts.{name}; {name} = __import__('sys').modules['parts.{name}'] #  {name}",
]

type Edit = Callable[[RandomCatalog], None]

EDIT: list[tuple[Edit, int]] = [
    (RandomCatalog.edit_subject, 6),
    (RandomCatalog.edit_module, 5),
    (RandomCatalog.edit_data, 3),
    (RandomCatalog.edit_title, 2),
    (RandomCatalog.break_subject, 2),
    (RandomCatalog.break_story, 2),
    (RandomCatalog.break_module, 1),
    (RandomCatalog.remove_module, 1),
    (RandomCatalog.new_module, 1),
    (RandomCatalog.new_subject, 1),
    (RandomCatalog.remove_subject, 1),
    (RandomCatalog.rename_subject, 1),
    (RandomCatalog.remove_data, 1),
    (RandomCatalog.edit_package, 1),
    (RandomCatalog.edit_section, 1),
    (RandomCatalog.site, 1),
]


@dataclass
class Tally:
    """Counts edits: all, those built partially, those of which only what is shown was built first,
    partial builds that settling corrected, and builds in which nothing preloaded was stale."""

    edits: int = 0
    alone: int = 0
    first: int = 0
    corrected: int = 0
    preloaded: int = 0


class Server:
    """Builds at each save as the server does, without watching; preloads now and then."""

    def __init__(self, rings: list[InterpreterRing], base: Path, tally: Tally) -> None:
        self.ring, self.clean_ring = rings
        self.out, self.clean = base / "out", base / "clean"
        self.tally = tally
        self.knows = False
        self.libraries: dict[str, Any] = {}
        self.left_out: set[str] = set()

    def preload(self) -> None:
        """Have standbys import the libraries of the last whole build ahead."""
        modules = [each for each in self.libraries["modules"] if each not in self.left_out]
        self.ring.prepare(preload, "kit", {**self.libraries, "modules": modules})

    def run(self, function: Callable[..., Any], *arguments: Any) -> BuildChanges:
        try:
            data = self.ring.run(function, "kit", self.out, *arguments)
            self.tally.preloaded += 1
        except StalePreload as error:
            self.left_out.update(error.failed)
            self.ring.forget(preload)
            data = self.ring.run(function, "kit", self.out, *arguments)
        result = BuildChanges.from_json(data)
        self.libraries = {**(result.libraries or self.libraries)}
        return result

    def save(self, changed: list[str], shown: list[str], *, exact: bool) -> None:
        """Build after the changes, settle, and compare with a clean build after either."""
        self.ring.prepare(prepare, self.out)
        self.tally.edits += 1
        shutil.rmtree(self.clean, ignore_errors=True)
        with suppress(BuildFailed):
            self.clean_ring.build("kit", self.clean)
        try:
            files = changed if self.knows else None
            built = self.run(rebuild, files, False, shown)
        except BuildFailed:
            self.knows = False
            assert not self.clean.exists()  # a build from scratch failed, too
            return
        self.tally.alone += not built.is_settled and "stories.json" in built.pages
        self.tally.first += built.is_stale
        self.knows = True
        exact = exact and not built.is_stale
        if exact:
            self.compare()
        if not built.is_settled:
            corrected = self.run(settle).pages
            self.tally.corrected += bool(corrected)
            assert not (exact and corrected)
        self.compare()

    def compare(self) -> None:
        assert pages(self.out) == pages(self.clean)
        ours, theirs = Manifest.read(self.out), Manifest.read(self.clean)
        assert ours is not None
        assert theirs is not None
        assert (ours.build, ours.pages) == (theirs.build, theirs.pages)
        assert by_path(ours) == by_path(theirs)


def by_path(manifest: Manifest) -> list[BuildFailure]:
    return sorted(manifest.failures, key=lambda failure: failure.path)


def pages(folder: Path) -> dict[str, bytes]:
    return {
        path: data for path, data in contents(folder).items() if not path.startswith(OWN_FOLDER)
    }


def sources(base: Path) -> dict[str, bytes]:
    """Return the author's files, which are in the watched folders."""
    return {
        file.relative_to(base).as_posix(): file.read_bytes()
        for folder in ("kit", "parts")
        for file in (base / folder).rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }


@pytest.fixture(scope="module")
def rings() -> Iterator[list[InterpreterRing]]:
    """Return two rings: one that may preload, and one that never does."""
    with (
        InterpreterRing(memory_bound=100_000) as ring,
        InterpreterRing(memory_bound=100_000) as clean,
    ):
        yield [ring, clean]


EDITS_IN_A_ROW = lists(
    sampled_from([edit for edit, weight in EDIT for _ in range(weight)]), min_size=8, max_size=12
)


@pytest.mark.parametrize("effects", [False, True], ids=["without side effects", "with"])
def test_settled_output_equals_that_of_a_build_from_scratch(
    rings: list[InterpreterRing], effects: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = Tally()

    # By default Hypothesis derives the seed from this source code, so that any change of it might
    # leave no edit that is built partially.
    @seed(9)
    @given(randoms(use_true_random=False), EDITS_IN_A_ROW)
    @settings(max_examples=max(2, EDITS // 20), suppress_health_check=list(HealthCheck))
    def edit_and_compare(chance: random.Random, edits: list[Edit]) -> None:
        with TemporaryDirectory() as folder, monkeypatch.context() as patch:
            base = Path(folder).resolve()
            patch.chdir(base)
            patch.syspath_prepend(base)
            catalog = RandomCatalog(base, chance, effects).create()
            patch.syspath_prepend(base / INSTALLED)
            server = Server(rings, base, tally)
            server.save([], [], exact=not effects)
            for edit in edits:
                before = sources(base)
                edit(catalog)
                after = sources(base)
                files = before.keys() | after.keys()
                changed = sorted(file for file in files if before.get(file) != after.get(file))
                number = chance.randrange(3)
                shown = chance.choices(catalog.subjects, k=number)
                pages = [f"{path}/{chance.choice(['', 'look-0/'])}index.html" for path in shown]
                if server.libraries and chance.random() < 0.7:
                    server.preload()
                server.save(changed, pages, exact=not effects)

    edit_and_compare()
    print(f"{sys.version_info[:2]}, {effects=}: {tally}")
    assert tally.alone  # else no partial build was tested
    assert tally.first or effects  # else nothing was built first
