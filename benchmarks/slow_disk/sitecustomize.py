"""Slows down the writes of every Python process that has this folder on PYTHONPATH.

Each rename, which ends the write of a page, takes SLOWED_WRITES times as long as it would take.
"""

import os
import time

FACTOR = float(os.environ["SLOWED_WRITES"])


def replace(*arguments: object, _replace=os.replace, **keywords: object) -> None:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    try:
        _replace(*arguments, **keywords)
    finally:
        time.sleep((FACTOR - 1) * (time.perf_counter() - start))


os.replace = replace
