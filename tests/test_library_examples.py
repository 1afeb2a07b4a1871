"""The examples with Jinja and Django build as they are, each in a process of its own."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from justhtml import JustHTML

from .serving_support import ROOT
from .support import run_storytime

PACKAGES = {"jinja": "examples.jinja", "django": "examples/django/catalog"}
SHOWN: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "jinja": {
        "loaf/from-yesterday": {".loaf p": "€ 2.90 from yesterday"},
        "field/wrong": {".wrong span": "Is there an @ missing?"},
        "basket/full": {"nav a + a": "Sign in", "title": "Your basket – Crumb"},
        "basket/signed-in": {"nav a + a": "Ada", ".message": "Spelt is in your basket."},
        "sign_in/blank": {"[aria-current]": "Sign in"},
    },
    "django": {
        "book/out-of-stock": {".price": "€ 12.00 out of stock"},
        "order_form/blank": {".helptext": "We write when the book is ready."},
        "order_form/refused": {"#id_name_error": "Whom shall we ask for?"},
        "pages/shop": {"nav span": "Not signed in", "[aria-current]": "Books"},
        "pages/after-an-order": {"nav span": "Ada", ".message.success": "“The Waves” is yours."},
        "pages/order": {"h1": "Order “The Waves”"},
    },
}
"""Texts of elements, by stories: of filters, forms, base templates, and what a request has."""


@pytest.fixture(scope="module", params=PACKAGES)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the catalog, named like the library."""
    site: Path = tmp_path_factory.mktemp("examples") / request.param
    built = run_storytime("build", PACKAGES[site.name], site, cwd=ROOT)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return site


def document(site: Path, story: str) -> JustHTML:
    return JustHTML((site / story / "frame.html").read_text("utf-8"), strict=True, sanitize=False)


def test_stories_of_the_example_show_what_its_templates_make(example: Path) -> None:
    for story, texts in SHOWN[example.name].items():
        shown = document(example, story)
        for selector, text in texts.items():
            assert [" ".join(each.to_text().split()) for each in shown.query(selector)] == [text]


def test_static_files_of_the_example_are_found(example: Path) -> None:
    for story in SHOWN[example.name]:
        page = example / story / "frame.html"
        [link] = document(example, story).query("link")
        assert (page.parent / str((link.attrs or {})["href"])).is_file()


def test_example_builds_the_same_files_each_time(example: Path) -> None:
    again = run_storytime("build", PACKAGES[example.name], example, cwd=ROOT)
    assert " (0 written, 0 removed), 0 failed" in again.stderr
