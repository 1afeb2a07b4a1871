"""`[tool.storytime]` in pyproject.toml: what it sets, what wins over it, and its mistakes."""

import os
import shutil
from pathlib import Path
from textwrap import dedent

import click
import pytest

from storytime import StorytimeError
from storytime.cli.configuration import find_table, use_configuration
from storytime.cli.main import main

from ..serving_support import starting
from ..support import SMALL, Catalog, contents, gives, run_storytime, write


@pytest.fixture
def kit(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "project").write(SMALL)


def configure(folder: Path, text: str) -> Path:
    write(folder, {"pyproject.toml": f"[tool.storytime]\n{dedent(text)}"})
    return folder / "pyproject.toml"


@pytest.mark.parametrize(
    ("cwd", "package"), [(".", "kit"), ("kit/forms", "kit"), ("elsewhere/deep", "./kit")]
)
def test_build_needs_no_arguments_anywhere_in_the_project(
    kit: Catalog, cwd: str, package: str
) -> None:
    configure(kit.base, f"package = '{package}'\noutput = 'site/public'")
    write(kit.base, {"elsewhere/deep/x": ""})
    ended = run_storytime("build", cwd=kit.base / cwd)
    assert ended.returncode == 0, ended.stderr
    assert "built kit: 2 stories" in ended.stderr
    assert len(contents(kit.base / "site/public")) == 22
    assert '"kit/stories.py"' in (kit.base / "site/public/.storytime/manifest.json").read_text()


@pytest.mark.parametrize(
    ("folder", "package", "name"),
    [("src", "src/kit", "kit"), ("kits", "kits/kit", "kits.kit"), ("kits", "kits.kit", "kits.kit")],
)
def test_a_package_has_the_same_name_wherever_it_is_built(
    tmp_path: Path, folder: str, package: str, name: str
) -> None:
    kit = Catalog(tmp_path / folder)
    kit.write({path: text for path, text in SMALL.items() if "__init__" not in path})
    configure(tmp_path, f"package = '{package}'\noutput = 'public'")
    for cwd in (tmp_path, kit.base, kit.folder):
        ended = run_storytime("build", cwd=cwd)
        assert ended.returncode == 0, ended.stderr
        assert f"built {name}: 2 stories" in ended.stderr


def test_reports_of_the_command_line_go_where_it_was_called(kit: Catalog) -> None:
    configure(kit.base, "package = 'kit'\noutput = 'public'\njunit = 'junit.xml'\nstrict = true")
    ended = run_storytime("build", "--report", "report.json", cwd=kit.folder)
    assert ended.returncode == 0, ended.stderr
    assert (kit.folder / "report.json").is_file()
    assert (kit.base / "junit.xml").is_file()


def test_stories_read_files_relative_to_the_configuration(kit: Catalog) -> None:
    configure(kit.base, "package = 'kit'\noutput = 'public'")
    read = "def button(text=None): return open('label.txt').read()"
    stories = gives("Subject(target=button, items=[Story()])", read)
    kit.write({"forms/button/stories.py": stories})
    write(kit.base, {"label.txt": "from the project's folder"})
    assert run_storytime("build", cwd=kit.folder).returncode == 0
    page = kit.base / "public/forms/button/story-0/frame.html"
    assert "from the project's folder" in page.read_text()


def test_serve_takes_its_options_from_the_configuration(kit: Catalog) -> None:
    configure(
        kit.base,
        """
        package = "kit"
        output = "served"
        subinterpreters = true
        port = 0
        allowed-hosts = ["kit.example"]
        editor = "vscode"
        preload = false
        build-timeout = 5
        """,
    )
    with starting(kit.folder) as server:
        server.until_said("built kit")
        server.port = int(server.lines[0].rpartition(":")[2].partition("/")[0])
        assert server.get("/", Host="kit.example")[0] == 200
        assert server.get("/", Host="other.example")[0] == 403
        with server.browser_greeted() as greeting:
            assert greeting["editor"] == "vscode://file{file}:{line}"
        assert not server.said("need --subinterpreters")
        assert (kit.base / "served/index.html").is_file()


@pytest.mark.parametrize(
    ("settings", "flags", "warns"),
    [
        ("subinterpreters = true", ["--no-subinterpreters"], True),
        ("subinterpreters = true\nisolation = 'process'", ["--no-subinterpreters"], True),
        ("subinterpreters = false", ["--subinterpreters"], False),
        ("subinterpreters = false", ["--isolation", "process"], False),
        ("subinterpreters = false", [], True),
    ],
)
def test_the_command_line_wins(kit: Catalog, settings: str, flags: list[str], warns: bool) -> None:
    configure(kit.base, f"package = 'nothing'\nport = 1\n{settings}")
    with starting(kit.base, "kit", "--port", "0", *flags) as server:
        server.until_said("built kit")
        assert server.said("need --subinterpreters") is warns


