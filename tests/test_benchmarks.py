"""The benchmarks and the soak test run, compare what they claim to, and can fail."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import soak, stress
from benchmarks.catalogs import CATALOG, generate
from benchmarks.claims import AT_LEAST, AT_MOST, Claim
from benchmarks.hazards import HAZARDS, chosen, hostile_source
from benchmarks.processes import settle
from benchmarks.report import record
from benchmarks.servers import PAUSE, serving
from benchmarks.soak import growth
from benchmarks.strategies import available, expect_same_bytes
from benchmarks.stress import Sample, StressTest

from .serving_support import ROOT
from .support import UNMEASURED, run_python, run_storytime

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("unmeasured")]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the results of a quick run and, as `printed`, its output."""
    file = tmp_path_factory.mktemp("quick") / "results.json"
    arguments = ("--quick", "--without-pixels", "--json", file)
    done = run_python("-m", "benchmarks", *arguments, cwd=ROOT, env=UNMEASURED, timeout=120)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(**json.loads(file.read_text()), printed=done.stdout)


def test_every_way_to_rebuild_is_measured(quick: Any) -> None:
    ways = quick.strategies["30"]
    assert set(ways) == set(available()) >= {"floor", "ring", "fresh", "forkserver", "purge"}
    for way in ways.values():
        assert len(way["critical"]["values"]) == len(way["processor"]["values"]) == 1
        assert way["critical"]["values"][0] > 0


def test_every_kind_of_save_is_measured_to_message_and_bytes(quick: Any) -> None:
    saves = quick.saves["30"]
    assert set(saves) == {"story", "component", "helper", "title"}
    for times in saves.values():
        (message,), (served,) = times["message"]["values"], times["served"]["values"]
        assert times["build"]["values"][0] > 0
        assert 0 < message < served


def test_costs_besides_builds_are_measured(quick: Any) -> None:
    assert quick.lag["30"]["building"]["values"][0] > 0
    commands = quick.commands["30"]
    assert all(commands[name]["values"][0] > 0 for name in ("python", "help", "build"))
    assert quick.replacing["30"]["values"][0] > 0
    assert quick.standbys["ring"] > 1
    assert quick.idle["--subinterpreters"]["memory"] > quick.standbys["ring"]


def test_claims_that_were_not_measured_have_no_verdict(quick: Any) -> None:
    verdicts = {claim["what"]: claim["verdict"] for claim in quick.claims}
    assert verdicts["fresh : ring, 30 stories"] in ("met", "**not met**")
    assert verdicts["fresh : ring, 300 stories"] == "not measured"
    for what, verdict in verdicts.items():
        assert f"| {what} |" in quick.printed
        assert verdict in quick.printed


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Claim("", 1.04, AT_MOST, 1.05), "met"),
        (Claim("", 1.06, AT_MOST, 1.05), "**not met**"),
        (Claim("", 4.1, AT_LEAST, 4), "met"),
        (Claim("", 3.9, AT_LEAST, 4), "**not met**"),
        (Claim("", None, AT_LEAST, 4), "not measured"),
    ],
)
def test_a_claim_is_met_on_the_right_side_of_its_bound(claim: Claim, verdict: str) -> None:
    assert claim.verdict == verdict


