"""What `storytime build` reports to CI: --report, --junit, --strict and GitHub's annotations."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

import storytime
from storytime import BuildFailure, BuildResult, BuildWarning, BuiltPage, StorytimeError
from storytime.cli.annotations import annotations
from storytime.cli.junit import junit_xml
from storytime.cli.reports import build_and_report

from .build.test_result import PROBLEMS
from .support import SMALL, Catalog, contents, gives, run_storytime, write

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text())
JUNIT: Mapping[str, tuple[set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group"}),
    "failure": (set(), {"type", "message"}),
    "system-out": (set(), set()),
}
"""The attributes that junit-10.xsd of Jenkins's xUnit plugin requires, and those that it allows."""
NO_SITE = {**SMALL, "stories.py": "1 / 0"}


def build(catalog: Catalog, code: int, **options: Any) -> str:
    """Do what `storytime build kit out` does with the options; return the error's message."""
    options = {"report": None, "junit": None, "strict": False, **options}
    try:
        build_and_report("kit", catalog.base / "out", **options)
    except StorytimeError as error:
        assert error.exit_code == code
        return error.message
    assert code == 0
    return ""


def checked_junit(text: str) -> list[ET.Element]:
    """Return the test cases of a document that JUnit's readers accept."""
    root = ET.fromstring(text)
    for element in root.iter():
        required, optional = JUNIT[element.tag]
        assert required <= element.attrib.keys() <= required | optional
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", ""))
        failed = [case for case in cases if case.find("failure") is not None]
        assert element.get("failures") == str(len(failed))
    cases = list(root.iter("testcase"))
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len({*names}) == len(names)
    return cases


def failed(cases: list[ET.Element]) -> dict[str, str | None]:
    """Return the types of failures by the names of their test cases."""
    failures = {case.get("name", ""): case.find("failure") for case in cases}
    return {name: each.get("type") for name, each in failures.items() if each is not None}


# --report


@pytest.mark.parametrize(
    ("files", "code", "ok", "written"),
    [
        (SMALL, 0, True, True),
        (PROBLEMS, 1, False, True),
        (NO_SITE, 1, False, False),
        ({"module.py": ""}, 1, False, False),
        (None, 2, False, False),
    ],
    ids=["clean", "problems", "no Site", "no stories.py", "no package"],
)
def test_a_report_fits_its_schema_however_the_build_ends(
    catalog: Catalog, files: Mapping[str, str] | None, code: int, ok: bool, written: bool
) -> None:
    catalog.write({"__init__.py": "", **files} if files else {})
    folder = catalog.base / "reports"
    build(catalog, code, report=folder / "build.json")
    report = json.loads((folder / "build.json").read_text())
    fastjsonschema.compile(SCHEMA)(report)
    assert (report["ok"], report["written"], report["format"]) == (ok, written, 1)
    assert report["generator"] == f"storytime {storytime.__version__}"
    assert (report["package"], report["output_dir"]) == ("kit", str(catalog.base / "out"))
    assert bool(report["failures"]) is not ok
    assert [*contents(folder)] == ["build.json"]


def test_the_schema_and_a_report_name_the_same_fields(tmp_path: Path) -> None:
    page = BuiltPage("", "site", "Kit", "index.html")
    finding = storytime.AccessibilityFinding("", "m", "", 0, "label", "minor", "WCAG", "<a>")
    failure = BuildFailure("", "m")
    lists: dict[str, Any] = {"pages": (page,), "findings": (finding,), "failures": (failure,)}
    report = BuildResult("kit", tmp_path, **lists).to_json()
    properties = SCHEMA["properties"]
    assert report.keys() | {"generator", "format"} == {*properties} == {*SCHEMA["required"]}
    problem = {*SCHEMA["definitions"]["problem"]["required"]}
    for name in ("failures", "findings"):
        assert {*report[name][0]} == problem | {*properties[name]["items"]["required"]}
    assert {*report["pages"][0]} == {*properties["pages"]["items"]["required"]}
    assert {*report["counts"]} == {*properties["counts"]["required"]}


