"""The pixel benchmark times saves until their text is painted, and can time out."""

from collections.abc import Iterator

import pytest

from benchmarks import browser
from benchmarks.browser import FRAMES, TOP, Chromium
from benchmarks.catalogs import generate
from benchmarks.endtoend import SHOWN, ServedProject, measure_pixels, serving_project


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedProject]:
    folder = tmp_path_factory.mktemp("pixels")
    with serving_project(generate(folder / "project", 10), folder / "served") as served:
        yield served


def test_saves_are_timed_until_their_text_is_painted(served: ServedProject) -> None:
    measure_pixels({10: served}, rounds=1)
    for mark in SHOWN:
        (milliseconds,) = served.times[mark].pixels.values
        assert milliseconds > 0


def test_waiting_for_text_that_is_never_painted_times_out(
    served: ServedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Chromium.started() as chromium, chromium.tab() as tab:
        tab.open(f"{served.server.address}{served.project.first_story}/")
        monkeypatch.setattr(browser, "LONG", 0.5)
        with pytest.raises(TimeoutError, match="'story-9999' was painted"):
            tab.until_shown("story-9999")


@pytest.mark.parametrize(("where", "shown"), [(FRAMES, "helper-0002"), (TOP, "story-0001")])
def test_only_the_windows_that_show_stories_are_looked_at(where: str, shown: str) -> None:
    with Chromium.started() as chromium, chromium.tab(where) as tab:
        tab.open("data:text/html,story-0001<iframe srcdoc='helper-0002'></iframe>")
        assert chromium.shown == {shown}
