"""A build as a JUnit report, which Jenkins, GitLab and actions for GitHub show as tests.

It has what the schema of Jenkins's xUnit plugin (junit-10.xsd) allows, and no more.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ..build.result import BuildResult, BuildWarning, BuiltPage
from ..errors import BuildFailure
from .annotations import relative_file

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may contain, not even escaped: control characters and surrogates."""


def junit_xml(result: BuildResult, *, strict: bool) -> str:
    """Return a document with a test case for each page: stories, subjects, sections and the site.

    A test case fails if the page has a failure, in a `strict` build also if there is something to
    mend, which is in its output otherwise. There is a test suite for each file of the authors'.
    """
    failing = [*_failures(result), *(_to_mend(result) if strict else ())]
    failures, output = _by_path(failing), _by_path(() if strict else _to_mend(result))
    root = ET.Element("testsuites")
    suites: dict[str, ET.Element] = {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for page in (*result.pages, *_stand_ins(result, {**output, **failures})):
        suite = suites.get(page.file)
        if suite is None:
            attributes = {"name": _dotted(result.package, page.path), "timestamp": now}
            if page.file:
                attributes["file"] = _text(relative_file(page.file))
            suite = suites[page.file] = ET.SubElement(root, "testsuite", attributes)
        found = failures.get(page.path, ()), output.get(page.path, ())
        suite.append(_test_case(result.package, page, *found))
    for element in (root, *suites.values()):
        cases = list(element.iter("testcase"))
        failed = sum(case.find("failure") is not None for case in cases)
        element.set("tests", str(len(cases)))
        element.set("failures", str(failed))
        element.set("errors", "0")
        seconds = sum(float(case.get("time", 0)) for case in cases)
        element.set("time", f"{seconds:.3f}")  # the schema allows no more digits
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


class _Problem(NamedTuple):
    kind: str
    place: BuildFailure | BuildWarning
    text: str = ""

    @property
    def message(self) -> str:
        file, line = self.place.file, self.place.line
        where = [relative_file(file), *([str(line)] if line else [])] if file else []
        return f"{self.place.message} ({':'.join(where)})" if where else self.place.message


def _failures(result: BuildResult) -> Iterator[_Problem]:
    for each in result.failures:
        kind = re.match(r"[\w.]+(?=:)", each.message)
        yield _Problem(kind[0] if kind else "BuildFailure", each, each.traceback)


def _to_mend(result: BuildResult) -> Iterator[_Problem]:
    for asset in result.missing_assets:
        yield _Problem("missing-asset", asset)
    for finding in result.findings:
        yield _Problem(finding.rule, finding, finding.snippet)
    for warning in result.warnings:
        yield _Problem("warning", warning)


def _by_path(problems: Iterable[_Problem]) -> dict[str, list[_Problem]]:
    found: dict[str, list[_Problem]] = {}
    for problem in problems:
        found.setdefault(problem.place.path, []).append(problem)
    return found


def _stand_ins(
    result: BuildResult, problems: Mapping[str, Sequence[_Problem]]
) -> Iterator[BuiltPage]:
    """Yield a stand-in for each path that has no page, such as that of a stylesheet."""
    known = {page.path for page in result.pages}
    for path, [first, *_] in problems.items():
        if path not in known:
            place = first.place
            yield BuiltPage(path, "file", path, "", place.file, place.line)


def _test_case(
    package: str, page: BuiltPage, failures: Sequence[_Problem], output: Sequence[_Problem]
) -> ET.Element:
    above, _, name = page.path.rpartition("/")
    case = ET.Element("testcase", classname=_dotted(package, above))
    case.set("name", _text(name or "the site"))
    case.set("time", f"{page.seconds:.6f}")
    if failures:
        # A single element: some readers show only the first, or expect no more.
        element = ET.SubElement(case, "failure", type=_text(failures[0].kind))
        more = f" (and {len(failures) - 1} more)" if failures[1:] else ""
        element.set("message", _text(failures[0].message + more))
        texts = (f"{each.message}\n{each.text}".strip() for each in failures)
        element.text = _text("\n\n".join(texts))
    if lines := [str(each.place) for each in output]:
        ET.SubElement(case, "system-out").text = _text("\n".join(lines))
    return case


def _dotted(package: str, path: str) -> str:
    return _text(".".join(filter(None, [package, *path.split("/")])))


def _text(text: str) -> str:
    """Return the text with escapes for what XML can't hold."""
    return NOT_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
