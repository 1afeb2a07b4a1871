"""What a build reads, looks for, lists and writes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storytime.project import file_writes
from storytime.project.file_accesses import FileAccesses
from storytime.project.file_writes import Writes
from storytime.project.fresh_imports import recording
from storytime.project.usage import at

from ..support import Catalog, write


def run(source: str) -> FileAccesses:
    """Run code as a project's code is run in a build; return what it accessed."""
    with recording() as finder:
        exec(compile(source, "stories.py", "exec"), {"__name__": "stories"})
    return finder.accesses


def names(paths: object, catalog: Catalog) -> set[str]:
    assert isinstance(paths, set | dict)
    return {
        os.path.relpath(path, catalog.base) + "/" * path.endswith("/")
        for path in paths
        if path.startswith(str(catalog.base))
    }


# Reading.

LOOKS_IN_VAIN = [
    "os.path.exists('gone.html')",
    "os.path.isfile('gone.html')",
    "os.access('gone.html', os.R_OK)",
    "os.path.lexists('gone.html')",
    "pathlib.Path('gone.html').is_file()",
    "pathlib.Path('gone.html').exists()",
    "next(pathlib.Path('data').glob('*'), os.path.isdir('gone.html'))",
    "contextlib.suppress(OSError).__enter__() or os.path.getmtime('gone.html')",
    "open('gone.html')",
    "os.open('gone.html', os.O_RDONLY)",
]


@pytest.mark.parametrize("look", LOOKS_IN_VAIN)
def test_a_file_that_is_looked_for_in_vain_is_a_lookup(catalog: Catalog, look: str) -> None:
    imports = "import contextlib, os, pathlib\n"
    accesses = run(f"{imports}with contextlib.suppress(OSError): {look}")
    assert "gone.html" in names(accesses.lookups(), catalog)
    write(catalog.base, {"gone.html": ""})
    assert "gone.html" not in names(accesses.lookups(), catalog)


LISTINGS = [
    "os.listdir('data')",
    "list(os.scandir('data'))",
    "list(os.walk('data'))",
    "list(pathlib.Path('data').iterdir())",
    "list(pathlib.Path('data').glob('*.html'))",
    "glob.glob('data/*.html')",
    "os.listdir(b'data')",
    "os.chdir('data') or os.listdir() and os.chdir('..')",
]


@pytest.mark.parametrize("listing", LISTINGS)
def test_a_folder_that_is_listed_is_a_lookup(catalog: Catalog, listing: str) -> None:
    write(catalog.base, {"data/one.html": ""})
    accesses = run(f"import glob, os, pathlib\n{listing}")
    assert "data/" in names(accesses.lookups(), catalog)


def test_imports_and_storytime_itself_look_for_nothing(catalog: Catalog) -> None:
    write(catalog.base, {"package/__init__.py": "import package.module", "package/module.py": ""})
    sys.modules.pop("package", None)
    accesses = run("import package")
    assert not names(accesses.lookups(), catalog)
    catalog.write({"stories.py": ""})
    with recording() as finder:
        from storytime.project.package import locate
        from storytime.project.package_folders import PackageFolders

        list(PackageFolders(locate(catalog.name)).walk())
    assert not names(finder.accesses.lookups(), catalog)


def test_files_that_are_asked_for_or_opened_by_sqlite_are_sources(catalog: Catalog) -> None:
    write(catalog.base, {"asked.txt": "", "linked.txt": ""})
    os.symlink("linked.txt", catalog.base / "link.txt")
    accesses = run(
        "import os, sqlite3\nfrom contextlib import closing\n"
        "os.stat('asked.txt')\nopen('link.txt').close()\n"
        "for name in ('a.db', 'file:b.db?mode=rwc'):\n"
        "  with closing(sqlite3.connect(name, uri=True)) as database:\n"
        "    database.execute('create table t (n)')"
    )
    assert names(accesses.files(), catalog) == {"asked.txt", "link.txt", "a.db", "b.db"}
    with recording() as finder:
        Path("link.txt").read_text()
    sources = finder.sources()
    assert str(catalog.base / "link.txt") in sources
    assert str(catalog.base / "linked.txt") in sources


def test_functions_of_os_are_the_same_after_a_build() -> None:
    def functions() -> tuple[object, ...]:
        sets = os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks
        return os.stat, os.lstat, os.access, os.readlink, *map(set, sets)

    before = functions()
    with recording():
        assert os.stat is not before[0]
        assert {os.open, os.stat, os.unlink, os.rmdir} <= os.supports_dir_fd  # for shutil.rmtree
    assert functions() == before


# Torn reads.


def rewrite(file: Path) -> None:
    file.write_text("other")


