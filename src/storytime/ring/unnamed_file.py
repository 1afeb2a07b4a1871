"""Files that have no name, in memory where the system can."""

import os
import sys
import tempfile
from typing import IO


def unnamed_file(label: str) -> IO[bytes]:
    """Return an empty file to write and read, without a buffer. The label is for who debugs."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create(label), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)
