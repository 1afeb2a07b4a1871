"""Whole builds: from a package to a folder."""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from types import FrameType
from urllib.parse import unquote, urldefrag, urljoin

import pytest

import storytime
from storytime import BuildFailed, StorytimeError
from storytime.build.highlights import HIGHLIGHTS
from storytime.build.manifest import MANIFEST, Manifest
from storytime.build.whole import build_package, build_site
from storytime.project.package import locate
from storytime.ring.progress import ProgressWriter, reporting_to

from ..support import (
    BUTTON,
    SMALL,
    Catalog,
    contents,
    gives,
    run_python,
    run_storytime,
    stamps,
    write,
)

LAYOUT = (
    "def layout(*, story_title, children):\n"
    "    return f'<!DOCTYPE html><title>{story_title}</title><main>{children}</main>'"
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def build(catalog: Catalog, out: Path) -> Mapping[str, bytes]:
    """Build without failures; return the files."""
    build_site(catalog.name, out)
    return contents(out)


def rebuild(catalog: Catalog, out: Path) -> None:
    """Build in a new process, as each call of the command line does."""
    ended = run_storytime("-q", "build", catalog.name, out, cwd=catalog.base)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def failed(catalog: Catalog, out: Path) -> BuildFailed:
    with pytest.raises(BuildFailed) as raised:
        build_site(catalog.name, out)
    return raised.value


# What is written.


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ("'n' * 300: Subject(title='Long', items=[Story()])", "its name has 300 bytes"),
        ("'é' * 128: Subject(title='Long', items=[Story()])", "its name has 256 bytes"),
        ("'deep': deep()", "its page's path has 4,"),
        ("'stories': deep(Subject(items=[Story(name='s' * 160)]), 4050)", "its page's path has 4,"),
    ],
)
def test_a_name_or_path_that_is_too_long_fails_alone(
    catalog: Catalog, out: Path, item: str, what: str
) -> None:
    deep = """
def deep(node=None, length=5000):
    node = node or Subject(title='Long', items=[Story()])
    for _ in range((length - len(OUT)) // 101):
        node = Section(items={'d' * 100: node})
    return node
""".replace("OUT", repr(str(out)))
    site = (
        f"Site(title='Kit', items={{{item}, 'ok': Subject(target=lambda: 'OK', items=[Story()])}})"
    )
    catalog.write({"stories.py": gives(site, deep)})
    with pytest.raises(BuildFailed) as raised:
        build_site("kit", out)
    (failure,) = raised.value.failures
    assert what in failure.message
    assert len(failure.message) < 200
    assert "OK" in (out / "ok/story-0/frame.html").read_text()


def test_every_node_has_a_page_and_every_framed_story_its_document(
    catalog: Catalog, out: Path
) -> None:
    catalog.write({**SMALL, "stories.py": gives("Site(themed_layout=layout)", LAYOUT)})
    files = build(catalog, out)
    assert sorted(files) == [
        HIGHLIGHTS,
        MANIFEST,
        "failures.js",
        "forms/button/index.html",
        "forms/button/refusal/frame.html",
        "forms/button/refusal/index.html",
        "forms/button/story-0/frame.html",
        "forms/button/story-0/index.html",
        "forms/index.html",
        "frame.js",
        "index.html",
        "navigation.js",
        "page.js",
        "reload.js",
        "search.js",
        "start.js",
        "stories.json",
        "story.js",
        "storytime.css",
        "storytime.js",
        "tree.html",
        "tree.js",
    ]
    frame = files["forms/button/refusal/frame.html"]
    script = b'<script src="../../../frame.js"></script>'
    assert frame == (
        b"<!DOCTYPE html>" + script + b"<title>Refusal</title><main><button>No</button></main>"
    )
    assert b"<button>No</button>" not in files["forms/button/refusal/index.html"]


def test_without_a_layout_a_story_has_a_plain_document(catalog: Catalog, out: Path) -> None:
    catalog.write(SMALL)
    files = build(catalog, out)
    assert b"<button>No</button>" in files["forms/button/refusal/frame.html"]
    assert b"<button>No</button>" not in files["forms/button/refusal/index.html"]