CHANGES: dict[str, Callable[[Path], object]] = {
    "written": rewrite,
    "replaced": lambda file: os.replace(write(file.parent, {"new": "same"}) / "new", file),
    "removed": Path.unlink,
    "truncated": lambda file: os.truncate(file, 0),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_not_as_it_was_read_has_changed(catalog: Catalog, change: str) -> None:
    file = write(catalog.base, {"data.txt": "same"}) / "data.txt"
    accesses = run("open('data.txt').close()")
    assert not accesses.changed()
    CHANGES[change](file)
    assert accesses.changed() == [str(file)]


def test_a_file_that_was_missing_and_is_there_has_changed(catalog: Catalog) -> None:
    accesses = run("import os\nos.path.exists('data.txt')")
    write(catalog.base, {"data.txt": ""})
    assert accesses.changed() == [str(catalog.base / "data.txt")]


def test_a_file_that_somebody_has_open_for_writing_has_changed(catalog: Catalog) -> None:
    file = write(catalog.base, {"data.txt": "half"}) / "data.txt"
    with open(file, "a"):
        accesses = run("open('data.txt').close()")
        assert accesses.changed() == [str(file)]
    assert not accesses.changed()


def test_a_file_that_stays_open_without_a_change_is_not_being_saved(catalog: Catalog) -> None:
    """For example a database that the project's own server uses."""
    file = write(catalog.base, {"data.db": "all"}) / "data.db"
    with open(file, "a"):
        os.utime(file, (time.time() - 6,) * 2)
        assert not run("open('data.db').close()").changed()


def test_what_the_build_wrote_itself_has_not_changed(catalog: Catalog) -> None:
    write(catalog.base, {"data.txt": "1"})
    accesses = run("open('data.txt').close()\nwith open('data.txt', 'w') as file: file.write('2')")
    assert not accesses.changed()


# Writing.

WRITES = {
    "open": ("open('a', 'w').close()", {"a"}),
    "append": ("with open('old', 'a') as file: file.write('x')", {"old"}),
    "os.open": ("os.write(os.open('a', os.O_WRONLY | os.O_CREAT), b'x')", {"a"}),
    "a path": ("pathlib.Path('a').write_text('x')", {"a"}),
    "touch": ("pathlib.Path('old').touch()", {"old"}),
    "rename": ("pathlib.Path('a').write_text('x'); os.replace('a', 'b')", {"a", "b"}),
    "remove": ("os.remove('old')", {"old"}),
    "remove in a folder": ("shutil.rmtree('folder')", {"folder", "folder/file"}),
    "mkdir": ("os.makedirs('x/y')", {"x", "x/y"}),
    "copy": ("shutil.copy('old', 'new')", {"new"}),
    "link": ("os.symlink('old', 'new'); os.link('old', 'newer')", {"new", "newer"}),
    "truncate": ("os.truncate('old', 1)", {"old"}),
    "chmod": ("os.chmod('old', 0o600)", {"old"}),
    "a temporary file": ("tempfile.NamedTemporaryFile(dir='.').close()", None),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_write_of_the_build_is_known(catalog: Catalog, how: str) -> None:
    statement, expected = WRITES[how]
    write(catalog.base, {"old": "old", "folder/file": ""})
    accesses = run(f"import os, pathlib, shutil, tempfile\n{statement}")
    writes = accesses.written.writes()
    assert not writes.unseen
    if expected is not None:
        assert names(writes.left, catalog) == expected
    assert writes.left
    assert all(map(writes.are_at, writes.left))
    assert Writes.from_json(writes.to_json()) == writes


@pytest.mark.parametrize("how", WRITES)
def test_what_a_person_does_after_a_build_is_told_apart(catalog: Catalog, how: str) -> None:
    statement, _ = WRITES[how]
    write(catalog.base, {"old": "old", "folder/file": ""})
    accesses = run(f"import os, pathlib, shutil, tempfile\n{statement}")
    writes = accesses.written.writes()
    for path in sorted(writes.left, reverse=True):  # what is in a folder before the folder
        if os.path.isdir(path):
            os.rename(path, f"{path}-away")
        else:
            if os.path.lexists(path):
                os.remove(path)
            else:
                write(Path(path).parent, {Path(path).name: "x"})
            assert not writes.are_at(path), path


def test_a_file_that_stays_open_is_known_with_all_that_was_written(catalog: Catalog) -> None:
    namespace: dict[str, Any] = {"__name__": "stories"}
    with recording() as finder:
        exec("file = open('a', 'w')\nfile.write('x')\nopen('b', 'w').close()", namespace)
    writes = finder.accesses.written.writes()
    with namespace["file"]:  # what is in its buffer would be written as the interpreter ends
        pass
    assert Path("a").read_text() == "x"
    assert writes.are_at(str(catalog.base / "a"))


def test_a_write_is_stamped_as_soon_as_it_is_over(catalog: Catalog) -> None:
    """What a person saves during the rest of the build is theirs."""
    file = catalog.base / "a"
    with recording() as finder:
        exec("open('a', 'w').close()")
        at("the next story")
        subprocess.run(["sh", "-c", f"echo x > {file}"], check=True)
    assert not finder.accesses.written.writes().are_at(str(file))


UNSEEN = [
    "import subprocess; subprocess.run(['true'])",
    "import os; os.system('true')",
    "import sqlite3; sqlite3.connect('x.db').close()",
]


@pytest.mark.parametrize("statement", UNSEEN)
def test_a_build_that_starts_what_nothing_sees_says_so(catalog: Catalog, statement: str) -> None:
    assert run(statement).written.writes().unseen


def test_files_of_the_system_and_caches_are_no_writes(catalog: Catalog) -> None:
    write(catalog.base, {"fresh.py": ""})
    sys.modules.pop("fresh", None)
    accesses = run("import fresh")
    assert not names(dict(accesses.written.writes().left), catalog)
    assert file_writes.stamp("/nonexistent") is None