def test_a_report_that_cannot_be_written_is_one_line(catalog: Catalog) -> None:
    catalog.write(SMALL)
    write(catalog.base, {"file": ""})
    report = catalog.base / "file/report.json"
    said = build(catalog, 1, report=report)
    assert said.startswith(f"can't write the report {report}: ")


def test_a_report_can_go_to_standard_output(tmp_path: Path) -> None:
    Catalog(tmp_path).write(SMALL)
    ended = run_storytime(*["build", "kit", "out", "--report", "/dev/stdout"], cwd=tmp_path)
    assert json.loads(ended.stdout)["ok"]


# --junit


def test_junit_has_a_test_case_for_every_page(catalog: Catalog) -> None:
    catalog.write(PROBLEMS)
    build(catalog, 1, junit=catalog.base / "junit.xml")
    text = (catalog.base / "junit.xml").read_text()
    cases = checked_junit(text)
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("kit", "the site"),
        ("kit", "notes"),
        ("kit", "forms"),
        ("kit.forms", "button"),
        ("kit.forms.button", "story-0"),
        ("kit.forms.button", "refusal"),
        ("kit.forms", "card"),
        ("kit.forms.card", "bare"),
        ("kit.forms.card", "broken"),
        ("kit.static", "app.css"),
    ]
    assert failed(cases) == {"broken": "TypeError"}
    failure = cases[8][0]
    place = "kit/forms/card/stories.py:6"
    assert failure.get("message", "").endswith(f"'colour' ({place})")
    assert place in (failure.text or "")
    assert "image-alt" in (cases[7].findtext("system-out") or "")
    assert 'file="kit/forms/card/stories.py"' in text


def test_what_is_to_mend_fails_in_junit_if_the_build_is_strict(catalog: Catalog) -> None:
    catalog.write(PROBLEMS)
    build(catalog, 1, strict=True, junit=catalog.base / "junit.xml")
    cases = checked_junit((catalog.base / "junit.xml").read_text())
    assert failed(cases) == {
        "notes": "missing-asset",
        "bare": "missing-asset",
        "broken": "TypeError",
        "app.css": "missing-asset",
    }
    failure = cases[7][0]
    assert failure.get("message", "").endswith("stories.py:5) (and 1 more)")
    assert '<img src="static/none.png">' in (failure.text or "")


def test_junit_says_that_nothing_could_be_built(catalog: Catalog) -> None:
    catalog.write(NO_SITE)
    build(catalog, 1, junit=catalog.base / "junit.xml")
    cases = checked_junit((catalog.base / "junit.xml").read_text())
    assert failed(cases) == {"the site": "ZeroDivisionError"}


def test_text_that_xml_cannot_hold_is_escaped(tmp_path: Path) -> None:
    message = "Bad: \x00\x1b[31m\x0b\ud800\ufffe & <b> ]]> \U0001f600"
    failure = BuildFailure("a/b", message, traceback="line 1\r\n\x07line 2")
    warning = BuildWarning("a", "\x1f")
    result = BuildResult("kit", tmp_path, failures=(failure,), warnings=(warning,))
    cases = checked_junit(junit_xml(result, strict=False))
    by_name = {case.get("name"): case for case in cases}
    found = by_name["b"][0]
    assert found.get("message") == ("Bad: \\x00\\x1b[31m\\x0b\\ud800\\ufffe & <b> ]]> \U0001f600")
    assert (found.text or "").endswith("\\x07line 2")
    assert by_name["a"].findtext("system-out") == "a: \\x1f"


# Annotations.