def test_large_props_are_whole_only_in_the_document(catalog: Catalog, out: Path) -> None:
    made = "SOURCE = 'data:image/png;base64,' + 'A' * 4_000_000"
    image = 'def image(source=SOURCE):\n    return f\'<img alt="" src="{source}">\''
    written = f"Story({{'source': {'B' * 1_000_000!r}}})"
    node = f"Subject(target=image, items=[Story({{'source': SOURCE}}), {written}])"
    catalog.write({**SMALL, "forms/button/stories.py": gives(node, made, image)})
    files = build(catalog, out)
    assert len(files["forms/button/story-0/frame.html"]) > 4_000_000
    for name, data in files.items():
        if not name.endswith("frame.html"):
            assert len(data) < 100_000, name
    assert "… (4,000,022 characters)".encode() in files["forms/button/story-0/index.html"]


def test_a_package_is_named_by_its_folder_as_well(catalog: Catalog, out: Path) -> None:
    catalog.write(SMALL)
    files = build(catalog, out)
    for place in ("kit/", "./kit", str(catalog.folder)):
        build_site(place, out.with_name("again"))
        assert contents(out.with_name("again")) == files


def test_stories_json_leads_to_every_story(catalog: Catalog, out: Path) -> None:
    catalog.write(SMALL)
    index = json.loads(build(catalog, out)["stories.json"])
    assert [story["path"] for story in index["stories"]] == [
        "forms/button/story-0",
        "forms/button/refusal",
    ]
    assert all((out / unquote(story["url"])).is_file() for story in index["stories"])


