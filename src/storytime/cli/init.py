"""`storytime init`: writes a catalog to begin with."""

import os
import re
import shlex
import shutil
import sys
import tomllib
import unicodedata
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.machinery import PathFinder
from importlib.util import find_spec
from itertools import takewhile
from keyword import iskeyword
from pathlib import Path
from tempfile import mkdtemp

from ..errors import StorytimeError
from .configuration import FILE, TABLE, read_table

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = "-tpl"
"""What the names of the templates end in: they are no modules and no assets of Storytime's own."""

LIBRARIES = {
    "tdom": ("tdom", "tdom"),
    "jinja": ("jinja2", "Jinja2"),
    "htpy": ("htpy", "htpy"),
    "django": ("django", "Django"),
}
"""The module of each library, and what to install."""

SETTINGS = f"""\
[{TABLE}]
package = "{{package}}"
output = "public"
subinterpreters = true
"""

UNSUITABLE = {*sys.stdlib_module_names, "node_modules", "src", "static"}


def create_catalog(folder: Path, library: str, package: str | None = None) -> str:
    """Write a catalog into the folder, and its settings into pyproject.toml there.

    `package` is the name of the catalog's package; by default it is made of the folder's. Returns
    what to do next. Raises StorytimeError if something is in the way; then nothing is written.
    """
    name = package_name(folder) if package is None else package
    if not name.isidentifier() or iskeyword(name) or name in UNSUITABLE:
        raise StorytimeError(f"no package can be called {name!r}: expected a name", exit_code=2)
    files = read_templates(library)
    settings = _settings(folder / FILE, name)
    _check_free(folder / name, files)
    try:
        _write(folder, name, files, settings)
    except OSError as error:
        place = error.filename or folder
        raise StorytimeError(
            f"can't write {place}: {error.strerror}; nothing was written"
        ) from None
    return _next_steps(folder, name, library)


def package_name(folder: Path) -> str:
    """Return a name for a package in the folder, like the folder's own and free in Python."""
    letters = unicodedata.normalize("NFKD", folder.resolve().name.lower())
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    words = "".join(each if f"_{each}".isidentifier() else " " for each in plain)
    name = re.sub("[ _]+", "_", unicodedata.normalize("NFKC", words)).strip(" _") or "catalog"
    if not name.isidentifier():  # a digit comes first
        name = f"catalog_{name}"
    if name in UNSUITABLE or iskeyword(name) or _is_installed(name, folder):
        name = f"{name}_catalog"
    return name


def _is_installed(name: str, folder: Path) -> bool:
    """Return True if a package or module of that name can be imported from somewhere else."""
    here = {folder.resolve(), Path.cwd()}
    path = [entry for entry in sys.path if Path(entry).resolve() not in here]
    spec = PathFinder.find_spec(name, path)
    return spec is not None and spec.origin is not None


def read_templates(library: str) -> dict[str, bytes]:
    """Return the files of a catalog by their paths in its package."""
    return {
        file.relative_to(base).as_posix().replace(SUFFIX, ""): file.read_bytes()
        for base in (TEMPLATES / "common", TEMPLATES / library)
        for file in sorted(base.rglob(f"*{SUFFIX}"))
        if file.is_file()
    }


def _settings(file: Path, package: str) -> bytes:
    """Return what to add to pyproject.toml, as the lines there end.

    Raises StorytimeError if it is there already, or can't be added at the end.
    """
    if not os.path.lexists(file):
        return SETTINGS.format(package=package).encode()
    if not file.is_file():
        raise StorytimeError(f"{file} is not a file; nothing was written. Move it away")
    if read_table(file):
        raise StorytimeError(f"{file} has [{TABLE}] already; nothing was written")
    before = file.read_bytes()
    line_end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before else line_end if before.endswith(b"\n") else 2 * line_end
    added = gap + SETTINGS.format(package=package).encode().replace(b"\n", line_end)
    try:
        tomllib.loads((before + added).decode())
    except tomllib.TOMLDecodeError:
        raise StorytimeError(
            f"{file}: [{TABLE}] can't be added at its end; nothing was written"
        ) from None
    return added


def _check_free(catalog: Path, files: Mapping[str, bytes]) -> None:
    """Raise StorytimeError if there is anything where the catalog's folder is to be."""
    if not os.path.lexists(catalog):
        return
    if catalog.is_symlink() or not catalog.is_dir():
        raise _in_the_way(catalog)
    for path in files:
        if os.path.lexists(catalog / path):
            raise _in_the_way(catalog / path)
    for other in catalog.iterdir():
        raise _in_the_way(other)


def _in_the_way(path: Path) -> StorytimeError:
    return StorytimeError(
        f"{path} is in the way; nothing was written. Move it away, or give the catalog's package"
        " another name with --package"
    )


def _write(folder: Path, name: str, files: Mapping[str, bytes], settings: bytes) -> None:
    """Write all or nothing: the package is written beside its place, and renamed at last."""
    with ExitStack() as undo, ExitStack() as cleanup:
        missing = takewhile(lambda each: not each.exists(), (folder, *folder.parents))
        for each in reversed([*missing]):
            each.mkdir()
            undo.callback(each.rmdir)
        temporary = Path(mkdtemp(prefix=".storytime-", dir=folder))
        cleanup.callback(shutil.rmtree, temporary)
        for path, data in files.items():
            place = temporary / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        with open(folder / FILE, "ab") as file:
            if size := file.tell():
                undo.callback(os.truncate, folder / FILE, size)
            else:
                undo.callback((folder / FILE).unlink)
            file.write(settings)
        (temporary / name).rename(folder / name)
        undo.pop_all()


def _next_steps(folder: Path, name: str, library: str) -> str:
    module, distribution = LIBRARIES[library]
    steps = [] if find_spec(module) else [f"pip install {distribution}"]
    if folder.resolve() != Path.cwd():
        steps.append(f"cd {'-- ' * str(folder).startswith('-')}{shlex.quote(str(folder))}")
    lines = "\n".join(f"    {step}" for step in [*steps, "storytime serve"])
    return f"Wrote the catalog {folder / name}, with {library}. Next:\n\n{lines}\n"
