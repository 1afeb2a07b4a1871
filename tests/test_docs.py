"""What the README and the pages of docs/ show works; tests/docs runs what takes longer."""

import re
from functools import cache
from pathlib import Path

import pytest

import storytime.ring

from .pages import PAGES, ROOT, blocks, run_page
from .support import run_storytime

BLOCKS = [(page, block) for page in PAGES for block in blocks(page)]
COMMANDS = {
    found[1].strip()
    for _, block in BLOCKS
    for command, _ in block.commands
    for found in re.finditer(r"(?<![\w./-])storytime ([a-z]+\b[^#&;|\n]*)", command)
}
LEFT_OUT = [
    pytest.param(block.comments["no test"], id=f"{page}:{block.line} {block.comments['no test']}")
    for page, block in BLOCKS
    if "no test" in block.comments
]
CAN_BE_RUN = {"bash", "console", "pycon", "py", "python", "sh", "shell", "shell-session"}


@pytest.mark.parametrize("page", PAGES)
def test_files_snippets_and_quick_commands_of_a_page_work(page: str, tmp_path: Path) -> None:
    run_page(page, tmp_path, slow=False)


def test_every_public_name_is_in_the_reference() -> None:
    directives = r"^\.\. (?:auto|py:)\w+:: (?:storytime\.ring\.)?(\w+)$"
    documented = re.findall(directives, PAGES["docs/reference.md"], re.MULTILINE)
    public = {name for names in storytime._MODULES.values() for name in names}
    assert sorted({*public, *storytime.ring._MODULES} - set(documented)) == []


def test_catalog_in_the_docs_shows_its_stories(tmp_path: Path) -> None:
    run_page("docs/authoring.md", tmp_path, slow=False)
    plain = (tmp_path / "public/button/plain/frame.html").read_text()
    assert "<button>Save</button>" in plain
    primary = (tmp_path / "public/button/primary/frame.html").read_text()
    assert '<button class="primary">Save</button>' in primary


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_commands_in_the_docs_exist_with_their_options(command: str) -> None:
    name, *arguments = command.split()
    options = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    assert [option for option in options if option not in _help(name)] == []


@cache
def _help(command: str) -> str:
    shown = run_storytime(command, "--help", cwd=ROOT)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


@pytest.mark.parametrize("reason", LEFT_OUT)
def test_what_no_test_runs_says_why(reason: str) -> None:
    assert len(reason.split()) > 2


@pytest.mark.parametrize("page", PAGES)
def test_what_can_be_run_is_in_a_language_that_is_run(page: str) -> None:
    languages = {block.language for block in blocks(page) if "file" not in block.comments}
    assert languages & CAN_BE_RUN <= {"console", "python"}


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    text = PAGES[page]
    named = set(re.findall(r"(?<![\w./-])(?:scripts|examples|docs)/[\w./-]+\w", text))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    linked = set(re.findall(r"\[[^\]]*\]\(((?!https?:|story:)[^)#]+)", prose))
    folder = (ROOT / page).parent
    assert [name for name in sorted(linked) if not (folder / name).exists()] == []
