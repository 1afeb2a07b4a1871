"""Runs tdom's own tests on 3.13: those of its source distribution, imported through the hook,
against the bundled tdom.

    python run_tdom_suite.py

Fetches the source distribution with pip, as pip is configured, at the version and hash of
tdom-requirement.txt. Exits with 1 if anything differs from EXPECTED, either way.
"""

import subprocess
import sys
import tarfile
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from differences import report

import storytime_compat

REQUIREMENT = Path(__file__).parents[1] / "tdom-requirement.txt"
RAW_TEXT = "processor_test.py::TestEscapableRawTextElementLiteral"
EXPECTED: dict[str, str] = {}
if not hasattr(HTMLParser, "RCDATA_CONTENT_ELEMENTS"):  # 3.13.0; 3.13.18 has it
    OLD_PARSER = "this 3.13's html.parser takes the text in a <title> or <textarea> for elements"
    EXPECTED["parser_test.py::test_parse_title_unusual"] = OLD_PARSER
    EXPECTED[f"{RAW_TEXT}::test_textarea_with_escapable_content"] = OLD_PARSER


class Results:
    """A pytest plugin that keeps what ran and what failed, by names that start at the test file."""

    def __init__(self) -> None:
        self.ran: set[str] = set()
        self.failed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._keep(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._keep(report)

    def _keep(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        name = report.nodeid.rpartition("tdom/")[2]
        self.ran.add(name)
        if not report.passed:
            self.failed[name] = report.longreprtext


def main() -> int:
    results = Results()
    with TemporaryDirectory() as temporary:
        tests = fetch(Path(temporary)) / "tdom"
        storytime_compat.install("tdom")
        import tdom

        tdom.__path__.append(str(tests))  # below the bundled package, whose own modules come first
        options = ["--assert=plain", "-pno:cacheprovider", "-pno:terminal"]
        options += [f"--rootdir={tests.parent}", "--override-ini=python_files=*_test.py"]
        pytest.main([*options, str(tests)], plugins=[results])
    return report(f"tdom's on {sys.version.split()[0]}", len(results.ran), results.failed, EXPECTED)


def fetch(folder: Path) -> Path:
    """Unpack tdom's source distribution below `folder`; gives its own folder there."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-binary=tdom", "--ignore-requires-python", "--require-hashes"]
    subprocess.run([*pip, *options, "--dest", folder, "--requirement", REQUIREMENT], check=True)
    (archive,) = folder.glob("tdom-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


if __name__ == "__main__":
    sys.exit(main())