def test_arguments_of_the_command_line_are_relative_to_the_current_folder(kit: Catalog) -> None:
    configure(kit.base, "package = 'nothing'\noutput = 'public'")
    ended = run_storytime("build", ".", "../out", cwd=kit.folder)
    assert ended.returncode == 0, ended.stderr
    assert (kit.base / "out/index.html").is_file()
    assert not (kit.base / "public").exists()


@pytest.mark.parametrize(
    ("level", "flags", "logs"),
    [("quiet", [], False), ("quiet", ["-v"], True), ("verbose", ["-q"], False)],
)
def test_the_command_line_decides_how_much_is_logged(
    kit: Catalog, level: str, flags: list[str], logs: bool
) -> None:
    configure(kit.base, f"package = 'kit'\noutput = 'out'\n{level} = true")
    for arguments in (["build", *flags], [*flags, "build"])[: 1 + bool(flags)]:
        assert ("built kit" in run_storytime(*arguments, cwd=kit.base).stderr) is logs


MISTAKES = {
    "pakage = 'kit'": "tool.storytime has no key 'pakage'; did you mean 'package'?",
    "build_timeout = 1": "tool.storytime has no key 'build_timeout'; did you mean 'build-timeout'?",
    "no-preload = true": "tool.storytime has no key 'no-preload'; did you mean 'preload'?",
    "colour = 'red'": "tool.storytime has no key 'colour'; expected one of package, output,",
    "serve = {port = 1}": "tool.storytime has no key 'serve'; expected one of package, output,",
    "config = 'x'": "tool.storytime has no key 'config'; expected one of",
    "port = '8080'": "tool.storytime.port: expected an integer, got a string",
    "port = 8080.0": "tool.storytime.port: expected an integer, got a float",
    "port = true": "tool.storytime.port: expected an integer, got a boolean",
    "port = 65536": "tool.storytime.port: 65536 is not in the range 0<=x<=65535.",
    "subinterpreters = 1": "tool.storytime.subinterpreters: expected true or false, got an integer",
    "preload = 'no'": "tool.storytime.preload: expected true or false, got a string",
    "build-timeout = 2026-01-01": "tool.storytime.build-timeout: expected a number, got a date or",
    "build-timeout = 0": "tool.storytime.build-timeout: 0.0 is not in the range x>0.",
    "build-timeout = nan": "tool.storytime.build-timeout: nan is no number of seconds.",
    "build-timeout = inf": "tool.storytime.build-timeout: inf is no number of seconds.",
    "allowed-hosts = 'a'": "tool.storytime.allowed-hosts: expected an array of strings, got a str",
    "allowed-host = ['a', 1]": "tool.storytime.allowed-host: expected an array of strings, got an "
    "array with an integer",
    "isolation = 'none'": "tool.storytime.isolation: 'none' is not one of 'auto', 'process'.",
    "isolation = 'process'\nsubinterpreters = false": "tool.storytime.isolation can't be used with",
    "editor = 'vscod'": "tool.storytime.editor: no editor 'vscod': expected one of cursor,",
    "host = {}": "tool.storytime.host: expected a string, got a table",
    "package = 'nothing'": "tool.storytime.package: no package 'nothing': expected",
    "package = './nothing'": "tool.storytime.package: no package '",
    "package = ''": "tool.storytime.package: ",
    "output = 'pyproject.toml'": "tool.storytime.output: /",
    "output = false": "tool.storytime.output: expected a string, got a boolean",
    "'a\\u000ab' = 1": "tool.storytime has no key 'a",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_is_told_with_the_file_and_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = configure(tmp_path, text)
    context = click.Context(main.commands["serve"], parent=click.Context(main))
    with pytest.raises(StorytimeError) as caught:
        use_configuration(context, None)
        context.lookup_default("package")
    assert caught.value.message.startswith(f"{file}: {said}")
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("command", ["build", "serve"])
@pytest.mark.parametrize("text", ["pakage = 'kit'", "package = 'nothing'"])
def test_a_mistake_is_one_line_and_exit_code_2(kit: Catalog, command: str, text: str) -> None:
    file = configure(kit.base, text)
    ended = run_storytime(command, cwd=kit.base)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"Error: {file}: tool.storytime")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"[tool.storytime]\n\npackage = kit\n", 3),
        (b"[tool.storytime]\npackage = '''kit\n\n", 3),
        (b"[tool.storytime\n", 1),
        (b"a = 1\na = 2\n", 2),
        (b"a = 1\n# \xff\n", 2),
    ],
)
def test_malformed_toml_is_one_line_with_the_line_number(
    tmp_path: Path, data: bytes, line: int
) -> None:
    write(tmp_path, {"pyproject.toml": data})
    with pytest.raises(StorytimeError) as caught:
        find_table(tmp_path)
    assert caught.value.message.startswith(f"{tmp_path}/pyproject.toml:{line}: ")
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("value", ["1", "[]", "'kit'"])
def test_a_table_that_is_none_is_an_error(tmp_path: Path, value: str) -> None:
    write(tmp_path, {"pyproject.toml": f"[tool]\nstorytime = {value}"})
    with pytest.raises(StorytimeError, match="tool.storytime: expected a table, got a"):
        find_table(tmp_path)


