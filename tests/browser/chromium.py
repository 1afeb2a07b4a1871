"""Find the system's Chromium and start it without requests of its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def executable() -> str:
    """Return the browser's path; end the test run with instructions if there is none."""
    named = os.environ.get("STORYTIME_CHROMIUM")
    found = [named] if named else [path for name in NAMES if (path := shutil.which(name))]
    if not found:
        pytest.exit(
            "no Chromium on PATH: install Debian's package `chromium` (or another Chromium or"
            " Chrome), or name one in STORYTIME_CHROMIUM",
            returncode=2,
        )
    return found[0]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless browser with a temporary profile."""
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=[*QUIET, *root])
        yield browser
        browser.close()
