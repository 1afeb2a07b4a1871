"""The command line: exit codes, one-line errors, options and help."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

import storytime

from .support import (
    SMALL,
    Catalog,
    contents,
    environment,
    gives,
    run_python,
    run_storytime,
    write,
)


@pytest.fixture
def kit(tmp_path: Path) -> Catalog:
    """A catalog in a folder of its own."""
    return Catalog(tmp_path / "project").write(SMALL)


def error_line(ended: subprocess.CompletedProcess[str]) -> str:
    """Return the error line; click prints the usage before it if the call was wrong."""
    *before, line = ended.stderr.splitlines()
    assert line.startswith("Error: "), ended.stderr
    assert not before or before[0].startswith("Usage: storytime"), ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    return line.removeprefix("Error: ")


# Builds.


def test_a_build_exits_with_0_and_logs_one_line(kit: Catalog) -> None:
    ended = run_storytime("build", "kit", "out", cwd=kit.base)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO built kit: 2 stories, .*\n", ended.stderr)
    assert (kit.base / "out/forms/button/refusal/index.html").is_file()


@pytest.mark.parametrize(
    ("cwd", "package"),
    [
        (".", "kit"),
        (".", "./kit"),
        (".", "kit/"),
        (".", "{kit}"),
        ("kit", "."),
        ("kit/forms", ".."),
        ("elsewhere", "../kit"),
        ("/", "{kit}/"),
        ("..", "project/kit"),
    ],
)
def test_a_catalog_can_be_named_in_many_ways(
    kit: Catalog, tmp_path: Path, cwd: str, package: str
) -> None:
    write(kit.base, {"elsewhere/x": ""})
    out = tmp_path / "out"
    place = package.format(kit=kit.folder)
    ended = run_storytime("-q", "build", place, out, cwd=(kit.base / cwd).resolve())
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(contents(out)) == 22
    assert '"kit/forms/button/stories.py"' in (out / ".storytime/manifest.json").read_text()


def test_a_dotted_name_is_found_in_the_current_folder(kit: Catalog) -> None:
    ended = run_storytime("-q", "build", "kit.forms", "out", cwd=kit.base)
    assert ended.returncode == 1  # it is a package, but has no Site of its own
    assert "a Site" in ended.stderr


def test_failing_stories_exit_with_1_and_all_pages_are_written(kit: Catalog) -> None:
    broken = "def button(text=None): raise ValueError('no \\ud800 colour')"
    stories = "Subject(target=button, items=[Story(), Story()])"
    kit.write({"forms/button/stories.py": gives(stories, broken), "card/stories.py": "1 / 0"})
    ended = run_storytime("build", "kit", "out", cwd=kit.base)
    assert (ended.returncode, ended.stdout) == (1, "")
    *failures, built, last = ended.stderr.splitlines()
    assert [line.split()[1:3] for line in failures] == [
        ["ERROR", "card:"],
        ["ERROR", "forms/button/story-0:"],
    ]
    assert failures[1].endswith(f"({kit.folder}/forms/button/stories.py:2) (at 2 places)")
    assert "3 failed" in built
    assert last == (
        "Error: 3 of the catalog's parts could not be built, for 2 reasons; its pages say why"
    )
    for page in ("card", "forms/button/story-0"):
        assert (kit.base / "out" / page / "index.html").is_file()


THEME = "def colour(): return 'red'\n"
BREAKS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a missing name": ({"theme.py": "def colour(): return x"}, "NameError: name 'x' is not def"),
    "a syntax error": ({"theme.py": "def colour(:"}, "SyntaxError: invalid syntax"),
    "an error on import": ({"theme.py": THEME + "1 / 0"}, "ZeroDivisionError: division by"),
    "a renamed function": ({"theme.py": "def color(): ..."}, "ImportError: cannot import name"),
    "no file": ({}, "ModuleNotFoundError: No module named 'kit.theme'"),
    "the site uses it": (
        {"theme.py": "1 / 0", "stories.py": gives("Site()", "from kit.theme import colour")},
        "ZeroDivisionError: division by zero",
    ),
}


@pytest.mark.parametrize(("edit", "message"), BREAKS.values(), ids=BREAKS)
def test_errors_of_a_module_that_all_use_fit_on_a_screen(
    kit: Catalog, edit: Mapping[str, str], message: str
) -> None:
    """110 subjects use it; a screen has 24 lines of 80 columns."""
    used = "from kit.theme import colour\ndef part(): return colour()"
    subject = gives("Subject(target=part, items=[Story()])", used)
    kit.write({f"parts/part_{number}/stories.py": subject for number in range(110)})
    kit.write({"theme.py": THEME})
    assert run_storytime("-q", "build", "kit", "out", cwd=kit.base).stderr == ""
    kit.remove("theme.py")
    kit.write(edit)
    ended = run_storytime("build", "kit", "out", cwd=kit.base)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert message in ended.stderr
    shown = ended.stderr.replace(str(kit.base), "/home/me/project")
    assert sum(1 + len(line) // 80 for line in shown.splitlines()) < 24, shown
    if "nothing could be built" not in shown:
        assert "(at 110 places)" in shown


def test_a_failing_root_import_is_shown_with_the_authors_traceback(
    kit: Catalog,
) -> None:
    kit.write({"stories.py": "def broken():\n    return 1 / 0\nbroken()"})
    ended = run_storytime("build", "kit", "out", cwd=kit.base)
    assert ended.returncode == 1
    assert re.findall(r'File "(.*)", line (\d)', ended.stderr) == [
        (str(kit.folder / "stories.py"), "3"),
        (str(kit.folder / "stories.py"), "2"),
    ]
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("Error: nothing could be built: the site: ZeroDivisionError")
    assert not (kit.base / "out").exists()


# Wrong calls and places.


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["build", "nowhere", "out"], 2, "no package 'nowhere': expected"),
        (["build", "nowhere/kit", "out"], 2, "no package 'nowhere/kit': expected"),
        (["build", "json.decoder", "out"], 2, "no package 'json.decoder'"),
        (["build", "module", "out"], 2, "no package 'module'"),
        (["build", "kit/stories.py", "out"], 2, "no package 'kit/stories.py'"),
        (["build", "", "out"], 2, "no package ''"),
        (["build", "my-kit/", "out"], 2, "my-kit can't be imported"),
        (["build", "kit"], 2, "Missing argument 'OUTPUT'."),
        (["build"], 2, "Missing argument 'PACKAGE'."),
        (["build", "kit", "out", "more"], 2, "Got unexpected extra argument (more)"),
        (["build", "kit", "out", "--unknown"], 2, "No such option"),
        (["unknown"], 2, "No such command"),
        (["serve"], 2, "Missing argument 'PACKAGE'."),
        (["serve", "nowhere"], 2, "no package 'nowhere': expected"),
        (["serve", "kit", "--port", "99999"], 2, "Invalid value for '--port'"),
        (["build", "empty/", "out"], 1, "empty has no Site: expected"),
        (["build", "kit", "module.py"], 1, "module.py is a file; expected a folder"),
        (["build", "kit", "module.py/out"], 1, "can't write the catalog to"),
        (["build", "kit", "/proc/out"], 1, "can't write the catalog to /proc/out"),
        (["build", "kit", "/sys/out"], 1, "can't write the catalog to /sys/out"),
        (["build", "kit", "theirs"], 1, "theirs holds files that Storytime did not write"),
        (["build", "kit", "kit"], 1, "kit holds files that Storytime did not write"),
        (["build", "kit", "."], 1, "holds files that Storytime did not write"),
        (["serve", "kit", "theirs"], 1, "theirs holds files that Storytime did not write"),
        (["serve", "kit", "module.py"], 1, "module.py is a file; expected a folder"),
        (["serve", "kit", "module.py/out"], 1, "module.py/out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_an_exit_code_and_one_line(
    kit: Catalog, arguments: list[str], code: int, said: str
) -> None:
    write(
        kit.base, {"module.py": "", "my-kit/x": "", "empty/__init__.py": "", "theirs/.hidden": ""}
    )
    before = contents(kit.base)
    ended = run_storytime(*arguments, cwd=kit.base, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert ended.returncode == code, ended.stderr
    assert said in error_line(ended)
    assert contents(kit.base) == before


# Options.


@pytest.mark.parametrize(
    "arguments",
    [
        ["-q", "build", "kit", "out"],
        ["build", "-q", "kit", "out"],
        ["build", "kit", "out", "--quiet"],
    ],
    ids=" ".join,
)
def test_quiet_logs_nothing_of_a_successful_build(kit: Catalog, arguments: list[str]) -> None:
    ended = run_storytime(*arguments, cwd=kit.base)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("arguments", [["-q", "build", "-v"], ["build", "-v"]], ids=" ".join)
def test_verbose_logs_at_least_the_usual(kit: Catalog, arguments: list[str]) -> None:
    ended = run_storytime(*arguments, "kit", "out", cwd=kit.base)
    assert "INFO built kit" in ended.stderr


def test_quiet_logs_failures(kit: Catalog) -> None:
    kit.write({"card/stories.py": "1 / 0"})
    ended = run_storytime("-q", "build", "kit", "out", cwd=kit.base)
    assert ended.returncode == 1
    assert "ERROR card: ZeroDivisionError" in ended.stderr


def test_version_option_prints_the_version(tmp_path: Path) -> None:
    ended = run_storytime("--version", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, f"storytime, version {storytime.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--help"], ["build", "serve", "--version", "--quiet", "--verbose"]),
        (["-h"], ["build", "serve"]),
        (["build", "--help"], ["PACKAGE OUTPUT", "Exit code"]),
        (["serve", "--help"], ["PACKAGE [OUTPUT]", "--subinterpreters", "--host", "--port"]),
    ],
    ids=" ".join,
)
def test_help_lists_commands_and_options(
    tmp_path: Path, arguments: list[str], told: list[str]
) -> None:
    ended = run_storytime(*arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Usage: storytime")
    assert all(text in ended.stdout for text in told)


def test_a_call_without_arguments_prints_help(tmp_path: Path) -> None:
    ended = run_storytime(cwd=tmp_path)
    assert ended.returncode == 2
    assert "Usage: storytime" in ended.stderr


def test_the_installed_command_finds_packages_in_the_current_folder(kit: Catalog) -> None:
    code = "import sys; sys.path.remove(''); from storytime.__main__ import main; main()"
    ended = run_python("-c", code, "-q", "build", "kit", "out", cwd=kit.base)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(contents(kit.base / "out")) == 22


# Signals.


def test_ctrl_c_ends_a_build_without_traceback_or_output(kit: Catalog) -> None:
    fifo = kit.base / "reached"
    os.mkfifo(fifo)
    waiting = (
        "def button(text=None):\n    with open('reached', 'w') as told: told.write('x')\n"
        "    open('reached').read()"
    )
    kit.write(
        {"forms/button/stories.py": gives("Subject(target=button, items=[Story()])", waiting)}
    )
    # Whatever started the tests may have the signal ignored.
    heeded = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    building = subprocess.Popen(
        [
            *(sys.executable, "-c", f"{heeded} os.execv(sys.executable, sys.argv[1:])"),
            *(sys.executable, "-m", "storytime", "build", "kit", "out"),
        ],
        cwd=kit.base,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with building:
        assert fifo.read_text() == "x"  # the story is being rendered
        while building.poll() is None:  # a signal just before it begins to wait is seen later only
            building.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                building.wait(timeout=5)
        told, said = building.communicate(timeout=30)
    assert (building.returncode, told) == (1, "")
    assert said.strip() == "Aborted!"
    assert not (kit.base / "out").exists()


# Other systems.


def test_windows_gets_a_one_line_error(tmp_path: Path) -> None:
    code = "import click, os, pathlib, runpy; os.name = 'nt'; runpy.run_module('storytime')"
    ended = run_python("-c", code, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "Error: Storytime needs Linux (macOS is untested); on Windows, run it in WSL\n"
    )
