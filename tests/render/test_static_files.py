"""Static files: which there are, and where the references to them lead."""

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given

from storytime.project.package import Package
from storytime.render.references import MissingFile
from storytime.render.static_files import StaticFiles, find_static

from ..html_pieces import html_texts
from ..support import write

FILES = {
    "static/site.css": "body { background: url(static/logo.png) }",
    "static/logo.png": "root",
    "static/my file(1).png": "root",
    "forms/static/logo.png": "forms",
    "forms/static/deep/icon.svg": "<svg/>",
    "forms/button/stories.py": "",
    "forms/button/static/own.png": "own",
}
FOLDER, PAGE = "forms/button", "forms/button/primary/index.html"


def package_of(*folders: Path) -> Package:
    return Package("kit", folders, folders[0].parent)


@pytest.fixture
def found(tmp_path: Path) -> StaticFiles:
    return find_static(package_of(write(tmp_path / "kit", FILES)))


def test_every_static_folder_s_files_are_found_by_their_paths(found: StaticFiles) -> None:
    assert list(found.files) == sorted(path for path in FILES if "static/" in path)
    assert found.content("forms/button/static/own.png") == b"own"


def test_other_files_are_skipped(tmp_path: Path) -> None:
    files = {
        "static/a.txt": "",
        "static/.hidden": "",
        "static/.git/config": "",
        "static/__pycache__/a.pyc": "",
        "static/node_modules/b.js": "",
        "static/nested/static/c.txt": "",
        "venv/static/d.txt": "",
        "venv/pyvenv.cfg": "",
        "pages/static/stories.py": "",
        "pages/static/e.txt": "",
        "site/static/f.txt": "",
        "statics/g.txt": "",
        "static.txt": "",
        "other/static": "a file",
    }
    package = write(tmp_path, files)
    (package / "static/loop").symlink_to(package, target_is_directory=True)
    (package / "static/nowhere.txt").symlink_to(package / "missing")
    found = find_static(package_of(package), output_dir=package / "site")
    assert list(found.files) == ["static/a.txt", "static/nested/static/c.txt"]


def test_files_behind_links_within_the_project_are_found(tmp_path: Path) -> None:
    project = write(tmp_path / "project", {".git": "", "art/deep/a.txt": "a", "b.txt": "b"})
    package = write(project / "kit", {"forms/static/c.txt": "c"})
    (package / "static").symlink_to("../art")
    (package / "forms/static/b.txt").symlink_to("../../../b.txt")
    found = find_static(package_of(package))
    assert list(found.files) == ["forms/static/b.txt", "forms/static/c.txt", "static/deep/a.txt"]
    assert found.content("forms/static/b.txt") == b"b"
    assert not found.refused


def test_links_out_of_the_project_are_refused_with_their_target(tmp_path: Path) -> None:
    outside = write(tmp_path, {"secret": "s", "folder/a.txt": "a"})
    (outside / "secret").chmod(0o600)
    package = write(tmp_path / "project/kit", {"static/.keep": "", "__init__.py": ""})
    write(tmp_path / "project", {".git": ""})
    links = {
        "static/secret": "secret",
        "static/folder": "folder",
        "page.md": "secret",
        "data.json": "secret",  # which is not published
    }
    for link, target in links.items():
        (package / link).symlink_to(outside / target)
    found = find_static(package_of(package))
    assert not found.files
    assert found.refused == {
        link: f"is a link to ../{links[link]}, outside of the project"
        " (project); copy what is needed into the project"
        for link in ("page.md", "static/folder", "static/secret")
    }
    for reference, link in {
        "static/secret": "static/secret",
        "static/folder/a.txt": "static/folder",
    }.items():
        (missing,) = found.resolve(f'<img src="{reference}">', FOLDER, PAGE).missing
        assert missing.text == f"{link} {found.refused[link]}"