def test_an_output_with_other_peoples_files_is_refused(kit: Catalog) -> None:
    configure(kit.base, "package = 'kit'\noutput = 'kit'")
    before = contents(kit.base)
    for command in ("build", "serve"):
        ended = run_storytime(command, cwd=kit.base, env={"PYTHONDONTWRITEBYTECODE": "1"})
        assert ended.returncode == 1
        assert "kit holds files that Storytime did not write" in ended.stderr
    assert contents(kit.base) == before


def test_help_needs_no_valid_configuration(kit: Catalog) -> None:
    write(kit.base, {"pyproject.toml": "["})
    assert run_storytime("serve", "--help", cwd=kit.base).returncode == 0


def test_another_file_can_be_named(kit: Catalog) -> None:
    configure(kit.base, "package = 'nothing'")
    write(kit.base, {"ci/storytime.toml": "[tool.storytime]\npackage='../kit'\noutput='../out'"})
    ended = run_storytime("build", "--config", "ci/storytime.toml", cwd=kit.base)
    assert ended.returncode == 0, ended.stderr
    assert (kit.base / "out/index.html").is_file()
    ended = run_storytime("build", "--config", "nothing.toml", cwd=kit.base)
    assert ended.stderr == "Error: can't read nothing.toml: No such file or directory\n"


# Which file it is.


def test_the_nearest_file_with_the_table_counts(tmp_path: Path) -> None:
    configure(tmp_path, "package = 'kit'")
    write(tmp_path, {"inner/pyproject.toml": "[project]\nname = 'inner'", "inner/deep/x": ""})
    found = find_table(tmp_path / "inner/deep")
    assert found == (tmp_path / "pyproject.toml", {"package": "kit"})


def test_the_search_ends_at_the_repository_s_top(tmp_path: Path) -> None:
    configure(tmp_path, "package = 'kit'")
    write(tmp_path, {"repository/.git/HEAD": "", "repository/deep/x": ""})
    assert find_table(tmp_path / "repository/deep") is None
    shutil.rmtree(tmp_path / "repository/.git")
    assert find_table(tmp_path / "repository/deep") is not None


def test_a_folder_where_anybody_may_create_files_is_not_searched(tmp_path: Path) -> None:
    configure(tmp_path, "package = 'kit'")
    write(tmp_path, {"mine/x": ""})
    tmp_path.chmod(0o1777)
    assert find_table(tmp_path / "mine") is None
    assert find_table(tmp_path) is not None
    tmp_path.chmod(0o777)
    assert find_table(tmp_path / "mine") is not None


# Without any.


@pytest.mark.parametrize(
    ("package", "cwd", "said"),
    [
        ("kit", ".", "Did you mean `storytime serve kit`?"),
        ("my/kits/kit", ".", "Did you mean `storytime serve my/kits/kit`?"),
        ("kit", "kit", "Did you mean `storytime serve .`?"),
        (".venv/kit", ".", "There is no catalog in {base}; `storytime init` makes one"),
    ],
)
def test_a_catalog_that_is_not_named_is_suggested(
    tmp_path: Path, package: str, cwd: str, said: str
) -> None:
    Catalog(tmp_path, package).write(SMALL)
    ended = run_storytime("serve", cwd=tmp_path / cwd)
    assert ended.returncode == 2
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"Error: Missing argument 'PACKAGE'. {said.format(base=tmp_path)}")


def test_what_is_no_file_suggests_nothing(tmp_path: Path) -> None:
    for name in ("link", "pipe"):
        (tmp_path / name).mkdir()
    (tmp_path / "link/stories.py").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe/stories.py")
    ended = run_storytime("serve", cwd=tmp_path)
    assert "There is no catalog in" in ended.stderr.splitlines()[-1]


def test_build_suggests_a_whole_call(kit: Catalog) -> None:
    ended = run_storytime("build", cwd=kit.base)
    assert "Did you mean `storytime build kit public`?" in ended.stderr


# Completion.


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("storytime ", ["plain,build", "plain,init", "plain,serve"]),
        ("storytime serve --isolation ", ["plain,auto", "plain,process"]),
        ("storytime serve --editor vs", ["plain,vscode"]),
        ("storytime serve k", ["dir,k"]),
        ("storytime init --with h", ["plain,htpy"]),
    ],
)
def test_a_shell_completes_commands_options_and_folders(
    tmp_path: Path, words: str, completed: list[str]
) -> None:
    write(tmp_path, {"pyproject.toml": "["})
    env = {
        "_STORYTIME_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    assert run_storytime(cwd=tmp_path, env=env).stdout.split() == completed
