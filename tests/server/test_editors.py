"""editor_link: the editor that a link to a file opens."""

import pytest

from storytime.errors import StorytimeError
from storytime.server.editors import LINKS, editor_link


def test_a_named_editor_takes_precedence_over_the_environment() -> None:
    assert editor_link("zed", {"VISUAL": "code"}) == "zed://file{file}:{line}"


def test_an_editor_url_is_used_unchanged() -> None:
    assert editor_link("my-editor://{file}?{line}", {}) == "my-editor://{file}?{line}"


@pytest.mark.parametrize(
    ("environment", "editor"),
    [
        ({"VISUAL": "code --wait"}, "vscode"),
        ({"VISUAL": '"/opt/my tools/cursor" -w', "EDITOR": "vim"}, "cursor"),
        ({"EDITOR": "subl"}, "sublime"),
        ({"VISUAL": "vim", "EDITOR": "/usr/bin/zed"}, "zed"),
    ],
)
def test_visual_takes_precedence_over_editor(environment: dict[str, str], editor: str) -> None:
    assert editor_link(None, environment) == LINKS[editor]


@pytest.mark.parametrize("command", ["", "vim", "ed 'unended", " "])
def test_an_editor_without_links_gives_an_empty_url(command: str) -> None:
    assert editor_link(None, {"VISUAL": command, "EDITOR": command}) == ""


def test_an_unknown_editor_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(
        StorytimeError, match=r"no editor 'vscod': expected one of .*vscode"
    ) as raised:
        editor_link("vscod", {})
    assert raised.value.exit_code == 2


def test_every_link_contains_file_and_line() -> None:
    assert all("{file}" in link and "{line}" in link for link in LINKS.values())