def test_first_folder_of_a_namespace_package_wins(tmp_path: Path) -> None:
    one = write(tmp_path / "one", {"static/a": "1"})
    two = write(tmp_path / "two", {"static/a": "2", "static/b": "2"})
    found = find_static(package_of(one, two))
    assert {path: found.content(path) for path in found.files} == {
        "static/a": b"1",
        "static/b": b"2",
    }


@pytest.mark.parametrize(
    ("markup", "resolved"),
    [
        ('<img src="static/own.png">', '<img src="../static/own.png">'),
        ("<img src='static/logo.png'>", "<img src='../../static/logo.png'>"),
        ("<img SRC = static/logo.png alt>", "<img SRC = ../../static/logo.png alt>"),
        (
            '<a href="static/site.css?a=1&amp;b#c">',
            '<a href="../../../static/site.css?a=1&amp;b#c">',
        ),
        ('<img src=" static/own.png ">', '<img src="../static/own.png">'),
        (
            '<img src="static/my%20file(1).png"><img src="static/my file(1).png">',
            '<img src="../../../static/my%20file%281%29.png">' * 2,
        ),
        ('<video poster="static/own.png">', '<video poster="../static/own.png">'),
        ('<script src="static/own.png"></script>', '<script src="../static/own.png"></script>'),
        ('<svg><image xlink:href="static/own.png"/></svg>',) * 2,
        (
            '<img srcset="static/own.png 1x, other.png 2x,static/logo.png  3x">',
            '<img srcset="../static/own.png 1x, other.png 2x,../../static/logo.png  3x">',
        ),
        (
            "<p style=\"color: red; background: url('static/own.png')\">",
            '<p style="color: red; background: url(&#x27;../static/own.png&#x27;)">',
        ),
        (
            '<p style="background: url(static/own.png), url( &quot;static/own.png&quot; )">',
            '<p style="background: url(../static/own.png), url( &quot;../static/own.png&quot; )">',
        ),
        (
            "<style>a { b: url(static/own.png) } @import 'static/site.css';</style>",
            "<style>a { b: url(../static/own.png) } @import '../../../static/site.css';</style>",
        ),
        ('<img src="./static/own.png">', '<img src="../static/own.png">'),
        ('<img srcset="./static/own.png 1x">', '<img srcset="../static/own.png 1x">'),
        ('<img src="static&#x2F;own.png">', '<img src="../static/own.png">'),
        (
            "<style>a { b: image-set('static/own.png' type('image/png'), url(static/own.png) 2x) }"
            " c { d: url(static/own.png); e: 'static/own.png' }</style>",
            "<style>a { b: image-set('../static/own.png' type('image/png'),"
            " url(../static/own.png) 2x) } c { d: url(../static/own.png);"
            " e: 'static/own.png' }</style>",
        ),
        (
            r"<style>a { b: url(static/my\ file\(1\).png)"
            r" url('static\/my\20 file(1).png#\'') }</style>",
            "<style>a { b: url(../../../static/my%20file%281%29.png)"
            r" url('../../../static/my%20file%281%29.png#\27 ') }</style>",
        ),
        (
            """<iframe srcdoc="<img src='static/own.png'>"></iframe>""",
            '<iframe srcdoc="&lt;img src=&#x27;../static/own.png&#x27;&gt;"></iframe>',
        ),
        ('<svg><rect mask="url(static/own.png)"/></svg>',) * 2,
        ('<img data-src="static/own.png"><meta content="static/own.png">',) * 2,
        ("""<script type="module">import "./static/own.png"</script>""",) * 2,
        ("""<script type=importmap>{"imports": {"a": "./static/own.png"}}</script>""",) * 2,
    ],
)
def test_reference_leads_to_the_nearest_file(
    found: StaticFiles, markup: str, resolved: str
) -> None:
    if markup == resolved:
        resolved = re.sub(r"(\./)?static/own.png", "../static/own.png", markup)
    result = found.resolve(markup, FOLDER, PAGE)
    assert result.markup == resolved
    assert result.missing == ()


