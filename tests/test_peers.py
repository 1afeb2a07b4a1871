"""The comparison with other tools gives each the same stories, and its claims can fail."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.catalogs import CATALOG, generate
from benchmarks.measure import Figures
from benchmarks.peers.catalogs import PeerProject, generate_ladle, generate_storybook
from benchmarks.peers.claims import claims
from benchmarks.peers.comparison import EDITS, Times
from benchmarks.peers.tools import STORYBOOK, free_port, started
from benchmarks.processes import own_megabytes, proportional_megabytes

from .support import run_storytime

pytestmark = pytest.mark.one_python

Generate = Callable[[Path, int], PeerProject]

STORYBOOK_STORY = (
    r'name: "(?P<title>.+)",\n  args: \{ label: (?P<label>.+), count: (?P<count>.+),'
    r" wide: (?P<wide>.+) \}"
)
LADLE_STORY = (
    r"label=\{(?P<label>.+)\} count=\{(?P<count>.+)\} wide=\{(?P<wide>.+)\} />;\n"
    r'Look\d\.storyName = "(?P<title>.+)"'
)


@pytest.mark.parametrize(
    ("generate_peer", "pattern"),
    [(generate_storybook, STORYBOOK_STORY), (generate_ladle, LADLE_STORY)],
)
def test_every_tool_gets_the_same_stories(
    tmp_path: Path, generate_peer: Generate, pattern: str
) -> None:
    generate(tmp_path, 40)
    done = run_storytime("build", CATALOG, "site", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    index = json.loads((tmp_path / "site/stories.json").read_text())["stories"]
    expected = [
        (str(Path(each["path"]).parent), each["title"], *each["props"].values()) for each in index
    ]
    catalog = generate_peer(tmp_path / "peer", 40).base / "catalog"
    found = []
    for file in sorted(catalog.rglob("*.stories.*")):
        path = str(file.relative_to(catalog)).partition(".")[0]
        text = (
            file.read_text().replace("NOTE, ", "'story-0000', ").replace("{NOTE}", "{'story-0000'}")
        )
        for story in re.finditer(pattern, text):
            label = story["label"].replace('"', "'")
            found.append((path, story["title"], label, story["count"], story["wide"].title()))
    assert len(found) == 40
    assert found == expected


@pytest.mark.parametrize("generate_peer", [generate_storybook, generate_ladle])
def test_edits_change_one_mark_of_the_first_story(tmp_path: Path, generate_peer: Generate) -> None:
    project = generate_peer(tmp_path, 20)
    for mark in EDITS:
        text = project.edit(mark).make(7)
        changed = [
            file for file in tmp_path.rglob("*.*") if file.is_file() and text in file.read_text()
        ]
        assert changed == [project.edit(mark).file]
        assert changed[0].read_text().count(text) == 1


def times(start: float, story: float, helper: float) -> Times:
    return Times(*(Figures([value]) for value in (start, story, helper)))


GOOD = {
    300: {"Storytime": times(900, 50, 50), "A": times(3000, 99, 60), "B": times(2800, 60, 99)},
    3000: {"Storytime": times(1900, 55, 60), "A": times(4000, 99, 70), "B": times(9000, 60, 99)},
}


def test_claims_are_met_if_storytime_is_ahead_of_the_best_peer() -> None:
    assert {claim.verdict for claim in claims(GOOD)} == {"met"}
    assert {claim.verdict for claim in claims({})} == {"not measured"}


@pytest.mark.parametrize(
    ("stories", "worse", "failing"),
    [
        (300, {"story": 58}, ["story's edit, save to pixels, 300 stories: of the best peer's"]),
        (300, {"start": 1000}, ["start to first pixels, 300 stories: of the best peer's"]),
        (3000, {"start": 2100}, ["start to first pixels, 3,000 stories: of the best peer's"]),
        (
            3000,
            {"helper": 68},
            [
                "helper's edit, save to pixels, 3,000 stories: of the best peer's",
                "helper's edit, save to pixels, 3,000 stories",
                "helper's edit, save to pixels, 3,000 : 300 stories",
            ],
        ),
    ],
)
def test_a_claim_is_not_met_if_storytime_falls_behind(
    stories: int, worse: dict[str, float], failing: list[str]
) -> None:
    figures = {what: Figures([value]) for what, value in worse.items()}
    slower = replace(GOOD[stories]["Storytime"], **figures)
    found = claims({**GOOD, stories: {**GOOD[stories], "Storytime": slower}})
    assert [claim.what for claim in found if claim.verdict == "**not met**"] == failing


def test_a_tool_that_does_not_start_is_quoted(tmp_path: Path) -> None:
    broken = replace(
        STORYBOOK,
        home=tmp_path,
        command=lambda *_: [sys.executable, "-c", "print('no space left')"],
    )
    with pytest.raises(RuntimeError, match="did not start on port") as raised:
        with started(broken, tmp_path, free_port()):
            pass
    assert raised.value.__notes__ == ["Storybook said: no space left\n"]


def test_proportional_memory_is_a_part_of_the_resident_memory() -> None:
    assert 1 < proportional_megabytes(os.getpid()) < own_megabytes(os.getpid())
