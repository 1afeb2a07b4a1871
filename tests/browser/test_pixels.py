"""The pixel benchmark waits for text that is drawn, and fails if none is."""

from pathlib import Path

import pytest

from benchmarks import browser
from benchmarks.browser import Chromium
from benchmarks.catalogs import generate
from benchmarks.endtoend import SHOWN, measure_pixels, stage


def test_saves_are_timed_until_their_text_is_drawn(tmp_path: Path) -> None:
    project = generate(tmp_path / "project", 10)
    with stage(project, tmp_path / "served") as served:
        pass
    measure_pixels({10: served}, rounds=1)
    for mark in SHOWN:
        (milliseconds,) = served.times[mark].pixels.values
        assert milliseconds > 0


def test_waiting_for_text_that_is_never_drawn_times_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = generate(tmp_path / "project", 10)
    with (
        stage(project, tmp_path / "served") as served,
        Chromium.started() as chromium,
        chromium.tab() as tab,
    ):
        tab.open(f"{served.server.address}{project.first_story}/")
        monkeypatch.setattr(browser, "LONG", 0.5)
        with pytest.raises(TimeoutError, match="'story-0001' was drawn"):
            tab.until_shown("story-0001")
