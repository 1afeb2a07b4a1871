"""The pixel benchmark times saves until their text is painted, and can time out."""

from pathlib import Path

import pytest

from benchmarks import browser
from benchmarks.browser import FRAMES, TOP, Chromium
from benchmarks.catalogs import generate
from benchmarks.endtoend import SHOWN, measure_pixels, serving_project


def test_saves_are_timed_until_their_text_is_painted(tmp_path: Path) -> None:
    project = generate(tmp_path / "project", 10)
    with serving_project(project, tmp_path / "served") as served:
        pass
    measure_pixels({10: served}, rounds=1)
    for mark in SHOWN:
        (milliseconds,) = served.times[mark].pixels.values
        assert milliseconds > 0


def test_waiting_for_text_that_is_never_painted_times_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = generate(tmp_path / "project", 10)
    with (
        serving_project(project, tmp_path / "served") as served,
        Chromium.started() as chromium,
        chromium.tab() as tab,
    ):
        tab.open(f"{served.server.address}{project.first_story}/")
        monkeypatch.setattr(browser, "LONG", 0.5)
        with pytest.raises(TimeoutError, match="'story-0001' was painted"):
            tab.until_shown("story-0001")


@pytest.mark.parametrize(("where", "shown"), [(FRAMES, "helper-0002"), (TOP, "story-0001")])
def test_only_the_windows_that_show_stories_are_looked_at(where: str, shown: str) -> None:
    with Chromium.started() as chromium, chromium.tab(where) as tab:
        tab.open("data:text/html,story-0001<iframe srcdoc='helper-0002'></iframe>")
        assert chromium.shown == {shown}
