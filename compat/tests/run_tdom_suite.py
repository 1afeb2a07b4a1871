"""Runs tdom's own tests on 3.13, through the hook and against the bundled tdom.

    python run_tdom_suite.py

Downloads tdom's source distribution with pip, at the version and hash in tdom-requirement.txt.
Exits with 1 if a test fails that isn't in EXPECTED, or passes although it is.
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
    OLD_PARSER = "html.parser of this 3.13 reads the text in a <title> or <textarea> as elements"
    EXPECTED["parser_test.py::test_parse_title_unusual"] = OLD_PARSER
    EXPECTED[f"{RAW_TEXT}::test_textarea_with_escapable_content"] = OLD_PARSER


class Results:
    """A pytest plugin that collects the names of tests that ran, and the tracebacks of failures."""

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

        tdom.__path__.append(str(tests))  # after the bundled package's own folder
        options = ["--assert=plain", "-pno:cacheprovider", "-pno:terminal"]
        options += [f"--rootdir={tests.parent}", "--override-ini=python_files=*_test.py"]
        pytest.main([*options, str(tests)], plugins=[results])
    return report(f"tdom's on {sys.version.split()[0]}", len(results.ran), results.failed, EXPECTED)


def fetch(folder: Path) -> Path:
    """Unpack tdom's source distribution into `folder`. Return the unpacked folder."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-binary=tdom", "--ignore-requires-python", "--require-hashes"]
    subprocess.run([*pip, *options, "--dest", folder, "--requirement", REQUIREMENT], check=True)
    (archive,) = folder.glob("tdom-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


if __name__ == "__main__":
    sys.exit(main())
