"""A site's `setup` runs before any story is imported; if it fails, nothing is built."""

from pathlib import Path

import pytest

from storytime import BuildFailed, Story, build_site, make_site

from ..support import Catalog, gives, run_storytime

SITE = gives("Site(setup=prepare)", "from .configuration import prepare")
WORD = "from kit.configuration import word"
STORY = gives("Subject(target=str, items=[Story({'object': word})])", WORD)
PREPARED = """
    word = None
    def prepare():
        global word
        word = "prepared"
"""


def configured(catalog: Catalog, configuration: str) -> None:
    catalog.write({"__init__.py": "", "stories.py": SITE, "configuration.py": configuration})
    catalog.write({"__init__.py": "", "a/stories.py": STORY, "b/c/stories.py": STORY})


def test_setup_runs_before_any_story_is_imported(catalog: Catalog, tmp_path: Path) -> None:
    configured(catalog, PREPARED)
    build_site("kit", tmp_path / "site")
    for path in ("a", "b/c"):
        assert "prepared" in (tmp_path / "site" / path / "story-0/frame.html").read_text()


def test_setup_is_called_once_in_an_interpreter(catalog: Catalog, tmp_path: Path) -> None:
    configured(catalog, "word = []\ndef prepare(): word.append(1)")
    build_site("kit", tmp_path / "site")
    [story] = make_site("kit").items["a"].items
    assert isinstance(story, Story)
    assert story.props == {"object": [1]}


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (
            "def prepare(): {}['SECRET_KEY']",
            "setup=kit.configuration.prepare failed: KeyError: 'SECRET_KEY'",
        ),
        ("prepare = 1", "setup=builtins.int failed: TypeError: 'int' object is not callable"),
        (
            "async def prepare(): pass",
            "setup=kit.configuration.prepare failed: it is async; give a function that calls"
            " asyncio.run",
        ),
    ],
)
def test_setup_that_fails_is_one_failure_that_names_it(
    catalog: Catalog, tmp_path: Path, configuration: str, message: str
) -> None:
    configured(catalog, configuration)
    with pytest.raises(BuildFailed) as raised:
        build_site("kit", tmp_path / "site")
    [failure] = raised.value.failures
    assert (failure.path, failure.message) == ("", message)
    assert not raised.value.written
    assert not (tmp_path / "site").exists()
    assert str(catalog.folder / "configuration.py") in raised.value.sources


def test_setup_that_configures_logging_does_not_silence_the_build(catalog: Catalog) -> None:
    configured(
        catalog,
        """
        from logging.config import dictConfig
        word = "OK"
        def prepare():
            handler = {"class": "logging.FileHandler", "filename": "log"}
            root = {"handlers": ["file"], "level": "CRITICAL"}
            dictConfig({"version": 1, "handlers": {"file": handler}, "root": root})
        """,
    )
    built = run_storytime("build", "kit", "site", cwd=catalog.base)
    assert (built.returncode, "INFO built kit: 2 stories" in built.stderr) == (0, True)
