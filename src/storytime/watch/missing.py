"""Where the modules and files that a failed build missed may appear, to build again as they do."""

import os
import sys
from collections.abc import Iterable

from ..errors import BuildFailure
from ..project.files import is_project_file


def missing_files(failures: Iterable[BuildFailure], base: str) -> set[str]:
    """Return the files and folders (absolute paths) whose appearance may mend one of the failures.

    `base` is the folder from which the catalog is imported. Modules may also appear in the other
    folders of `sys.path`, apart from those of installed packages and the standard library.
    """
    bases = {base, *(os.path.abspath(entry) for entry in sys.path)}
    found: set[str] = set()
    for failure in failures:
        found.update(map(os.path.abspath, failure.missing_files))
        for missing in failure.missing_imports:
            package, colon, name = missing.partition(":")
            for folder in bases:
                place = os.path.join(folder, *package.split("."))
                if colon:  # a folder without an `__init__.py` can be imported, but has no names
                    found.add(os.path.join(place, "__init__.py"))
                    place = os.path.join(place, name)
                found |= {f"{place}.py", place}
    return set(filter(is_project_file, found))
