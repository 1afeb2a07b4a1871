"""Saves a story into its file, as a job has inserted it."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import StorytimeError
from ..project.files import is_below
from ..project.package import Package


def save_story(package: Package, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Write the `content` of the answer of `build.story_code_job` into the `file` that it names.

    Return the answer without what only this function needs. The file is replaced by a new one of
    the same mode. Raises StorytimeError if it isn't a file of the package that may be written, has
    changed since the job read it, or can't be replaced.
    """
    rest = {name: value for name, value in answer.items() if name not in ("content", "digest")}
    if "content" not in answer:  # there is only a message
        return rest
    file = Path(os.path.realpath(answer["file"]))
    if not is_below(str(file), [os.path.realpath(each) for each in package.folders]):
        raise StorytimeError(f"{file} is not in the package {package.name}: nothing was saved")
    try:
        mode = file.stat().st_mode
        if not (mode & stat.S_IWUSR and os.access(file, os.W_OK)):
            raise StorytimeError(f"{file} is read-only: nothing was saved")
        if hashlib.sha256(file.read_bytes()).hexdigest() != answer["digest"]:
            raise StorytimeError(f"{file} has just changed: nothing was saved; try again")
        _replace(file, answer["content"].encode("latin-1"), stat.S_IMODE(mode))
    except OSError as error:
        raise StorytimeError(f"{file} can't be saved: {error.strerror}") from None
    return rest


def _replace(file: Path, data: bytes, mode: int) -> None:
    descriptor, temporary = tempfile.mkstemp(".tmp", f".{file.name}.", file.parent)
    try:
        with open(descriptor, "wb") as opened:
            opened.write(data)
            os.fchmod(descriptor, mode)
        os.replace(temporary, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
