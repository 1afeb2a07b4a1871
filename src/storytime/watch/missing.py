"""What failed builds looked for in vain, so that they are built again as soon as it appears."""

import os
import re
import sys
from collections.abc import Iterable, Iterator

from ..errors import BuildFailure
from ..project.files import is_project_file

MODULE = re.compile(r"No module named '([\w.]+)'")
NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
FILE = re.compile(r"No such file or directory: '([^'\\\n]+)'")
"""Python's own words for it."""


def missing_files(failures: Iterable[BuildFailure], base: str) -> set[str]:
    """The files and folders (absolute paths) whose appearance might mend one of the failures.

    `base` is the folder from which the catalog is imported; modules are looked for in the other
    folders of `sys.path` as well, where those are a project's.
    """
    bases = {base, *(os.path.abspath(entry) for entry in sys.path)}
    found: set[str] = set()
    for failure in failures:
        text = f"{failure.message}\n{failure.traceback}"
        found.update(os.path.abspath(path) for path in FILE.findall(text))
        for name in _modules(text):
            for folder in bases:
                module = os.path.join(folder, *name.split("."))
                found |= {f"{module}.py", module}
        # An empty folder can be imported, but has no names.
        for _, package in NAME.findall(text):
            for folder in bases:
                found.add(os.path.join(folder, *package.split("."), "__init__.py"))
    return set(filter(is_project_file, found))


def _modules(text: str) -> Iterator[str]:
    yield from MODULE.findall(text)
    for name, package in NAME.findall(text):
        yield f"{package}.{name}"
