"""Which editor a file's link opens."""

import pytest

from storytime.errors import StorytimeError
from storytime.server.editors import LINKS, editor_link


def test_the_named_editor_comes_before_the_environments() -> None:
    assert editor_link("zed", {"VISUAL": "code"}) == "zed://file{file}:{line}"


def test_an_address_is_taken_as_it_is() -> None:
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
def test_visual_and_editor_are_asked_in_this_order(
    environment: dict[str, str], editor: str
) -> None:
    assert editor_link(None, environment) == LINKS[editor]


@pytest.mark.parametrize("command", ["", "vim", "ed 'unended", " "])
def test_an_editor_that_opens_no_links_gives_none(command: str) -> None:
    assert editor_link(None, {"VISUAL": command, "EDITOR": command}) == ""


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(
        StorytimeError, match=r"no editor 'vscod': expected one of .*vscode"
    ) as raised:
        editor_link("vscod", {})
    assert raised.value.exit_code == 2


def test_every_link_has_a_place_for_file_and_line() -> None:
    assert all("{file}" in link and "{line}" in link for link in LINKS.values())
