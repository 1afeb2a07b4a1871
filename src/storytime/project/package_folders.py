"""Which folders below a package are read and watched, and which links are followed."""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from .files import is_below, is_pruned
from .package import Package

MOST_LINKS = 3
"""Links on the way to a folder. Ten folders that all link to each other have 10! ways."""


class PackageFolders:
    """The folders below a package that can hold stories or files for them.

    The build reads, and the watch watches, those that it `enters`.
    """

    def __init__(self, package: Package, output_dir: Path | None = None) -> None:
        self.roots = tuple(map(str, package.folders))
        self._project = str(package.project)
        self._inside = (self._project, *map(os.path.realpath, self.roots))
        self._output = str(output_dir and output_dir.resolve())

    def enters(self, folder: str, above: Sequence[str] = ()) -> bool:
        """Return True unless the folder is pruned, the output folder or a link not to follow.

        `above` is what `_above` returns of the folder that holds it, if that is known.
        """
        parent, name = os.path.split(folder)
        return (
            not is_pruned(name, parent)
            and folder != self._output
            and not (
                os.path.islink(folder) and (len(above) > MOST_LINKS or self.refusal(folder, above))
            )
        )

    def walk(self) -> Iterator[tuple[str, Path, list[os.DirEntry[str]]]]:
        """Yield each folder with the root above it, and its entries that are not entered."""
        waiting = [(root, root, _above(root)) for root in reversed(self.roots)]
        while waiting:
            root, folder, above = waiting.pop()
            others = []
            for entry in entries_of(folder):
                if is_folder(entry) and self.enters(entry.path, above):
                    if entry.is_symlink():
                        entered = os.path.realpath(entry.path), *above
                    else:
                        entered = os.path.join(above[0], entry.name), *above[1:]
                    waiting.append((root, entry.path, entered))
                else:
                    others.append(entry)
            yield root, Path(folder), others

    def refusal(self, link: str, above: Sequence[str] = ()) -> str:
        """Return why a link is not followed, and what to do; "" if it is.

        It is if it leads to a file or folder of the project, other than the folders above it.
        `above` is what `_above` returns of the folder that holds it, if that is known.
        """
        above = above or _above(os.path.dirname(link))
        target = os.path.realpath(link)
        if any(is_below(each, (target.rstrip(os.sep),)) for each in above) or _is_loop(link):
            return "is a link that leads back to itself or to a folder above it; remove it"
        if is_below(target, (self._output,)) or is_below(self._output, (target,)):
            return (
                f"is a link to {self._shown(target)}, where the output folder is; move one of them"
            )
        if not is_below(target, self._inside):
            return (
                f"is a link to {self._shown(target)}, outside of the project"
                f" ({os.path.basename(self._project)}); copy what is needed into the project"
            )
        if len(above) > MOST_LINKS:
            return (
                f"is a link below {MOST_LINKS} others;"
                f" link to {self._shown(target)} from further up"
            )
        return ""

    def _shown(self, target: str) -> str:
        return os.path.relpath(target, os.path.realpath(self._project))


def _above(folder: str) -> Sequence[str]:
    """Return the real paths of a folder and of those that hold the links on the way to it."""
    links = [each for each in (folder, *map(str, Path(folder).parents)) if os.path.islink(each)]
    return [os.path.realpath(each) for each in (folder, *map(os.path.dirname, links))]


def _is_loop(link: str) -> bool:
    try:
        os.stat(link)
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def entries_of(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder; nothing if it has vanished or may not be read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return True for a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # links that lead to each other
        return False
