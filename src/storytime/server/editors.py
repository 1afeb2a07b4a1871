"""Links that open a file in an editor, at a line."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from ..errors import StorytimeError

LINKS = {
    "cursor": "cursor://file{file}:{line}",
    "idea": "idea://open?file={file}&line={line}",
    "macvim": "mvim://open?url=file://{file}&line={line}",
    "pycharm": "pycharm://open?file={file}&line={line}",
    "sublime": "subl://open?url=file://{file}&line={line}",
    "textmate": "txmt://open?url=file://{file}&line={line}",
    "vscode": "vscode://file{file}:{line}",
    "windsurf": "windsurf://file{file}:{line}",
    "zed": "zed://file{file}:{line}",
}
COMMANDS = {
    "code": "vscode",
    "charm": "pycharm",
    "mate": "textmate",
    "mvim": "macvim",
    "subl": "sublime",
}
"""Commands, as they stand in $VISUAL, that are not called as their editor is here."""


def editor_link(named: str | None, environment: Mapping[str, str]) -> str:
    """The address that opens `{file}` at `{line}`: of the editor that is named, or else of the one
    in $VISUAL or $EDITOR; "" where that is none that is known.

    A name may also be such an address itself. Raises StorytimeError (exit code 2) for one that is
    unknown.
    """
    if named is not None:
        if "{file}" in named:
            return named
        if named not in LINKS:
            raise StorytimeError(
                f"no editor {named!r}: expected one of {', '.join(LINKS)}, or an address with"
                " {file} and {line} in it",
                exit_code=2,
            )
        return LINKS[named]
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environment.get(variable, ""))
        except ValueError:  # a quote that doesn't end
            continue
        command = Path(words[0]).stem if words else ""
        if link := LINKS.get(COMMANDS.get(command, command)):
            return link
    return ""
