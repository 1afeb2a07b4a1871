"""Helpers of several test modules: write catalogs, run processes, compare folders."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import storytime

SOURCE = Path(storytime.__file__).parents[1]
"""The folder from which the Storytime under test is imported."""

BUTTON = "def button(text='OK'):\n    return f'<button>{text}</button>'"
"""A component for a stories.py."""


def gives(node: str, *before: str, kind: str = "") -> str:
    """Return a `stories.py` whose function returns a node: `gives("Site(title='Kit')")`.

    `before` are lines before the function, such as components. `kind` is the function's annotation,
    if the expression doesn't begin with it.
    """
    imports = "from storytime import Section, Site, Story, Subject"
    function = f"def node() -> {kind or node.partition('(')[0]}:\n    return {node}\n"
    return "\n".join([imports, *before, function])


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files (by path relative to the folder) and create their folders."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else dedent(content).encode()
        file.write_bytes(data)
    return folder


@dataclass(frozen=True)
class Catalog:
    """A package of stories; `base` is the folder from which it is imported."""

    base: Path
    name: str = "kit"

    @property
    def folder(self) -> Path:
        return self.base / self.name

    def write(self, files: Mapping[str, str | bytes]) -> Catalog:
        """Write files of the package, by their paths in it."""
        write(self.folder, files)
        return self

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()


SMALL: Mapping[str, str] = {
    "__init__.py": "",
    "stories.py": gives("Site(title='Kit')"),
    "forms/__init__.py": "",
    "forms/stories.py": gives("Section(title='Forms')"),
    "forms/button/__init__.py": "",
    "forms/button/stories.py": gives(
        "Subject(title='Button', target=button, items=[Story(), Story({'text': 'No'}, 'Refusal')])",
        BUTTON,
    ),
}
"""A catalog with one section, one subject and two stories, `story-0` and `refusal`."""


UNMEASURED: Mapping[str, str] = {"COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""}
"""Changes of the environment with which coverage doesn't measure a process."""


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with changes; an empty string removes a variable.

    Its processes can import `storytime` from any folder.
    """
    unwanted = "PYTHONDONTWRITEBYTECODE", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"
    here = {name: value for name, value in os.environ.items() if name not in unwanted}
    changed = {**here, "PYTHONPATH": str(SOURCE), **changes}
    return {name: value for name, value in changed.items() if value}


def run_python(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run this Python and wait for its end; never raise for an exit code."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_storytime(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m storytime` with the arguments and wait for its end."""
    return run_python("-m", "storytime", *arguments, cwd=cwd, env=env)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder by relative path, and links' targets."""
    return {
        path.relative_to(folder).as_posix(): (
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return inode and modification time (ns) of every file and folder below a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_ino, path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }
