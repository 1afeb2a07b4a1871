"""Every page and every story's document: axe and a validator of HTML find nothing."""

import json
import shutil
from pathlib import Path

import pytest

from ..browser.chromium import chromium
from ..browser.test_everywhere import AXE, options, pages_of
from ..browser.validator import findings
from ..serving_support import ROOT
from ..support import run_storytime
from .test_catalogs import CATALOGS, KITS

EXAMPLES = ["complete", "minimal", "jinja", "django/catalog"]
PACKAGES = [*(kit.package for kit in KITS), *(f"examples/{each}" for each in EXAMPLES), "storytime"]
OF_PAGES = ("landmark-one-main", "page-has-heading-one", "region")
"""Rules for whole pages. The document of a component is a page only by its themed layout."""


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Build a package into a folder."""
    package, base = request.param, ROOT
    if package.endswith("_kit"):
        base = tmp_path
        shutil.copytree(CATALOGS / package, base / package)
    built = run_storytime("build", package, tmp_path / "site", cwd=base)
    assert built.returncode == 0, built.stderr
    return tmp_path / "site"


@pytest.mark.parametrize("site", PACKAGES, indirect=True)
def test_validator_and_axe_find_nothing(site: Path) -> None:
    assert findings(site) == []
    rules = {rule: {"enabled": False} for rule in OF_PAGES}
    found = {}
    with chromium() as browser:
        page = browser.new_context(bypass_csp=True, reduced_motion="reduce").new_page()
        for file in pages_of(site, "*.html"):
            page.goto((site / file).as_uri())
            page.evaluate(AXE.read_text())
            check = options(rules=rules) if file.endswith("frame.html") else options()
            if violations := page.evaluate(check):
                found[file] = violations
    assert found == {}, json.dumps(found, indent=1)