def test_generated_catalogs_have_the_stories_and_layout_asked_for(
    tmp_path: Path,
) -> None:
    project = generate(tmp_path, 40)
    done = run_storytime("build", CATALOG, "site", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stories = json.loads((tmp_path / "site/stories.json").read_text())["stories"]
    assert len(stories) == 40
    for subject, element in enumerate(("<section ", "<article ", "<div ")):
        page = tmp_path / f"site/section_00/shelf_0/part_{subject:04}/look-0/frame.html"
        assert f'<main class="stage">{element}' in page.read_text()
    for mark in ("story", "component", "helper", "title"):
        text = project.edit(mark).make(7)
        assert text == f"{mark}-0007"
        assert project.edit(mark).file.read_text().count(text) == 1


def test_output_that_differs_from_a_clean_build_is_found(tmp_path: Path) -> None:
    project = generate(tmp_path / "project", 10)
    run_storytime("build", CATALOG, tmp_path / "site", cwd=project.base)
    expect_same_bytes(project, [tmp_path / "site"], tmp_path / "clean")
    page = tmp_path / "site/index.html"
    page.write_bytes(page.read_bytes() + b" ")
    shutil.rmtree(tmp_path / "clean")
    with pytest.raises(AssertionError, match="index.html"):
        expect_same_bytes(project, [tmp_path / "site"], tmp_path / "clean")


def test_a_soak_test_of_a_healthy_server_succeeds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hazards = ("sys.exit", "recursion", "lone surrogate")
    patient = ("--within=60", "--ctrl-c=60")  # a busy machine is slow
    only = (f"--only={name}" for name in hazards)
    assert soak.main(["--rounds=4", "--stories=12", "--seed=1", *patient, *only]) == 0
    printed = capsys.readouterr().out
    assert "No violations." in printed
    assert all(f"| {name} | 1 |" in printed for name in hazards)
    assert "| Ctrl-C |" in printed


def test_a_soak_test_fails_and_names_the_violations(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["--rounds=1", "--stories=12", "--seed=1", "--within=0", "--only=chdir"]) == 1
    assert "- chdir: the next good save was served after " in capsys.readouterr().out


def test_a_soak_test_finds_pages_that_differ_from_a_clean_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = generate(tmp_path / "project", 10)
    with (
        serving(project.base, tmp_path / "served", "--subinterpreters") as server,
        server.browser() as browser,
    ):
        test = StressTest(project, server, browser, Random(1), within=2)
        test.expect_clean("untouched")
        settle([server.pid], quiet=PAUSE)  # another build would undo the tampering
        page = tmp_path / "served/index.html"
        page.write_bytes(page.read_bytes() + b" ")
        (tmp_path / "served/left.html").touch()
        monkeypatch.setattr(stress, "LONG", 0.5)
        test.expect_clean("tampered with")
    (violation,) = test.results.violations
    assert violation.startswith("tampered with: ")
    assert "['index.html', 'left.html']" in violation


def test_warm_ups_of_two_pythons_are_compared() -> None:
    script = ROOT / "benchmarks/warming.py"
    done = run_python(script, sys.executable, sys.executable, "1", cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"ratio of the medians: \d\.\d\d\n$", done.stdout)


def test_fluctuation_is_not_reported_as_growth() -> None:
    def at(number: int, **more: int) -> Sample:
        quantities = {"descriptors": 14, "threads": 12, "interpreters": 2, "processes": 0}
        return Sample(number, 70.0, **{**quantities, **more})

    assert growth([at(number, threads=12 + number % 3) for number in range(40)]) == []
    grown = growth([at(number, descriptors=14 + number) for number in range(40)])
    assert grown == ["descriptors grew from 28.5 to 48.5"]


@pytest.mark.parametrize("name", HAZARDS)
def test_every_hazard_compiles(name: str) -> None:
    for at_import in (True, False):
        source = hostile_source(HAZARDS[name], port=1, number=2, at_import=at_import)
        compile(source, name, "exec")
        assert "begun(); hazard()" in source


def test_hazards_that_kill_a_process_need_process_slots() -> None:
    assert {"os._exit", "crash", "killed"} <= set(chosen(killing=True)) - set(chosen(killing=False))
    assert "recursion" not in chosen(killing=True, without=["recursion"])
    assert chosen(killing=False, only=["recursion"]) == ["recursion"]
    with pytest.raises(LookupError, match="no hazards: \\['nonsense'\\]"):
        chosen(killing=False, only=["nonsense"])


def test_a_recorded_section_replaces_the_older_one(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    file.write_text("# Results\n\nWords.\n")
    record("Speed, 3.15", "later", file)
    record("Speed, 3.14", "old", file)
    record("Speed, 3.14", "new", file)
    assert file.read_text() == (
        "# Results\n\nWords.\n\n## Speed, 3.14\n\nnew\n\n## Speed, 3.15\n\nlater\n"
    )