@pytest.mark.parametrize(
    "markup",
    [
        "static/own.png",
        "<p>static/own.png</p>",
        '<p title="static/own.png">',
        '<p data-src="static/none.png"><meta content="static/none.png">',
        '<input value="static/own.png">',
        "<script>load('static/own.png')</script>",
        '<img src="/static/own.png"><img src="../static/own.png"><img src="x/static/own.png">',
        '<img src="https://example.org/static/own.png"><img src="data:static/own.png">',
        "<!-- <img src='static/own.png'> --><textarea><img src='static/own.png'></textarea>",
        "<style>/* url(static/none.png) */ a::before { content: 'url(static/none.png)' }</style>",
        '<img src=static><img src="statics/own.png">',
        '<p style="background: url(x.png?static/own.png)">',
        '<img src="static/own.png',
    ],
)
def test_other_text_stays_as_it_is(found: StaticFiles, markup: str) -> None:
    result = found.resolve(markup, FOLDER, PAGE)
    assert result.markup == markup
    assert result.missing == ()


@pytest.mark.parametrize(
    ("markup", "path"),
    [
        ('<img src="static/none.png?a">', "static/none.png"),
        ('<img src="static/../stories.py">', "static/../stories.py"),
        ('<img srcset="static/none.png 2x">', "static/none.png"),
        ("<style>a { b: url(static/none.png) }</style>", "static/none.png"),
        ("<style>a { b: image-set('static/none.png' 2x) }</style>", "static/none.png"),
        ("""<iframe srcdoc="<img src='./static/none.png'>"></iframe>""", "static/none.png"),
        ("<svg><use href='static/none.svg#a'/></svg>", "static/none.svg"),
        ('<img src="static/none.png"><img src="static/none.png">', "static/none.png"),
    ],
)
def test_missing_file_is_reported_once_and_its_reference_kept(
    found: StaticFiles, markup: str, path: str
) -> None:
    result = found.resolve(markup, FOLDER, PAGE)
    assert result.markup == markup
    expected = f"{path} is in no static folder of forms/button or above; add it"
    assert result.missing == (MissingFile(PAGE, expected),)


def test_story_at_the_root_finds_only_the_root_s_files(found: StaticFiles) -> None:
    result = found.resolve('<img src="static/logo.png"><img src="static/own.png">', "", "a/b.html")
    assert result.markup == '<img src="../static/logo.png"><img src="static/own.png">'
    (missing,) = result.missing
    assert missing.text == "static/own.png is in no static folder of the catalog's root; add it"


def test_page_at_the_root_has_references_from_the_root(found: StaticFiles) -> None:
    result = found.resolve('<img src="static/logo.png">', "", "index.html")
    assert result.markup == '<img src="static/logo.png">'


def test_markup_without_a_reference_is_not_parsed(found: StaticFiles) -> None:
    markup = "<p>" * 3
    assert found.resolve(markup, FOLDER, PAGE).markup is markup


def test_references_in_a_stylesheet_are_relative_to_it(tmp_path: Path) -> None:
    sheet = "a { b: url(static/logo.png); c: url('static/none.png'); d: url(icon.svg) }\xff"
    package = write(
        tmp_path,
        {
            "static/logo.png": "",
            "forms/static/css/form.css": sheet.encode("latin-1"),
            "forms/static/css/static/near.png": "",
            "forms/static/css/near.css": b"a {\r\n b: url(static/near.png?x) }",
            "forms/static/plain.css": b"a {\r\n b: c }",
        },
    )
    found = find_static(package_of(package))
    written = sheet.encode("latin-1").replace(b"static/logo", b"../../../static/logo")
    assert found.content("forms/static/css/form.css") == written
    for unchanged in ("forms/static/css/near.css", "forms/static/plain.css"):
        assert found.content(unchanged) == (package / unchanged).read_bytes()
    text = "static/none.png is in no static folder of forms or above; add it"
    assert found.missing == (MissingFile("forms/static/css/form.css", text),)