class Links(HTMLParser):
    """Collects every address that a page refers to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and not (value or "").startswith("data:"):
                self.addresses.append(value or "")


@pytest.mark.parametrize("layout", ["None", "layout"])
def test_every_link_is_relative_and_leads_to_a_file(
    catalog: Catalog, out: Path, layout: str
) -> None:
    odd = gives("Subject(target=button, items=[Story(title='Größe 100 %'), Story()])", BUTTON)
    catalog.write({**SMALL, "stories.py": gives(f"Site(themed_layout={layout})", LAYOUT)})
    catalog.write({"two words/große #1?/stories.py": odd, "a&b'<i>\"/stories.py": odd})
    build_site("kit", out)
    pages = [page for page in out.rglob("*.html") if page.name != "tree.html"]
    reached = set()
    for page in [*pages, out / "tree.html"]:
        for address in Links(page.read_text()).addresses:
            assert not address.startswith("/"), page
            whole = urldefrag(urljoin(page.as_uri(), address)).url
            assert whole.startswith(out.as_uri())
            file = Path(unquote(whole.removeprefix("file://")))
            assert file.is_file(), (page, address)
            reached.add(file)
    assert reached >= set(pages)


def test_a_catalog_without_any_subject_is_one_page(catalog: Catalog, out: Path) -> None:
    catalog.write({"stories.py": gives("Site()")})
    assert "index.html" in build(catalog, out)


# What a second build writes.


def test_the_same_tree_again_rewrites_no_file(catalog: Catalog, out: Path) -> None:
    catalog.write(SMALL)
    rebuild(catalog, out)
    before = stamps(out)
    rebuild(catalog, out)
    assert stamps(out) == before
    build_site("kit", out)
    assert stamps(out) == before


def test_a_failing_catalog_again_rewrites_no_file(catalog: Catalog, out: Path) -> None:
    broken = "def button(text=None):\n    raise ValueError(f'no {object()} {lambda: 5}')"
    catalog.write({**SMALL, "forms/button/stories.py": gives(SUBJECT, broken)})
    for _ in range(2):
        assert run_storytime("build", "kit", out, cwd=catalog.base).returncode == 1
    before = stamps(out)
    assert run_storytime("build", "kit", out, cwd=catalog.base).returncode == 1
    assert stamps(out) == before


SUBJECT = "Subject(target=button, items=[Story(), Story({'text': 'No'}, 'Refusal')])"

RUN_DEPENDENT = gives(
    "Subject(target=button, items=[Story({'text': {'b', 'a', 'c', 'd'}, 'on': print_it}),"
    " Story({'text': [Theme({'x', 'y', 'z'})], 'on': object()})])",
    "from dataclasses import dataclass",
    "@dataclass\nclass Theme:\n    names: set",
    "def print_it(): ...",
    "def button(text, on): return '<button>'",
)


def test_every_run_writes_the_same_bytes(catalog: Catalog, out: Path, tmp_path: Path) -> None:
    catalog.write({**SMALL, "forms/button/stories.py": RUN_DEPENDENT})
    write(tmp_path, {"elsewhere/x": ""})
    runs = product(("1", "2"), ((tmp_path, "kit"), (tmp_path / "elsewhere", "../kit")))
    outputs = []
    for number, (seed, (cwd, package)) in enumerate(runs):
        place = out.with_name(f"out{number}")
        ended = run_storytime("build", package, place, cwd=cwd, env={"PYTHONHASHSEED": seed})
        assert ended.returncode == 0, ended.stderr
        outputs.append(contents(place))
    assert all(each == outputs[0] for each in outputs)


def test_stale_pages_go_and_other_peoples_files_stay(catalog: Catalog, out: Path) -> None:
    catalog.write({**SMALL, "card/stories.py": gives(SUBJECT, BUTTON)})
    build_site("kit", out)
    write(out, {"CNAME": "x", "forms/notes.txt": "y"})
    catalog.remove("card/stories.py")
    catalog.remove("forms/button/stories.py")
    rebuild(catalog, out)
    assert not (out / "card").exists()
    assert sorted(path for path in contents(out) if path.startswith("forms")) == [
        "forms/index.html",
        "forms/notes.txt",
    ]
    assert (out / "CNAME").read_text() == "x"


def test_the_second_of_two_edits_within_a_second_is_built(catalog: Catalog, out: Path) -> None:
    catalog.write({**SMALL, "forms/button/label.py": "TEXT = 'one'\n"})
    source = gives("Subject(target=lambda: TEXT, items=[Story()])", "from .label import TEXT")
    catalog.write({"forms/button/stories.py": source})
    label, stamp = catalog.folder / "forms/button/label.py", None
    for text in ("one", "two", "six"):
        label.write_text(f"TEXT = '{text}'\n")
        stamp = stamp or label.stat().st_mtime_ns
        os.utime(label, ns=(stamp, stamp))
        rebuild(catalog, out)
        assert f"\n{text}\n" in (out / "forms/button/story-0/frame.html").read_text()


def test_direct_builds_in_one_process_see_new_and_removed_folders(
    catalog: Catalog, out: Path
) -> None:
    catalog.write(SMALL)
    build_site("kit", out)
    catalog.write({"card/stories.py": gives(SUBJECT, BUTTON)})
    build_site("kit", out)
    assert (out / "card/refusal/index.html").is_file()
    catalog.remove("card/stories.py")
    build_site("kit", out)
    assert not (out / "card").exists()


# The manifest.


def test_the_manifest_names_what_was_imported_and_opened(catalog: Catalog, out: Path) -> None:
    helper = "from pathlib import Path\nTEXT = Path(__file__).with_name('text.txt').read_text()"
    write(
        catalog.base, {"shared/__init__.py": "", "shared/texts.py": helper, "shared/text.txt": "x"}
    )
    source = gives(
        "Subject(target=button, items=[Story()])",
        "import json, tdom, shared.texts",
        "def button():\n    with open('kit/forms/button/icon.svg') as icon: return icon.read()",
    )
    catalog.write({**SMALL, "forms/button/stories.py": source, "forms/button/icon.svg": "<svg/>"})
    catalog.write({"unused.py": ""})
    build_site("kit", out)
    manifest = Manifest.read(out)
    assert manifest is not None
    assert manifest.sources == [
        "kit/__init__.py",
        "kit/forms/__init__.py",
        "kit/forms/button/__init__.py",
        "kit/forms/button/icon.svg",
        "kit/forms/button/stories.py",
        "kit/forms/stories.py",
        "kit/stories.py",
        "shared/__init__.py",
        "shared/text.txt",
        "shared/texts.py",
    ]
    assert manifest.failures == []
    assert manifest.pages.keys() == contents(out).keys() - {MANIFEST, HIGHLIGHTS}


def test_a_sibling_outside_of_the_packages_base_is_a_source(
    catalog: Catalog, out: Path, tmp_path: Path
) -> None:
    write(tmp_path, {"lib/parts.py": ""})
    sys.path.append(str(tmp_path / "lib"))
    inner = Catalog(tmp_path / "project")
    inner.write({"__init__.py": "", "stories.py": gives("Site()", "import parts")})
    build_site("project/kit", out)
    manifest = Manifest.read(out)
    assert manifest is not None
    assert manifest.sources == ["../lib/parts.py", "kit/__init__.py", "kit/stories.py"]


def test_files_in_the_output_folder_are_not_sources(catalog: Catalog) -> None:
    reading = (
        "import os\nif os.path.exists('kit/out/index.html'): open('kit/out/index.html').close()"
    )
    catalog.write({"stories.py": gives("Site()", reading)})
    out = catalog.folder / "out"
    for _ in range(2):
        rebuild(catalog, out)
    manifest = Manifest.read(out)
    assert manifest is not None
    assert manifest.sources == ["kit/stories.py"]


# Failures.


HOSTILE = {
    "raises": "raise ValueError('no such colour')",
    "lone surrogate": "raise ValueError('\\ud800')",
    "str raises": "class E(Exception):\n        def __str__(self): raise E\n    raise E",
    "unpicklable": "raise ValueError(lambda: 5)",
    "memory": "raise MemoryError",
    "exit": "raise SystemExit",
    "recursion": "return button(text)",
    "group": "raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])",
    "note": "e = ValueError('first\\nsecond')\n    e.add_note('<note>')\n    raise e",
    "markup": "raise ValueError('</pre><script>alert(1)</script>')",
    "control characters": "raise ValueError('\\x1b[31m\\x00\\x7f')",
    "returns nothing": "return None",
    "returns a surrogate": "return '\\ud800'",
    "endless": "again = lambda: again\n    return again",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_failing_story_gets_an_error_page_and_the_rest_is_built(
    catalog: Catalog, out: Path, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    component = f"def button(text='OK'):\n    if text == 'OK': return 'fine'\n    {body}"
    catalog.write({**SMALL, "forms/button/stories.py": gives(SUBJECT, component)})
    error = failed(catalog, out)
    assert error.written
    [failure] = error.failures
    assert failure.path == "forms/button/refusal"
    assert b"could not be rendered" in (out / "forms/button/refusal/index.html").read_bytes()
    assert b"fine" in (out / "forms/button/story-0/index.html").read_bytes()
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        str(failure)
    ]
    manifest = Manifest.read(out)
    assert manifest is not None
    assert manifest.failures == [failure]
    assert json.loads(json.dumps(error.to_data()))


BROKEN = {
    "syntax": "def node(:",
    "raises": "raise ValueError('\\ud800')",
    "exits": "import sys\nsys.exit()",
    "no annotation": "def node(): ...",
    "null bytes": "\0",
    "wrong encoding": b"\xff\xfe",
    "fails when called": "from storytime import Subject\ndef node() -> Subject: return 1 / 0",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("path", ["forms", "forms/button"])
def test_a_stories_file_that_is_broken_has_a_page_with_the_error(
    catalog: Catalog, out: Path, path: str, source: str | bytes
) -> None:
    catalog.write({**SMALL, "card/stories.py": gives(SUBJECT, BUTTON)})
    catalog.write({f"{path}/stories.py": source})
    error = failed(catalog, out)
    assert error.written
    assert [failure.path for failure in error.failures] == [path]
    assert error.failures[0].file == str(catalog.folder / path / "stories.py")
    assert b"could not be built" in (out / path / "index.html").read_bytes()
    assert (out / "card/refusal/index.html").is_file()
    assert (out / "forms/button/index.html").is_file()


def test_failures_of_one_cause_are_logged_once_and_each_has_its_page(
    catalog: Catalog, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    used = "from kit.theme import colour\ndef part(): return colour()"
    subject = gives("Subject(target=part, items=[Story(title='One')])", used)
    catalog.write({**SMALL, "a/stories.py": subject, "b/stories.py": subject})
    catalog.write({"theme.py": "def colour():\n    return x"})
    error = failed(catalog, out)
    assert [failure.path for failure in error.failures] == ["a/one", "b/one"]
    cause = f"NameError: name 'x' is not defined ({catalog.folder}/theme.py:2)"
    assert error.message == f"a/one: {cause} (at 2 places)"
    logged = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert logged == [error.message]
    for name in "ab":
        page = (out / name / "one/index.html").read_text()
        assert f"{name}/stories.py" in page.partition("Traceback")[2]
        assert "st-places" not in page


def test_a_template_and_a_layout_that_fail_are_failures_of_their_stories(
    catalog: Catalog, out: Path
) -> None:
    source = gives("Subject(target=str, items=[Story(template=lambda: 1 / 0), Story()])")
    layout = "def layout(**more): raise KeyError('theme')"
    catalog.write({**SMALL, "stories.py": gives("Site(themed_layout=layout)", layout)})
    catalog.write({"forms/button/stories.py": source})
    messages = {failure.path: failure.message for failure in failed(catalog, out).failures}
    assert messages == {
        "forms/button/story-0": "ZeroDivisionError: division by zero",
        "forms/button/story-1": "KeyError: 'theme'",
    }
    assert not (out / "forms/button/story-1/frame.html").exists()


def test_props_that_do_not_fit_name_the_line_of_the_story(catalog: Catalog, out: Path) -> None:
    library = "class Strict:\n    def __init__(self, **props):\n        raise ValueError('strict')"
    write(catalog.base, {"site-packages/strict.py": library})
    own = "import sys\nsys.path.append({!r})\nfrom strict import Strict\n{}"
    items = (
        "[\n    Story({'x': 1}, 'One', target=button),\n    Story({'y': 2}, 'Two', target=button),"
        "\n    Story(title='Three', target=Strict),\n    Story('Four', target=button),"
        "\n    Story(title='Five', target=str, template=lambda: 1 / 0)]"
    )
    own = own.format(str(catalog.base / "site-packages"), BUTTON)
    source = gives(f"Subject(items={items})", own)
    catalog.write({**SMALL, "forms/button/stories.py": source})
    error = failed(catalog, out)
    lines = [number for number, line in enumerate(source.splitlines(), 1) if " Story(" in line]
    file = str(catalog.folder / "forms/button/stories.py")
    assert [(each.file, each.line) for each in error.failures] == [(file, line) for line in lines]
    for name, line in zip(["one", "two", "three"], lines, strict=False):
        page = (out / f"forms/button/{name}/index.html").read_text()
        assert f">kit/forms/button/stories.py:{line}<" in page


def test_no_page_holds_a_path_of_this_machine(
    catalog: Catalog, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raised = "open(pathlib.Path(__file__).parent / 'data.json')"
    bodies = {
        "opened": raised,
        "library": "json.loads('x')",
        "folder": "open(pathlib.Path(__file__).parents[2])",
        "own": "Section(5, 6, 7, 8)",
        "name": "from json import nothing",
    }
    for name, body in bodies.items():
        component = f"import json, pathlib\ndef part():\n    {body}"
        node = gives("Subject(target=part, items=[Story()])", component)
        catalog.write({f"{name}/stories.py": node})
    catalog.write(
        {**SMALL, "broken/stories.py": "def node(:", "raises/stories.py": "import json, x"}
    )
    error = failed(catalog, out)
    assert len(error.failures) == 7
    assert str(catalog.folder / "opened/stories.py") in caplog.text
    places = str(catalog.base), os.path.dirname(os.__file__), os.path.dirname(storytime.__file__)
    for path, data in contents(out).items():
        if not path.startswith(".storytime/"):
            assert not [place for place in places if place.encode() in data], path
    page = unescape((out / "opened/story-0/index.html").read_text())
    assert 'File "kit/opened/stories.py", line 4' in page
    assert "No such file or directory: 'kit/opened/data.json'" in page
    library = (out / "library/story-0/index.html").read_text()
    assert re.search(r'st-foreign">  File .*…/python3\.\d+/json/', library)
    assert "Is a directory: '.'" in unescape((out / "folder/story-0/index.html").read_text())


def test_a_story_whose_props_are_none_fails_alone(catalog: Catalog, out: Path) -> None:
    source = gives("Subject(target=button, items=[Story('Primary'), Story()])", BUTTON)
    catalog.write({**SMALL, "forms/button/stories.py": source})
    [failure] = failed(catalog, out).failures
    assert failure.path == "forms/button/story-0"
    assert "the props of a Story are a dict" in failure.message


def test_a_repaired_subject_has_its_page_again(catalog: Catalog, out: Path) -> None:
    catalog.write({**SMALL, "forms/button/stories.py": "def"})
    failed(catalog, out)
    catalog.write(SMALL)
    rebuild(catalog, out)
    build_site("kit", out.with_name("clean"))
    assert contents(out) == contents(out.with_name("clean"))


NOTHING_TO_BUILD = {
    "syntax error in the root": {"stories.py": "def"},
    "broken package": {"__init__.py": "1 / 0"},
    "root that exits": {"stories.py": "raise SystemExit"},
    "root that gives a Section": {"stories.py": gives("Section()")},
    "unannotated root": {"stories.py": "def node(): ..."},
}


@pytest.mark.parametrize("files", NOTHING_TO_BUILD.values(), ids=NOTHING_TO_BUILD)
@pytest.mark.parametrize("earlier", [True, False], ids=["earlier output", "no output"])
def test_output_stays_as_it_was_if_nothing_can_be_built(
    catalog: Catalog, out: Path, files: Mapping[str, str], earlier: bool
) -> None:
    if earlier:
        catalog.write(SMALL)
        rebuild(catalog, out)
    before = stamps(out), contents(out)
    catalog.write({**SMALL, **files})
    error = failed(catalog, out)
    assert not error.written
    assert len(error.failures) == 1
    assert (stamps(out), contents(out)) == before
    assert out.exists() == earlier


def test_a_package_that_goes_while_it_is_read_leaves_the_output_as_it_was(
    catalog: Catalog, out: Path
) -> None:
    catalog.write(SMALL)
    before = build(catalog, out)
    goes = gives("Site(title='Kit')", "import os", f"os.rename({str(catalog.folder)!r}, 'away')")
    catalog.write({"stories.py": goes})
    ended = run_storytime("build", catalog.name, out, cwd=catalog.base)
    assert ended.returncode == 1
    assert "no package 'kit' any more" in ended.stderr
    assert contents(out) == before


def test_without_a_site_the_output_stays_as_it_was(catalog: Catalog, out: Path) -> None:
    catalog.write(SMALL)
    build_site("kit", out)
    before = stamps(out)
    catalog.remove("stories.py")
    with pytest.raises(StorytimeError, match="kit has no Site"):
        build_site("kit", out)
    assert stamps(out) == before


def test_a_keyboard_interrupt_ends_the_build_and_writes_nothing(
    catalog: Catalog, out: Path
) -> None:
    catalog.write({"stories.py": gives("Site()"), "a/stories.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        build_site("kit", out)
    assert not out.exists()


# Places.


def test_the_output_may_lie_in_the_package(catalog: Catalog) -> None:
    catalog.write(SMALL)
    out = catalog.folder / "public"
    files = build(catalog, out)
    write(out, {"forms/stories.py": "1 / 0"})  # a user's file, and no part of the catalog
    assert build(catalog, out) == {**files, "forms/stories.py": b"1 / 0"}


@pytest.mark.parametrize("place", ["kit", "kit/forms", "."])
def test_folders_of_the_package_itself_are_refused(catalog: Catalog, place: str) -> None:
    catalog.write(SMALL)
    before = contents(catalog.base)
    with pytest.raises(StorytimeError, match="holds files that Storytime did not write"):
        build_site("kit", Path(place))
    assert contents(catalog.base) == before


def test_a_foreign_folder_is_refused_before_anything_is_imported(
    catalog: Catalog, out: Path
) -> None:
    catalog.write({"stories.py": "raise SystemExit"})
    write(out, {"theirs.txt": "x"})
    with pytest.raises(StorytimeError, match="holds files"):
        build_site("kit", out)
    assert contents(out) == {"theirs.txt": b"x"}


def test_a_story_that_changes_the_current_folder_moves_no_output(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write({**SMALL, "forms/stories.py": gives("Section()", "import os\nos.chdir('/')")})
    build_site("kit", Path("out"))
    assert (tmp_path / "out/index.html").is_file()


def test_a_build_is_one_line_of_log(
    catalog: Catalog, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write(SMALL)
    with caplog.at_level(logging.INFO, "storytime"):
        build_site("kit", out)
    [record] = caplog.records
    assert record.message.startswith(
        "built kit: 2 stories, 20 files (20 written, 0 removed), 0 failed; read "
    )


# What is loaded.

WEB = ("starlette", "uvicorn", "watchfiles", "click", "asyncio", "websockets", "anyio")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("storytime", (*WEB, "tdom", "storytime.build", "storytime.views", "storytime.ring")),
        ("storytime.build", (*WEB, "storytime.ring", "storytime.server.app")),
    ],
)
def test_no_more_is_loaded_than_a_build_needs(
    tmp_path: Path, module: str, absent: tuple[str, ...]
) -> None:
    code = f"import sys, {module}\nprint(*sys.modules)"
    loaded = run_python("-c", code, cwd=tmp_path).stdout.split()
    assert module in loaded
    assert not {name for name in loaded if name.startswith(absent)}


def test_a_whole_build_loads_no_web_modules(catalog: Catalog, out: Path) -> None:
    catalog.write(SMALL)
    code = (
        "import sys, storytime\nfrom pathlib import Path\n"
        "storytime.build_site('kit', Path('out'))\nprint(*sys.modules)"
    )
    loaded = run_python("-c", code, cwd=catalog.base).stdout.split()
    assert "kit.forms.button.stories" in loaded
    assert not {name for name in loaded if name.startswith(WEB)}


# Markdown files.


def test_markdown_files_are_read_however_they_are_written(
    catalog: Catalog, out: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write(SMALL)
    front = "---\r\ntitle: Größe\r\n---\r\nText in CRLF\r\n"
    (catalog.folder / "forms/bom.md").write_bytes(front.encode("utf-8-sig"))
    (catalog.folder / "forms/latin.md").write_bytes("# Größe".encode("latin-1"))
    (catalog.folder / "forms/button/refusal.md").write_text("See [it](../gone.md)")
    build_site("kit", out)
    page = (out / "forms/bom/index.html").read_text()
    assert "<h1>Größe</h1>" in page
    assert '<div class="st-text"><p>Text in CRLF</p>' in page
    assert [each.message for each in caplog.records if each.levelno == logging.WARNING] == [
        "forms/latin: the file has bytes that are not UTF-8; save it in that encoding",
        "forms/button/refusal-2: ../gone.md leads nowhere; expected a page, a Markdown file beside"
        " a stories.py, or a file in a static folder",
    ]


# Links.


def test_changed_picture_names_the_stylesheets_that_show_it(catalog: Catalog, out: Path) -> None:
    sheets = {"static/app.css": "@import 'deep.css';", "static/deep.css": "a { b: url(a.svg) }"}
    catalog.write({**SMALL, **sheets, "static/a.svg": "1"})
    build(catalog, out)
    catalog.write({"static/a.svg": "2"})
    changes = build_package(locate(catalog.name), out).changes
    assert (changes.changed, changes.users) == (["static/a.svg"], [*sheets])


def test_links_out_of_the_project_are_named_and_not_published(
    catalog: Catalog, out: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    secret, project = tmp_path / "secret.txt", tmp_path / "project"
    secret.write_text("# Secret words")
    secret.chmod(0o600)
    write(project, {f"kit/{path}": SMALL[path] for path in SMALL})
    image = gives("Subject(target=lambda: '<img src=\"static/a.txt\">', items=[Story()])")
    write(project, {".git": "", "kit/static/b.txt": "b", "kit/card/stories.py": image})
    for link in ("static/a.txt", "forms/page.md"):
        (project / "kit" / link).symlink_to(secret)
    for link, target in {"static/loop": "loop", "one": "two", "two": "one", "up": "."}.items():
        (project / "kit" / link).symlink_to(target)
    build_site(str(project / "kit"), out)
    written = contents(out)
    assert "static/b.txt" in written
    assert not [path for path, data in written.items() if b"Secret words" in data]
    reason = "is a link to ../secret.txt, outside of the project (project); copy what is needed"
    assert f"static/a.txt {reason}" in written["card/story-0/index.html"].decode()
    logged = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert [message.partition(" the project (")[0] for message in logged] == [
        "card/story-0: static/a.txt is a link to ../secret.txt, outside of",
        "the catalog: forms/page.md is a link to ../secret.txt, outside of",
        "the catalog: one is a link that leads back to itself or to a folder above it; remove it"
        " (3 more like it)",
    ]


def test_what_pages_have_in_common_is_made_where_nothing_is_raised(
    catalog: Catalog, out: Path
) -> None:
    """For large catalogs it takes longer than a build has to stop by itself."""
    catalog.write(SMALL)
    writer = ProgressWriter(os.open(os.devnull, os.O_WRONLY))
    called: dict[str, int] = {}

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.setdefault(frame.f_code.co_qualname, writer.stops_itself)

    def build_profiled() -> None:
        sys.setprofile(profile)
        try:
            build_site("kit", out)
        finally:
            sys.setprofile(None)

    reporting_to(writer, build_profiled)
    made = ("find_documents", "Workshop.__init__", "Workshop.tree", "stories_index")
    assert {name: called[name] for name in made} == dict.fromkeys(made, 1)
    assert called["StoryRenderer.render"] == 0  # a story's code may never ask
