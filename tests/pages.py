"""Read the README and the pages of docs/, and run what they show.

CONTRIBUTING.md ("Write documentation") has the rules for pages.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from threading import Timer

from markdown_it import MarkdownIt

from .support import environment, write

ROOT = Path(__file__).parents[1]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
}
COMMENT = re.compile(r"<!-- (file|until|exit|slow|no test): (.+?) -->\s*")
LONGEST = 300
"""Seconds that one command may take."""


@dataclass(frozen=True)
class Block:
    """A fenced block, and the comments before it, such as `{"file": "catalog/stories.py"}`."""

    line: int
    language: str
    text: str
    comments: dict[str, str] = field(default_factory=dict)

    @property
    def is_slow(self) -> bool:
        return not self.comments.keys().isdisjoint({"slow", "until"})

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """The commands of a console block, each with the output that the page shows."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            match = re.match(r"(?:.*\\\n)*.*\n", part)
            assert match
            yield match[0], part[match.end() :]


def blocks(page: str) -> Iterator[Block]:
    """Yield a page's fenced blocks from top to bottom."""
    comments: dict[str, str] = {}
    for token in MarkdownIt().parse(PAGES[page]):
        if token.type == "html_block" and token.content.startswith("<!--"):
            match = COMMENT.fullmatch(token.content)
            comments |= {match[1]: match[2]} if match else {"unknown": token.content}
            continue
        if token.type == "fence" and token.map:
            assert "unknown" not in comments, f"{page}: {comments}"
            yield Block(token.map[0] + 1, token.info.strip(), token.content, comments)
        comments = {}


def run_page(page: str, folder: Path, *, slow: bool) -> None:
    """Write a page's files into a folder, and run its scripts and commands there, in their order.

    The example catalogs are linked into the folder. Blocks marked `slow` or `until` are run only if
    `slow`. Raises AssertionError for what doesn't do as shown.
    """
    (folder / "examples").symlink_to(ROOT / "examples")
    shell = Shell(folder, {} if slow else {"PYTHONWARNINGS": "error"})
    for block in blocks(page):
        if "no test" in block.comments or (block.is_slow and not slow):
            continue
        if "file" in block.comments:
            write(folder, {block.comments["file"]: block.text.encode()})
        elif block.language == "python":
            shell.run(f"python - <<'END'\n{block.text}END\n")
        elif block.language == "console":
            *first, (last, output) = block.commands
            for command, shown in first:
                shell.run(command, shown)
            until, status = block.comments.get("until"), int(block.comments.get("exit", 0))
            shell.run(last, output, until=until, status=status)


class Shell:
    """Runs commands in bash. A `cd` holds for the next command, variables don't."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = environment(
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            GITHUB_ACTIONS="",
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",  # pytest-asyncio warns where it isn't configured
            TERM="dumb",
            **env,
        )
        self.left_in = folder.with_suffix(".cwd")

    def run(
        self, command: str, shown: str = "", *, until: str | None = None, status: int = 0
    ) -> None:
        """Run a command and compare its output, both streams, with the page's if it shows any.

        There `…` stands for any text, `…` alone on a line for any lines, a time for any time.
        With `until`, press Ctrl-C once a line of the output contains that text.
        """
        process = subprocess.Popen(
            ["bash", "-c", f"trap 'pwd >{quote(str(self.left_in))}' EXIT\n{command}"],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        timer = Timer(LONGEST, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        output = ""
        with process:
            for line in process.stdout or ():
                output += line
                if until and until in line:
                    os.killpg(process.pid, signal.SIGINT)
                    until = None
        timer.cancel()
        said = f"$ {command}exit status {process.returncode}\n{output}"
        assert not until, f"expected {until!r} in the output\n{said}"
        assert process.returncode == status, said
        assert not shown or _pattern(shown).fullmatch(output), f"{said}\nexpected:\n{shown}"
        self.folder = Path(self.left_in.read_text(encoding="utf-8").strip())


def _pattern(shown: str) -> re.Pattern[str]:
    pattern = re.sub(r"^…\\\n", "(?s:.*)", re.escape(shown), flags=re.MULTILINE).replace("…", ".*")
    return re.compile(re.sub(r"\d\d:\d\d:\d\d", lambda _: r"\d\d:\d\d:\d\d", pattern))
