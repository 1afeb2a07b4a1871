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
"""Commands in $VISUAL whose name differs from the editor's name here."""


def editor_link(named: str | None, environment: Mapping[str, str]) -> str:
    """Return the URL that opens `{file}` at `{line}` in the named editor or that of $VISUAL or
    $EDITOR, or "" if those are unknown.

    `named` may be such a URL itself. Raises StorytimeError (exit code 2) if it is an unknown name.
    """
    if named is not None:
        if "{file}" in named:
            return named
        if named not in LINKS:
            raise StorytimeError(
                f"no editor {named!r}: expected one of {', '.join(LINKS)}, or a URL with"
                " {file} and {line} in it",
                exit_code=2,
            )
        return LINKS[named]
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environment.get(variable, ""))
        except ValueError:  # an unclosed quote
            continue
        command = Path(words[0]).stem if words else ""
        if link := LINKS.get(COMMANDS.get(command, command)):
            return link
    return ""
