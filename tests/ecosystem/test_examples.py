"""The examples with Jinja and Django show every edit: templates, components, forms, settings."""

import shutil
from pathlib import Path

import pytest

from ..serving_support import ROOT, replace, serving

EDITS = {
    "jinja": (
        ("templates/loaf.html", "<h2>", "<h2>One ", "loaf/fresh", "<h2>One Rye"),
        ("templates/macros.html", "<button>", "<button name='x'>", "basket/full", "name='x'"),
        ("templates/base.html", "– Crumb", "at Crumb", "basket/empty", "Your basket at Crumb"),
        ("environment.py", 'f"€ {', 'f"EUR {', "basket/full", "EUR 7.10"),
        ("rendering.py", '"user": None', '"user": {"name": "Eve"}', "sign_in/blank", ">Eve</a>"),
    ),
    "django": (
        ("books/templates/books/book.html", "<p>", "<p>by ", "pages/shop", "<p>by Virginia"),
        ("books/templates/books/base.html", "Not signed in", "Hello", "pages/shop", "Hello"),
        ("books/templatetags/books.py", 'f"€ {', 'f"EUR {', "book/in-stock", "EUR 9.90"),
        ("books/models.py", '"e-mail"', '"Address"', "order_form/blank", ">Address:</label>"),
        ("books/forms.py", "Whom shall we", "Whom do we", "order_form/refused", "Whom do we"),
        ("bookshop/settings.py", '"en-us"', '"de"', "order_form/refused", "gültige E-Mail-Adresse"),
    ),
}
PACKAGES = {"jinja": "bakery", "django": "catalog"}


@pytest.mark.parametrize("example", EDITS)
def test_every_kind_of_edit_is_shown(tmp_path: Path, example: str) -> None:
    folder = tmp_path / "bakery" if example == "jinja" else tmp_path
    source = ROOT / "examples" / example
    shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
    with serving(tmp_path, PACKAGES[example], tmp_path / "site", "--subinterpreters") as server:
        for file, old, new, story, text in EDITS[example]:
            before = (folder / file).read_text("utf-8")
            replace(folder / file, before.replace(old, new))
            server.until_served(f"/{story}/frame.html", text)
        assert not [line for line in server.lines if "ERROR" in line or "WARNING" in line]


def test_settings_that_fail_are_one_failure_until_they_are_mended(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples/django", tmp_path, symlinks=True, dirs_exist_ok=True)
    settings = tmp_path / "bookshop/settings.py"
    mended = settings.read_text("utf-8")
    replace(settings, mended.replace("USE_TZ = True", "USE_TZ = {}['gone']"))
    with serving(tmp_path, "catalog", tmp_path / "site", "--subinterpreters") as server:
        failure = (
            r"the site: setup=catalog.stories.setup failed: KeyError: 'gone' \(\S+settings.py:\d+\)"
        )
        server.until_said(f"ERROR nothing could be built: {failure}")
        replace(settings, mended)
        server.until_served("/pages/shop/frame.html", "Not signed in")
        assert len([line for line in server.lines if "ERROR" in line]) == 1
