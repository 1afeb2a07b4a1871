"""The server watches without any single name of inotify_simple, and without watchfiles' errors."""

from pathlib import Path

import pytest

from ..serving_support import message_of, serving
from ..support import SMALL, Catalog, gives

pytestmark = pytest.mark.usefixtures("unmeasured")

DELETE = """
import importlib, runpy, sys
module, name = sys.argv[1:3]
del sys.argv[1:3]
delattr(importlib.import_module(module), name)
runpy.run_module("storytime", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("module", "name", "environment"),
    [
        ("inotify_simple", "INotify", {}),
        ("inotify_simple", "parse_events", {}),
        ("inotify_simple", "flags", {}),
        ("inotify_simple", "Event", {}),
        (
            "watchfiles._rust_notify",
            "WatchfilesRustInternalError",
            {"WATCHFILES_FORCE_POLLING": "1"},
        ),
    ],
)
def test_changes_are_built_without_an_internal_of_the_watchers(
    catalog: Catalog, tmp_path: Path, module: str, name: str, environment: dict[str, str]
) -> None:
    catalog.write(SMALL)
    program = ("-c", DELETE, module, name)
    arguments = ("kit", tmp_path / "site", "--no-subinterpreters")  # it starts sooner
    with serving(catalog.base, *arguments, program=program, **environment) as server:
        server.until_served("/forms/button/story-0/", "OK")
        with server.browser() as browser:
            catalog.write({"icons/stories.py": gives("Subject(title='Icons')")})
            while "icons/index.html" not in message_of(browser, "reload")["pages"]:
                pass  # polling may find the folder before the file in it
        assert not server.said("ERROR|Traceback"), server.lines