ICONS = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg"><!-- <symbol id="box"> -->
<defs><linearGradient id="red"><stop/></linearGradient></defs>
<symbol id="box"><rect fill="url(#red)"/><use xlink:href="#dot"/></symbol>
<g id="more"><path id="dot"/></g>
</svg>"""


def test_parts_of_an_svg_file_stand_in_the_document_that_uses_them(tmp_path: Path) -> None:
    found = find_static(package_of(write(tmp_path, {"static/icons.svg": ICONS})))
    once = '<use href="static/icons.svg#box"/>'
    result = found.resolve(f"<svg>{once}{once}</svg>", FOLDER, PAGE)
    part = (
        '<defs><symbol id="storytime-{0}-box"><rect fill="url(#storytime-{0}-red)"/>'
        '<use xlink:href="#storytime-{0}-dot"/></symbol>'
        '<linearGradient id="storytime-{0}-red"><stop/></linearGradient>'
        '<path id="storytime-{0}-dot"/></defs>'
        '<use href="#storytime-{0}-box"/>'
    )
    assert result.markup == f"<svg>{part.format(1)}{part.format(2)}</svg>"
    assert not result.missing


def test_whole_svg_file_can_be_used_and_a_missing_part_is_reported(tmp_path: Path) -> None:
    own = "<svg id='all'><style>path { fill: url(#red) }</style><path/></svg>"
    files = {
        "static/one.svg": "<svg><path/></svg>",
        "static/own.svg": own,
        "static/none.svg": "text",
    }
    found = find_static(package_of(write(tmp_path, files)))
    result = found.resolve('<svg><use xlink:href="static/one.svg"/></svg>', "", PAGE)
    part = '<defs><svg id="storytime-1-"><path/></svg></defs><use xlink:href="#storytime-1-"/>'
    assert result.markup == f"<svg>{part}</svg>"
    result = found.resolve('<svg><use href="static/own.svg"/></svg>', "", PAGE)
    assert result.markup == (
        "<svg><defs><svg id=\"storytime-1-all\"><path/></svg><style>@scope ([id='storytime-1-all'])"
        ' {path { fill: url(#storytime-1-red) }}</style></defs><use href="#storytime-1-all"/></svg>'
    )
    for reference in ("static/one.svg#gone", "static/own.svg#gone", "static/none.svg#gone"):
        markup = f'<svg><use href="{reference}"/></svg>'
        result = found.resolve(markup, "", PAGE)
        assert result.markup == markup
        text = f"{reference.partition('#')[0]} has no element with the id 'gone' to use; add it"
        assert result.missing == (MissingFile(PAGE, text),)


def test_stylesheets_use_what_they_import_and_show_over_any_number(tmp_path: Path) -> None:
    files = {
        "static/app.css": "@import 'tokens.css?v=1'; @import url(other.css);",
        "static/tokens.css": "@import './static/sub/deep.css#a';",
        "static/sub/deep.css": "a { b: url(../my%20picture.svg?2) } @import '../app.css';",
        "static/other.css": "a { b: c }",
        "static/my picture.svg": "<svg/>",
    }
    found = find_static(package_of(write(tmp_path, files)))
    chain = {"static/sub/deep.css", "static/tokens.css", "static/app.css"}
    assert found.users(["static/my picture.svg"]) == chain
    assert found.users(["static/other.css"]) == chain
    assert found.users(["index.html"]) == set()


SOME = StaticFiles({}, {})


@given(html_texts)
def test_markup_without_static_references_is_unchanged(text: str) -> None:
    markup = text + "<p>static/x</p>"
    assert SOME.resolve(markup, "", "index.html").markup == markup


def test_resolved_references_lead_to_the_files(found: StaticFiles) -> None:
    for path in found.files:
        *_, name = path.rpartition("static/")
        folder = posixpath.dirname(path.removesuffix(f"static/{name}"))
        result = found.resolve(f'<img src="static/{name}">', folder, PAGE)
        address = result.markup.split('"')[1]
        way = posixpath.join(posixpath.dirname(PAGE), unquote(address))
        assert posixpath.normpath(way) == path
