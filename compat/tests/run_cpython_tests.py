"""Runs CPython 3.14's `test_tstring` and `test_templatelib` on 3.13.

    python run_cpython_tests.py [FOLDER]

FOLDER is the `test` folder of a CPython 3.14. Without it the script downloads Debian unstable's
libpython3.14-testsuite, with the machine's apt configuration. Exits with 1 if a test fails that
isn't in EXPECTED, or passes although it is.
"""

import subprocess
import sys
import unittest
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import test
from differences import (
    OWN_F_STRINGS,
    f_strings_lose_continuations,
    f_strings_take_newlines_in_specs,
    report,
)

import storytime_compat

MODULES = ("test.test_tstring", "test.test_string.test_templatelib")
SCRIPT = "no import hook sees a script or what is typed at the prompt"
CASE = "test.test_tstring.TestTString"
EXPECTED = {
    f"{CASE}.test_expression_in_interactive_after_buffer_resize": SCRIPT,
    f"{CASE}.test_interpolation_expression_in_file_after_buffer_resize": SCRIPT,
}
if f_strings_lose_continuations():
    EXPECTED[f"{CASE}.test_debug_specifier"] = f"{OWN_F_STRINGS}a line continuation is lost"
if f_strings_take_newlines_in_specs():
    EXPECTED[f"{CASE}.test_syntax_errors"] = f"{OWN_F_STRINGS}a format spec may contain a newline"


def main() -> int:
    with TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if sys.argv[1:] else fetch(Path(temporary))
        failed, count = run(folder)
    return report(f"CPython's on {sys.version.split()[0]}", count, failed, EXPECTED)


def run(folder: Path) -> tuple[dict[str, str], int]:
    """Run the tests in `folder`. Return the traceback of each failed test by its id, and the number
    of tests run.
    """
    test.__path__.insert(0, str(folder))
    storytime_compat.install("test.test_tstring", "test.test_string")
    suite = unittest.TestSuite()
    for name in MODULES:
        module = import_module(name)
        module.eval = module.exec = execute  # for what the tests compile themselves
        suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    result = unittest.TestResult()
    suite.run(result)
    failed = result.failures + result.errors + result.skipped
    return {getattr(case, "test_case", case).id(): why for case, why in failed}, result.testsRun


def execute(source: str, namespace: dict[str, object] | None = None) -> None:
    exec(
        storytime_compat.compile_source(source.encode(), "<string>"),
        {} if namespace is None else namespace,
    )


def fetch(folder: Path) -> Path:
    """Unpack Debian's package into `folder`, without installing it. Return its folder of tests."""
    targets = apt("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages").split()
    site = next(site for site in targets if "debian" in site and "security" not in site)
    sources = folder / "sources"
    for place in (sources, folder / "lists/partial", folder / "cache/archives/partial"):
        place.mkdir(parents=True)
    (sources / "sid.sources").write_text(
        f"Types: deb\nURIs: {site}\nSuites: sid\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": sources,
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",  # whose user can't write to `folder`
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    apt("apt-get", "-q", *options, "update")
    apt("apt-get", "-q", *options, "download", "libpython3.14-testsuite", folder=folder)
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "--extract", package, folder], check=True)
    return folder / "usr/lib/python3.14/test"


def apt(*command: str, folder: Path | None = None) -> str:
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
