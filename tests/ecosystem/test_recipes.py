"""The recipes of docs/libraries.md: what their stories show, and where their builds run."""

import re
from pathlib import Path

from ..pages import PAGES, run_page
from .test_catalogs import KITS

PAGE = "docs/libraries.md"
CARD = "<article><h2>Tea &amp; cake</h2><b class=badge>new</b><b class=badge>hot</b></article>"
BADGE = "<b class=badge>new &amp; hot</b>"
SHOWN = {
    **dict.fromkeys(["tdom", "htpy", "jinja", "jinjax", "mako", "fasthtml", "dominate"], CARD),
    **dict.fromkeys(["attrs", "pydantic", "msgspec"], BADGE),
}


def test_each_library_s_recipe_shows_the_same(tmp_path: Path) -> None:
    run_page(PAGE, tmp_path, slow=True)
    site = tmp_path / "public/catalog"
    for library, expected in SHOWN.items():
        [document, *_] = sorted(site.glob(f"with_{library}/[ts][ah]*/frame.html"))
        body = document.read_text("utf-8").partition("<body>")[2].partition("</body>")[0]
        assert re.sub(r"\"|'|(?<=>)\s+|\s+(?=<)", "", body) == expected, library
    shop = tmp_path / "shop/public"
    assert "Hello, Ada" in (shop / "order/signed-in/frame.html").read_text("utf-8")
    assert "<li>Emma</li>" in (shop / "orders/all/frame.html").read_text("utf-8")
    assert (shop / "static/books/books.css").is_file()


def test_page_says_which_libraries_are_built_in_processes() -> None:
    rows = re.findall(r"^\| \[(.+?)\].*\| (.+?) \|$", PAGES[PAGE], re.MULTILINE)
    places = {library.partition(",")[0].lower(): place for library, place in rows}
    assert places.keys() - {"tdom"} == {kit.library for kit in KITS}
    for kit in KITS:
        assert ("processes" in places[kit.library]) == bool(kit.refuses)
        assert kit.refuses in places[kit.library]
