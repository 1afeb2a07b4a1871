"""The files, snippets and commands in the README work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FILES = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", README, re.DOTALL)
SNIPPETS = re.findall(r"(?<!-->\n)```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^\$ (storytime .*)$", README, re.MULTILINE)
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error"}


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A folder with the catalog from the section on authoring."""
    for name, text in FILES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_catalog_in_the_readme_builds_and_shows_its_stories(catalog: Path) -> None:
    assert len(FILES) == 3
    done = run(sys.executable, "-m", "storytime", "build", "catalog", "public", cwd=catalog)
    assert done.returncode == 0, done.stderr
    plain = (catalog / "public/button/plain/frame.html").read_text()
    assert "<button>Save</button>" in plain
    primary = (catalog / "public/button/primary/frame.html").read_text()
    assert '<button class="primary">Save</button>' in primary


def test_snippets_in_the_readme_run(tmp_path: Path) -> None:
    assert len(SNIPPETS) == 1
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "snippet.py").write_text(SNIPPETS[0])
    done = run(sys.executable, "snippet.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "public/index.html").is_file()


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_in_the_readme_exist_with_their_options(command: str, tmp_path: Path) -> None:
    _, name, *arguments = command.split()
    options = [word for word in arguments if word.startswith("--")]
    shown = run(sys.executable, "-m", "storytime", name, "--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert all(option in shown.stdout for option in options)


def test_files_named_in_the_readme_exist() -> None:
    named = set(re.findall(r"\b(?:scripts|examples|docs)/[\w./-]+\w", README))
    named |= set(re.findall(r"\[[^\]]*\]\(((?!https?:|story:)[^)#]+)\)", README))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
