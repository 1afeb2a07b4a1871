"""The import system's caches."""

import importlib
import sys
from importlib.machinery import PathFinder


def forget_listings() -> None:
    """Make the import system list folders again: a file may be newer than a folder's time tells.

    `importlib.invalidate_caches` does so, too, but imports `importlib.metadata` for it, which takes
    longer than ten stories. If nobody has imported that, only folders need it.
    """
    if "importlib.metadata" in sys.modules:
        importlib.invalidate_caches()
        return
    for finder in [*sys.meta_path, *sys.path_importer_cache.values()]:
        if finder is not PathFinder and (forget := getattr(finder, "invalidate_caches", None)):
            forget()
    for folder, finder in list(sys.path_importer_cache.items()):
        if finder is None:  # there was no such folder
            del sys.path_importer_cache[folder]