def test_github_gets_annotations_by_itself(tmp_path: Path) -> None:
    kit = Catalog(tmp_path / "project").write(PROBLEMS)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    ended = run_storytime("build", "kit", "out", cwd=kit.base, env=env)
    first, *others = ended.stdout.splitlines()
    assert first == (
        "::error file=project/kit/forms/card/stories.py,line=6,title=forms/card/broken"
        "::TypeError: card() got an unexpected keyword argument 'colour'"
    )
    assert [line.partition("::")[2].partition(" ")[0] for line in others] == ["warning"] * 5


def test_what_is_to_mend_is_annotated_as_an_error_if_strict(tmp_path: Path) -> None:
    result = BuildResult("kit", tmp_path, warnings=(BuildWarning("a", "no"),))
    assert [*annotations(result, strict=True)] == ["::error title=a::no"]


def test_annotations_are_escaped_as_workflow_commands_want(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    places = [(f"{tmp_path}/50%,a:b.py", 3), ("/elsewhere/x.py", 0), ("", 0)]
    result = BuildResult(
        "kit",
        tmp_path,
        failures=tuple(
            BuildFailure(f"a,b:{number}", "100%\r\nsure::", file=file, line=line)
            for number, (file, line) in enumerate(places)
        ),
    )
    said = "::100%25%0D%0Asure::"
    assert [*annotations(result, strict=False)] == [
        f"::error file=50%25%2Ca%3Ab.py,line=3,title=a%2Cb%3A0{said}",
        f"::error file=/elsewhere/x.py,line=1,title=a%2Cb%3A1{said}",
        f"::error title=a%2Cb%3A2{said}",
    ]


def test_a_cause_at_many_places_is_annotated_once(tmp_path: Path) -> None:
    many = range(110)
    failures = tuple(BuildFailure(f"parts/{each}", "E: x", "", "/k.py", 1) for each in many)
    assets = tuple(BuildWarning(f"parts/{each}", "static/a.png is missing") for each in many)
    result = BuildResult("kit", tmp_path, failures=failures, missing_assets=assets)
    assert [*annotations(result, strict=False)] == [
        "::error file=/k.py,line=1,title=parts/0::E: x (at 110 places)",
        "::warning title=parts/0::static/a.png is missing (at 110 places)",
    ]


# docs/ci.md

EXAMPLES = (ROOT / "docs/ci.md").read_text()
COMMANDS = {*re.findall(r"(?:- run: |    - |sh ')(storytime build catalog [^'\n]*)", EXAMPLES)}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_commands_of_the_ci_examples_run(tmp_path: Path, command: str) -> None:
    Catalog(tmp_path, "catalog").write(SMALL)
    ended = run_storytime(*command.split()[1:], cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "junit.xml").is_file()


# --strict


@pytest.mark.parametrize(
    ("component", "found"),
    [
        ("<img alt='' src='static/none.png'>", "1 missing asset"),
        ("<img><input>", "2 accessibility findings"),
    ],
)
def test_a_strict_build_fails_for_what_others_only_mention(
    catalog: Catalog, caplog: pytest.LogCaptureFixture, component: str, found: str
) -> None:
    stories = gives(f"Subject(target=lambda: {component!r}, items=[Story()])")
    catalog.write({**SMALL, "card/stories.py": stories})
    build(catalog, 0)
    caplog.clear()
    assert build(catalog, 1, strict=True) == f"--strict: found {found}"
    logged = [each.message for each in caplog.records if "card/story-0: " in each.message]
    assert len(logged) == int(found[0])
    assert (catalog.base / "out/card/story-0/index.html").is_file()


def test_a_strict_build_without_problems_succeeds(catalog: Catalog) -> None:
    assert build(catalog.write(SMALL), 0, strict=True) == ""


def test_a_strict_build_names_failures_and_what_else_it_found(tmp_path: Path) -> None:
    Catalog(tmp_path).write(PROBLEMS)
    ended = run_storytime("build", "kit", "out", "--strict", cwd=tmp_path)
    *before, last = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert last == "Error: --strict: found 3 missing assets, 1 accessibility finding, 1 warning"
    assert any("ERROR forms/card/broken: TypeError" in line for line in before)
