"""The pages as browsers see them: parsed strictly, queried as a tree of elements."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from justhtml import Element, JustHTML
from justhtml import Node as HTMLNode
from markupsafe import Markup

from storytime.catalog.model import Node, Section, Site, Story, Subject, seat, walk
from storytime.errors import BuildFailure
from storytime.markup.accessibility import Finding
from storytime.render.parameters import Properties, Property
from storytime.render.python_highlighter import PythonHighlighter
from storytime.render.source_excerpts import SourceExcerpt
from storytime.render.static_files import StaticFiles
from storytime.ring.text import encoded
from storytime.views import (
    TREE,
    Details,
    Extras,
    Workshop,
    error_page,
    not_running_page,
    plain_document,
    story_document,
)
from storytime.views.assets import assets
from storytime.views.catalog_index import Entry
from storytime.views.frames import BEGINNING
from storytime.views.navigation import NEAREST, Tree
from storytime.views.policies import POLICY
from storytime.views.text import DESCRIBED, visible

NASTY = '<i title="x">&amp; \'href="\'</i>'
GUIDE = "Look:\n\n![Here](story:forms/button/primary)\n\n![](story:gone)\n"
MESSAGE = "ValueError: <script>"
TRACEBACK = f'Traceback:\n  File "<b>.py", line 7\n{MESSAGE}'


DETAILS = Details(
    properties=Properties(
        name="Button",
        module="kit.button",
        docstring=f"{NASTY}\n\n    code",
        properties=(
            Property("label", f"'{NASTY}'", True, "str", "", True, NASTY, ("keyword only",)),
            Property("size", "", False, "int", "3", False, "", ()),
        ),
    ),
    source=SourceExcerpt("kit/<b>/stories.py", 7, 9, f"Story({NASTY!r})"),
    component=SourceExcerpt("kit/button.py", 3, 3, "def Button(): ..."),
    markup="<p>\n  &amp;\x1b\n</p>",
    findings=(Finding("image-alt", "critical", f"no alt {NASTY}", "<img>", "WCAG 1.1.1"),),
    warnings=(f"static/{NASTY} is not there",),
)


def failure(path: str) -> BuildFailure:
    return BuildFailure(path, MESSAGE, TRACEBACK, "/kit/<b>.py", 7)


def seated(**items: Section | Subject) -> Site:
    site = Site(title="Kit")
    for name, node in items.items():
        seat(site, name, node)
    return site


def kit() -> Site:
    """Return a site with nested sections, subjects in the site, equal titles, non-ASCII names."""
    button = Subject(
        description="Starts an action.\n\n    Once a view.",
        items=[Story(title="Primary", description="First."), Story(title="Grün"), Story(), Story()],
    )
    advanced = Section(items={"date_picker": Subject(items=[Story(title="Open")])})
    forms = Section(title="Forms", description="Controls.")
    forms.items |= {"button": button, "advanced": advanced, "empty": Subject()}
    colours = Subject(items=[Story(title="Light")])
    return seated(forms=forms, über=Section(items={"日本": colours}), tokens=Subject())


def node_at(site: Site, path: str) -> Node:
    (found,) = (node for node in walk(site) if node.path == path)
    return found


def page_of(workshop: Workshop, node: Node, *, body: bool = False) -> str:
    if isinstance(node, Story):
        return workshop.story_page(node, DETAILS, body=body)
    return workshop.page(node)


def rendered(site: Site, *failed: str, body: bool = False) -> dict[str, str]:
    """Return all pages by file."""
    extras = Extras({"forms/button/grün": 2}, {"forms": [("guide", "Guide & <more>", GUIDE)]})
    workshop = Workshop(site, {path: failure(path) for path in failed}, extras)
    pages = {
        posixpath.join(node.path, "index.html"): page_of(workshop, node, body=body)
        for node in walk(site)
    }
    for document in workshop.documents:
        pages[f"{document.path}/index.html"] = workshop.document_page(document)
    return pages


def parsed(page: str) -> Element:
    """Return the page's root element; raise for any parse error of the HTML standard."""
    page = encoded(page).decode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]", page)
    return find(JustHTML(page, strict=True, sanitize=False).root, "html")


def find(root: HTMLNode, selector: str) -> Element:
    """Return the only element that matches the CSS selector."""
    (found,) = root.query(selector)
    assert isinstance(found, Element)
    return found


def attribute(node: HTMLNode, name: str) -> str:
    """Return an attribute that has a value; fail without one."""
    value = (node.attrs or {}).get(name)
    assert value is not None
    return value


def text(element: HTMLNode) -> str:
    return " ".join(element.to_text().split())


def tree(root: HTMLNode) -> Element:
    return find(root, "nav.st-tree")


def head_description(page: str) -> str:
    return attribute(find(parsed(page), "head meta[name=description]"), "content")


def labels(root: HTMLNode) -> list[str]:
    return [text(link) for link in root.query("a")]


def links(root: HTMLNode) -> Iterator[str]:
    for element in root.query("*"):
        for name in ("href", "src"):
            value = (element.attrs or {}).get(name)
            if value and not value.startswith(("#", "data:")):
                yield value


def resolved(link: str, file: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(link)))


@pytest.fixture(params=["framed", "body", "failed"])
def pages(request: pytest.FixtureRequest) -> dict[str, str]:
    site = kit()
    failed = [node.path for node in walk(site)] if request.param == "failed" else []
    return rendered(site, *failed, body=request.param == "body")


# --- all pages ------------------------------------------------------------------------------------


def test_every_page_is_valid_html_with_landmarks(pages: dict[str, str]) -> None:
    for file, page in pages.items():
        root = parsed(page)
        assert page.startswith("<!DOCTYPE html>\n")
        assert (root.attrs["lang"], root.attrs["data-page"]) == ("en", file)
        assert "width=device-width" in attribute(find(root, "head meta[name=viewport]"), "content")
        assert text(find(root, "head title")).endswith("Kit")
        described = attribute(find(root, "head meta[name=description]"), "content")
        assert 0 < len(described) <= DESCRIBED + 1
        assert described == " ".join(described.split())
        assert text(find(root, "main h1"))
        find(root, "header.st-bar")
        assert find(root, "meta[http-equiv=Content-Security-Policy]").attrs["content"] == POLICY
        skip = root.query("body a")[0]
        assert attribute(skip, "href") == "#" + attribute(find(root, "main"), "id")
        ids = [attribute(element, "id") for element in root.query("[id]")]
        assert len(ids) == len(set(ids))


def test_links_are_relative_and_lead_to_files_that_exist(pages: dict[str, str]) -> None:
    frames = {file.replace("index.html", "frame.html") for file in pages}
    for file, page in pages.items():
        for link in links(parsed(page)):
            parts = urlsplit(link)
            assert (parts.scheme, parts.netloc, parts.path[:1] == "/") == ("", "", False), link
            assert link.isascii()
            assert resolved(link, file) in pages.keys() | assets().keys() | frames, (file, link)


def test_every_page_is_reachable_through_the_tree(pages: dict[str, str]) -> None:
    reached, ahead = {"index.html"}, ["index.html"]
    while ahead:
        file = ahead.pop()
        found = {resolved(link, file) for link in links(tree(parsed(pages[file])))} - reached
        reached |= found
        ahead += found
    assert reached == pages.keys()


def test_pages_have_no_inline_scripts_or_styles(pages: dict[str, str]) -> None:
    for page in pages.values():
        for element in parsed(page).query("*"):
            assert element.name != "style"
            names = element.attrs or {}
            assert element.name != "script" or names.get("src")
            assert not any(name == "style" or name.startswith("on") for name in names)


def test_every_class_has_the_workshops_prefix(
    pages: dict[str, str],
) -> None:
    for page in pages.values():
        for element in parsed(page).query("[class]"):
            assert all(name.startswith("st-") for name in attribute(element, "class").split())


def test_headings_descend_one_level_at_a_time(pages: dict[str, str]) -> None:
    for page in pages.values():
        root = parsed(page)
        levels = [int(heading.name[1]) for heading in root.query("main h1, main h2, main h3")]
        assert levels.index(1) == 0
        assert levels.count(1) == 1
        assert all(below - above <= 1 for above, below in pairwise(levels))


def test_pages_do_not_depend_on_the_order_of_rendering() -> None:
    site = kit()
    workshop = Workshop(site, {})
    backwards = [page_of(workshop, node) for node in reversed(list(walk(site)))]
    again = Workshop(kit(), {})
    assert backwards[::-1] == [page_of(again, node) for node in walk(kit())]


# --- what authors wrote ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Markup])
@pytest.mark.parametrize("failed", [False, True])
def test_titles_and_descriptions_are_escaped_everywhere(kind: type[str], failed: bool) -> None:
    nasty = kind(NASTY)
    story = Story(title=nasty, description=nasty)
    subject = Subject(title=nasty, description=nasty, items=[story, Story(title=nasty), Story()])
    site = seated(section=Section(title=nasty, description=nasty, items={"subject": subject}))
    site.title = nasty
    paths = [node.path for node in walk(site)] if failed else []
    for file, page in rendered(site, *paths).items():
        root = parsed(page)
        assert not root.query("i")
        assert text(find(root, "main h1")).startswith(NASTY)
        assert text(find(root, "header.st-bar a")) == NASTY
        assert text(find(root, "title")).startswith(NASTY)
        assert all(label.startswith(NASTY) for label in labels(tree(root)))
        assert resolved(next(links(tree(root))), file) == "section/index.html"


@pytest.mark.parametrize("title", ["\0", "a\x1b[31mred", "\ud800", "\ufffe", "", " \n ", "\x85"])
def test_pages_stay_valid_with_any_title(title: str) -> None:
    subject = Subject(title=title, description=title, items=[Story(title=title), Story()])
    site = seated(subject=subject)
    site.title = title
    for page in [*rendered(site).values(), *rendered(site, "subject").values()]:
        root = parsed(page)
        assert all(labels(root))
        assert text(find(root, "main h1"))


def test_pages_stay_valid_with_any_failure_text() -> None:
    broken = BuildFailure("subject\0", "\0 \ud800", "\x1b[0m\0", "\0\ud800.py", 3)
    site = seated(subject=Subject())
    workshop = Workshop(site, {"subject": broken, "go\0ne": broken})
    parsed(workshop.page(site))
    parsed(workshop.page(site.items["subject"]))
    parsed(error_page([broken], title="\0\ud800", base="/"))


def test_descriptions_keep_their_paragraphs() -> None:
    head = find(parsed(rendered(kit())["forms/button/index.html"]), "header.st-head")
    assert [text(paragraph) for paragraph in head.query("p")] == ["4 stories", "Starts an action."]
    assert text(find(head, ".st-text")) == "Starts an action. Once a view."


def test_list_shows_titles_counts_and_first_paragraphs() -> None:
    pages = rendered(kit())
    cards = parsed(pages["forms/index.html"]).query("ul.st-list > li")
    assert [text(card) for card in cards] == [
        "Guide & <more> Page",
        "Button Starts an action. 4 stories",
        "Advanced 1 subject, 1 story",
        "Empty",
    ]
    assert text(find(parsed(pages["index.html"]), "header.st-head p")) == "5 subjects, 6 stories"


def test_stories_with_equal_titles_show_their_names() -> None:
    pages = rendered(kit())
    root = parsed(pages["forms/button/index.html"])
    told_apart = ["Primary", "Grün", "Button story-2", "Button story-3"]
    assert labels(find(root, "ul.st-looks")) == told_apart
    in_tree = labels(find(root, "nav.st-tree > ul > li > ul > li > ul"))
    assert in_tree == ["Primary", "Grün 2 accessibility findings", *told_apart[2:]]
    story = parsed(pages["forms/button/story-2/index.html"])
    assert text(find(story, "main h1")) == "Button story-2"
    assert text(find(story, "title")) == "Button (story-2) · Button · Kit"


def test_non_ascii_names_are_encoded_only_in_links() -> None:
    root = parsed(rendered(kit())["über/日本/light/index.html"])
    assert root.attrs["data-page"] == "über/日本/light/index.html"
    assert "../../../%C3%BCber/%E6%97%A5%E6%9C%AC/light/index.html" in links(tree(root))
    assert find(root, "iframe").attrs["data-page"] == "über/日本/light/frame.html"


def test_document_title_names_node_parent_and_site() -> None:
    pages = rendered(kit())
    titles = {file: text(find(parsed(page), "title")) for file, page in pages.items()}
    assert titles["index.html"] == "Kit"
    assert titles["forms/index.html"] == "Forms · Kit"
    assert titles["forms/button/primary/index.html"] == "Primary · Button · Kit"
    assert titles["forms/advanced/date_picker/open/index.html"] == "Open · Date picker · Kit"


# --- navigation -----------------------------------------------------------------------------------


LONG = "Some words. " * 40


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("*Starts* an `action`.\n\n- a\n- b", "Starts an action. a b"),
        (f"{NASTY}\x1b", f"{NASTY}␛".replace("&amp;", "&")),
        ("Look:\n\n![Here](story:forms/button/primary)", "Look:"),
        (LONG, f"{LONG[:155].strip()}…"),
        ("x" * 500, f"{'x' * DESCRIBED}…"),
        ("", "Button · Kit"),
    ],
)
def test_head_describes_a_subject_as_plain_text(description: str, expected: str) -> None:
    site = seated(button=Subject(title="Button", description=description))
    assert head_description(rendered(site)["button/index.html"]) == expected


def test_head_describes_a_page_of_every_kind() -> None:
    pages = rendered(kit(), "forms/button/grün")
    found = {
        file.removesuffix("index.html"): head_description(page) for file, page in pages.items()
    }
    of_docstring = NASTY.replace("&amp;", "&") + " code"
    assert found == {
        "": "Kit: 6 stories of 5 subjects",
        "forms/": "Controls.",
        "forms/guide/": "Look:",
        "forms/button/": "Starts an action. Once a view.",
        "forms/button/primary/": "First.",
        "forms/button/grün/": "Button, Grün: Starts an action. Once a view.",
        "forms/button/story-2/": "Button, Button: Starts an action. Once a view.",
        "forms/button/story-3/": "Button, Button: Starts an action. Once a view.",
        "forms/advanced/": "Advanced · Forms · Kit",
        "forms/advanced/date_picker/": "Date picker · Advanced · Kit",
        "forms/advanced/date_picker/open/": f"Date picker, Open: {of_docstring}",
        "forms/empty/": "Empty · Forms · Kit",
        "über/": "Über · Kit",
        "über/日本/": "日本 · Über · Kit",
        "über/日本/light/": f"日本, Light: {of_docstring}",
        "tokens/": "Tokens · Kit",
    }


def test_head_describes_an_error_page_by_its_first_failure() -> None:
    assert head_description(error_page([failure("a")], title="None")) == MESSAGE
    assert head_description(error_page([], title="<b>")) == "<b>: this catalog has no such page."


def test_page_tree_shows_the_top_level_and_its_own_branch() -> None:
    pages = rendered(kit())
    assert labels(tree(parsed(pages["index.html"]))) == ["Forms", "Über", "Tokens"]
    assert labels(tree(parsed(pages["forms/advanced/date_picker/open/index.html"]))) == [
        *["Forms", "Guide & <more>", "Button", "Advanced", "Date picker", "Open", "Empty"],
        *["Über", "Tokens"],
    ]
    branches = tree(parsed(pages["forms/index.html"])).query("ul > li > ul")
    assert [labels(branch) for branch in branches] == [
        ["Guide & <more>", "Button", "Advanced", "Empty"]
    ]


def test_current_page_is_marked_once() -> None:
    for file, page in rendered(kit()).items():
        root = parsed(page)
        current = find(root, "a[aria-current=page]")
        assert resolved(attribute(current, "href"), file) == file
        assert len(tree(root).query("[aria-current]")) == (file != "index.html")


def test_addresses_with_a_common_prefix_are_not_confused() -> None:
    inner = Subject(items=[Story(title="A"), Story(title="A a")])
    site = seated(aa=Subject(items=[Story(title="A")]), a=Section(items={"a": inner}))
    for file, page in rendered(site).items():
        root = parsed(page)
        assert resolved(attribute(find(root, "a[aria-current=page]"), "href"), file) == file
        for branch in tree(root).query("li > ul"):
            assert branch.parent is not None
            above = resolved(next(links(branch.parent)), file).removesuffix("index.html")
            assert all(resolved(link, file).startswith(above) for link in links(branch))


def test_each_tree_entry_is_rendered_once_for_all_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries: list[str] = []
    original = Tree._new

    def counting(self: Tree, entry: Entry) -> str:
        entries.append(entry.path)
        return original(self, entry)

    monkeypatch.setattr(Tree, "_new", counting)
    site = seated(many=Subject(items=[Story(title=f"Story {i}") for i in range(50)]))
    rendered(site)
    assert sorted(entries) == sorted(node.path for node in walk(site) if node is not site)


def test_large_catalogs_list_only_the_nearest_siblings_of_a_page() -> None:
    site = seated(**{f"s{number:04}": Subject() for number in range(1000)})
    pages = rendered(site)
    for number, first, last in ((0, 0, 15), (500, 485, 515), (999, 984, 999)):
        shown = labels(tree(parsed(pages[f"s{number:04}/index.html"])))
        assert shown[:-1] == [f"S{each:04}" for each in range(first, last + 1)]
        assert shown[-1] == "All 1,000 in Kit"
    assert len(labels(tree(parsed(pages["index.html"])))) == 2 * NEAREST + 2
    assert len(parsed(pages["index.html"]).query("ul.st-list > li")) == 1000
    assert max(map(len, (page for file, page in pages.items() if file != "index.html"))) < 12_000


def test_tree_file_sums_failures_and_findings_per_branch() -> None:
    site = kit()
    extras = Extras({"forms/button/grün": 2}, {"forms": [("guide", "Guide", "")]})
    failed = {"forms/button/primary": failure("forms/button/primary")}
    whole = JustHTML(Workshop(site, failed, extras).tree(), strict=True, sanitize=False).root
    rows = {
        unquote(attribute(link, "href")).removesuffix("/index.html"): text(link)
        for link in whole.query("a")
    }
    assert rows.keys() == {node.path for node in walk(site)} - {""} | {"forms/guide"}
    assert rows["forms"] == "Forms 1 failed"
    assert rows["forms/button"] == "Button 1 failed 2 accessibility findings"
    assert rows["forms/button/story-2"] == "Button story-2"
    forms = whole.query("li")[0]
    assert labels(forms)[:3] == [
        "Forms 1 failed",
        "Guide",
        "Button 1 failed 2 accessibility findings",
    ]
    closed = whole.query("button[aria-expanded=false]")
    assert len(closed) == len(whole.query("ul[hidden]")) == 6
    assert TREE == "tree.html"


def test_breadcrumbs_lead_from_the_site_to_the_page() -> None:
    pages = rendered(kit())
    assert not parsed(pages["index.html"]).query("nav.st-crumbs")
    file = "forms/advanced/date_picker/open/index.html"
    crumbs = find(parsed(pages[file]), "nav.st-crumbs")
    assert [text(crumb) for crumb in crumbs.query("li")] == [
        *["Kit", "Forms", "Advanced", "Date picker", "Open"]
    ]
    assert [resolved(link, file) for link in links(crumbs)] == [
        "index.html",
        "forms/index.html",
        "forms/advanced/index.html",
        "forms/advanced/date_picker/index.html",
    ]


def test_breadcrumbs_of_siblings_end_with_their_own_titles() -> None:
    pages = rendered(kit())
    for name, title in (("button", "Button"), ("advanced", "Advanced"), ("empty", "Empty")):
        root = parsed(pages[f"forms/{name}/index.html"])
        assert text(find(root, "nav.st-crumbs [aria-current=page]")) == title


def test_stories_link_to_the_previous_and_next_ones() -> None:
    pages = rendered(kit())

    def around(file: str) -> dict[str, str]:
        found = parsed(pages[file]).query("nav.st-neighbours a")
        return {attribute(a, "rel"): resolved(attribute(a, "href"), file) for a in found}

    first, second, third, last = (
        f"forms/button/{name}/index.html" for name in ("primary", "grün", "story-2", "story-3")
    )
    assert around(first) == {"next": second}
    assert around(third) == {"prev": second, "next": last}
    assert around(last) == {"prev": third}
    alone = parsed(pages["forms/advanced/date_picker/open/index.html"])
    assert not alone.query("nav.st-neighbours")


# --- stories --------------------------------------------------------------------------------------


def test_story_frame_shows_the_storys_own_document() -> None:
    frame = find(parsed(rendered(kit())["forms/button/primary/index.html"]), "main iframe")
    assert (frame.attrs["src"], frame.attrs["title"]) == ("frame.html", "Primary")
    assert frame.attrs["data-page"] == "forms/button/primary/frame.html"


def test_frames_are_sandboxed_from_the_workshop() -> None:
    for page in rendered(kit()).values():
        for each in parsed(page).query("iframe"):
            sandbox = attribute(each, "sandbox").split()
            assert "allow-scripts" in sandbox
            assert "allow-popups-to-escape-sandbox" in sandbox
            assert not {"allow-same-origin", "allow-top-navigation"} & set(sandbox)


def test_subject_page_has_a_lazy_frame_for_each_story() -> None:
    root = parsed(rendered(kit())["forms/button/index.html"])
    frames = root.query("ul.st-looks iframe")
    assert [attribute(frame, "loading") for frame in frames] == ["lazy"] * 4
    assert attribute(frames[1], "src") == "../../forms/button/gr%C3%BCn/frame.html"
    assert attribute(frames[1], "data-page") == "forms/button/grün/frame.html"


def test_body_story_page_contains_only_the_frame() -> None:
    site = kit()
    story = node_at(site, "forms/button/primary")
    assert isinstance(story, Story)
    root = parsed(Workshop(site, {}).story_page(story, DETAILS, body=True))
    assert [element.name for element in find(root, "main").query("*")] == ["div", "h1", "iframe"]
    assert find(root, "main h1").attrs["class"] == "st-hidden"
    assert "Primary" in labels(tree(root))
    assert root.query("nav.st-crumbs")


@pytest.mark.parametrize(
    ("document", "before"),
    [
        (
            '<!doctype html><html><HEAD lang="x"><title>a</title>',
            '<!doctype html><html><HEAD lang="x">',
        ),
        ("<!DOCTYPE html>\n<html lang=en><body><header>a", "<!DOCTYPE html>\n<html lang=en>"),
        ("<!DOCTYPE html><p>a", "<!DOCTYPE html>"),
        ("<p>a", ""),
        (
            "<!doctype html><!-- our <head> --><html>\n<!-- of the site --><head><title>a",
            "<!doctype html><!-- our <head> --><html>\n<!-- of the site --><head>",
        ),
        (
            "<!doctype html><!--[if IE]><html class=ie><head><![endif]--><!--[if !IE]><!--><html>"
            "<!--<![endif]--><HEAD profile='a>b'><title>a",
            "<!doctype html><!--[if IE]><html class=ie><head><![endif]--><!--[if !IE]><!--><html>"
            "<!--<![endif]--><HEAD profile='a>b'>",
        ),
        ("<!-- (c) -->\n<!doctype html>\n<title>a", "<!-- (c) -->\n<!doctype html>"),
        ("\ufeff<!doctype html><p>a", "\ufeff<!doctype html>"),
        ("<!doctype html><p>a <head> b", "<!doctype html>"),
        ("<title><head></title>", ""),
        (
            '\n<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>a',
            '\n<!DOCTYPE html>\n<html lang="en">\n<head>',
        ),
        ("<!doctype html><html><header>a", "<!doctype html><html>"),
        ("<!doctype html>\v<html><head>", "<!doctype html>"),
    ],
)
def test_one_script_is_added_at_the_start_of_a_storys_head(document: str, before: str) -> None:
    script = '<script src="../../frame.js"></script>'
    assert story_document("a/b", document) == before + script + document.removeprefix(before)


def test_a_head_is_found_wherever_it_begins() -> None:
    script = '<script src="../frame.js"></script>'
    for length in range(BEGINNING - 80, BEGINNING + 5):
        before = f"<!doctype html><!--{'x' * length}--><html lang='a>b'>\n<head>"
        assert story_document("a", f"{before}<title>a") == f"{before}{script}<title>a"


def test_plain_document_contains_its_content_unchanged() -> None:
    content = '<section style="color: red">a &amp; <b>b</b>\n\n</section>'
    page = plain_document("</title><i>", content)
    assert content in page
    assert text(find(parsed(page), "title")) == "</title><i>"


# --- panels ---------------------------------------------------------------------------------------


def test_panels_show_and_escape_all_details() -> None:
    root = parsed(rendered(kit())["forms/button/primary/index.html"])
    assert not root.query("i")
    rows = find(root, "#st-props tbody").query("tr")
    assert [text(row) for row in rows] == [
        f"label required, keyword only {NASTY} '{NASTY}' str",
        "size int 3",
    ]
    props, source, markup, checks = (
        find(root, f"#st-{name}") for name in ("props", "source", "html", "checks")
    )
    assert "kit.button.Button" in text(props)
    assert [text(code) for code in source.query("code")] == [
        *[f"Story({NASTY!r})", "def Button(): ..."]
    ]
    place = source.query(".st-place")[0]
    assert text(place) == "kit/<b>/stories.py:7"
    assert place.attrs == {"class": "st-place", "data-file": "kit/<b>/stories.py", "data-line": "7"}
    assert find(markup, "code").to_text(separator="") == "<p>\n  &amp;␛\n</p>"
    assert text(find(checks, "li")) == f"critical no alt {NASTY} image-alt, WCAG 1.1.1 <img>"
    assert text(find(root, ".st-warnings li")) == f"static/{NASTY} is not there"


def story_panels(details: Details) -> Element:
    site = kit()
    story = node_at(site, "forms/button/primary")
    assert isinstance(story, Story)
    workshop = Workshop(site, {}, highlight=PythonHighlighter())
    return parsed(workshop.story_page(story, details))


@pytest.mark.parametrize(
    "text", ["def f():\n\n\treturn t'<b>{x}</b>'  # ü", "\n x\n", "a\f\n<p>\x00", "<p\n a='b'>"]
)
def test_code_of_panels_has_the_text_that_it_was_given(text: str) -> None:
    excerpt = SourceExcerpt("kit/stories.py", 1, 1, text)
    root = story_panels(Details(source=excerpt, component=excerpt, markup=text))
    codes = root.query(".st-panel pre code")
    assert [code.to_text(separator="", strip=False) for code in codes] == [visible(text)] * 3
    assert any(code.query("b, i, u, var, samp") for code in codes) == ("<" in text)


def test_docstring_is_rendered_as_markdown_below_the_panels_heading() -> None:
    properties = Properties("A", "kit", "Says `label`.\n\n# When\n\nArgs:\n    a: b\n", ())
    panel = find(story_panels(Details(properties=properties)), "#st-props")
    assert text(find(panel, ".st-doc code")) == "label"
    assert text(find(panel, ".st-doc h3")) == "When"
    assert find(panel, ".st-doc pre").to_text(separator="") == "Args:\n    a: b"


def test_long_values_are_folded() -> None:
    values = ["'x'", f"{'word ' * 20}", f"[{', '.join(map(str, range(200)))}]"]
    own = tuple(Property(f"p{number}", value, True) for number, value in enumerate(values))
    panel = find(story_panels(Details(properties=Properties("A", "kit", "", own))), "#st-props")
    cells = [find(row, "td:nth-child(2)") for row in panel.query("tbody tr")]
    assert [bool(cell.query("details:not([open])")) for cell in cells] == [False, False, True]
    assert [text(cell.query("code")[-1]) for cell in cells] == [each.strip() for each in values]
    assert text(find(cells[2], "summary")).endswith(" 11, 12, 13,… 890 characters")


def test_panels_without_data_say_so() -> None:
    site = kit()
    story = node_at(site, "forms/button/primary")
    assert isinstance(story, Story)
    root = parsed(Workshop(site, {}).story_page(story, Details()))
    assert [text(panel) for panel in root.query("section.st-panel .st-empty")] == [
        "No component, so no props.",
        "Its source could not be found.",
        "It rendered nothing.",
        "The static rules find nothing.",
    ]


# --- pages in Markdown ----------------------------------------------------------------------------


def test_markdown_page_shows_stories_and_warns_of_missing_ones() -> None:
    site = kit()
    extras = Extras({}, {"forms": [("guide", "Guide", GUIDE)]})
    workshop = Workshop(site, {}, extras)
    (document,) = workshop.documents
    page, warnings = workshop.document_page(document), workshop.warnings[document.path]
    frame = find(parsed(page), "main iframe")
    assert frame.attrs["data-page"] == "forms/button/primary/frame.html"
    assert frame.attrs["src"] == "../../forms/button/primary/frame.html"
    assert len(warnings) == 1
    assert "gone" in warnings[0]


def test_markdown_page_with_the_name_of_a_node_gets_another() -> None:
    texts = [("button", "Both", ""), ("button", "Third", ""), ("button-2", "Own", "")]
    site = kit()
    workshop = Workshop(site, {}, Extras({}, {"forms": texts}))
    names = {document.title: document.name for document in workshop.documents}
    assert names == {"Both": "button-3", "Third": "button-4", "Own": "button-2"}
    section = parsed(workshop.page(node_at(site, "forms")))  # type: ignore[arg-type]
    assert labels(find(section, "ul.st-list"))[:4] == [*names, "Button"]


STATIC = StaticFiles({"static/a.png": Path(), "forms/static/b c.png": Path()}, {})
DEAD = "leads nowhere"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("other.md", "../other/index.html"),
        ("./other.md?a#b", "../other/index.html?a#b"),
        ("../start.md", "../../start/index.html"),
        ("../forms/button.md", "../button-2/index.html"),
        ("q%26a.md", "../q%26a/index.html"),
        ("button/primary/", "../button/primary/index.html"),
        ("button/gr%C3%BCn/index.html#x", "../button/gr%C3%BCn/index.html#x"),
        ("../", "../"),
        ("../../tokens/", "../../tokens/"),
        ("../button/primary/frame.html", "../button/primary/frame.html"),
        (".", "."),
        ("static/b%20c.png", "../static/b%20c.png"),
        ("./static/a.png#x", "../../static/a.png#x"),
        ("../static/a.png", "../../static/a.png"),
        ("x/../static/b%20c.png", "../static/b%20c.png"),
        ("../../static/a.png", "../../static/a.png"),
        ("#below", "#below"),
        ("?a", "?a"),
        ("/other/", "/other/"),
        ("//other.example", "//other.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("story:forms/button/gr%C3%BCn", "../button/gr%C3%BCn/index.html"),
        ("gone.md", f"gone.md {DEAD}"),
        ("../other.md", f"../other.md {DEAD}"),
        ("../../../start.md", f"../../../start.md {DEAD}"),
        ("picture.png", f"picture.png {DEAD}"),
        ("x/../static/gone.png", f"x/../static/gone.png {DEAD}"),
        ("stories.py", f"stories.py {DEAD}"),
        ("static/gone.png", "static/gone.png is in no static folder of forms or above"),
    ],
)
def test_links_and_pictures_of_a_markdown_page_lead_somewhere(address: str, expected: str) -> None:
    picture = "" if ":" in address else f"![b](<{address}>)"
    guide = f"[a](<{address}>) {picture}"
    names = [("guide", "Guide", guide), *((name, name, "") for name in ("other", "button", "q&a"))]
    extras = Extras({}, {"forms": names, "": [("start", "Start", "")]})
    workshop = Workshop(kit(), {}, extras, lambda: STATIC)
    [document] = (each for each in workshop.documents if each.path == "forms/guide")
    page, warnings = workshop.document_page(document), workshop.warnings.get(document.path, [])
    main = find(parsed(page), "main")
    link = find(main, ".st-text a")
    assert not warnings or all(each.startswith(expected) for each in warnings)
    assert [text(each) for each in main.query(".st-warnings li")] == [*warnings]
    assert link.attrs["href"] == (address if warnings else expected)
    assert bool(warnings) == (" " in expected)


@pytest.mark.parametrize("path", ["forms", "forms/button", "forms/button/primary"])
def test_links_and_pictures_of_descriptions_lead_somewhere(path: str) -> None:
    site = kit()
    node = node_at(site, path)
    assert not isinstance(node, Site)
    node.description = "![](static/b%20c.png) [](guide.md) [](gone.md)"
    extras = Extras({}, {path: [("guide", "Guide", "")] for path in ("forms", "forms/button")})
    workshop = Workshop(site, {}, extras, lambda: STATIC)
    described = find(parsed(page_of(workshop, node)), "header.st-head")
    folder = path.removesuffix("/primary")
    link = described.query(".st-text a")[0]
    found = attribute(find(described, "img"), "src"), attribute(link, "href")
    assert [posixpath.normpath(posixpath.join(path, address)) for address in found] == [
        "forms/static/b%20c.png",
        f"{folder}/guide/index.html",
    ]
    [warning] = workshop.warnings[path]
    assert text(find(described, ".st-warnings li")) == warning
    assert warning.startswith("gone.md leads nowhere")


def test_bytes_that_are_not_utf_8_are_told_on_a_markdown_page() -> None:
    for broken in ("Caf\ufffd", ""), ("Guide", "Caf\ufffd"):
        workshop = Workshop(kit(), {}, Extras({}, {"": [("guide", *broken)]}))
        [document] = workshop.documents
        page, [warning] = workshop.document_page(document), workshop.warnings[document.path]
        assert warning in page
        assert "not UTF-8" in warning


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [False, True])
def test_failed_story_page_shows_the_error_instead_of_the_frame(body: bool) -> None:
    site = kit()
    story = node_at(site, "forms/button/primary")
    assert isinstance(story, Story)
    page = Workshop(site, {story.path: failure(story.path)}).story_page(story, DETAILS, body=body)
    error = find(parsed(page), "main section.st-failure")
    assert text(find(error, "p.st-message")) == MESSAGE
    assert text(find(error, "p.st-where")) == "/kit/<b>.py:7"
    assert find(error, "pre").to_text(separator="") == TRACEBACK
    assert "<iframe" not in page
    assert not find(parsed(page), "#st-source").query(".st-empty")


def test_failures_are_marked_in_the_tree_by_a_word() -> None:
    pages = rendered(kit(), "forms/button/primary", "forms/empty")
    found = labels(tree(parsed(pages["forms/button/index.html"])))
    assert [label for label in found if "failed" in label] == ["Primary failed", "Empty failed"]


def test_failed_section_shows_its_error_and_its_children() -> None:
    root = parsed(rendered(kit(), "forms")["forms/index.html"])
    assert text(find(root, "section.st-failure h2")) == "This section could not be built"
    assert labels(find(root, "ul.st-list")) == [*["Guide & <more>", "Button", "Advanced", "Empty"]]


def test_failed_subject_does_not_claim_to_have_no_stories() -> None:
    page = rendered(kit(), "tokens")["tokens/index.html"]
    assert "This subject could not be built" in page
    assert "No stories" not in page


def test_lists_count_the_failures_below() -> None:
    pages = rendered(kit(), "forms/button/primary", "forms/button/grün", "forms/button")
    site, section = (parsed(pages[file]) for file in ("index.html", "forms/index.html"))
    assert text(site.query("ul.st-list li")[0]).startswith("Forms 3 failed Controls.")
    assert text(section.query("ul.st-list li")[1]).startswith("Button failed Starts")


def home(*failures: BuildFailure) -> Element:
    site = kit()
    return parsed(Workshop(site, {each.path: each for each in failures}).page(site))


def test_site_page_lists_all_failures_with_links() -> None:
    gone = replace(failure("gone/away"), line=8)
    root = home(failure("forms/button/grün"), gone, failure(""))
    below, own = root.query("section.st-failure")
    assert text(find(own, "h2")) == "This site could not be built"
    assert text(find(below, "h2")) == "2 parts of this catalog could not be built"
    assert labels(below) == ["forms/button/grün"]
    assert all(text(entry).endswith(f": {MESSAGE}") for entry in below.query("li"))
    assert "gone/away" in text(below)
    assert list(links(below)) == ["forms/button/gr%C3%BCn/index.html"]
    assert not below.query("details")


def test_site_page_lists_failures_of_one_cause_once_with_their_places() -> None:
    alone = replace(failure("forms"), line=8)
    root = home(failure("forms/button/grün"), alone, failure("gone/away"), failure("tokens"))
    (below,) = root.query("section.st-failure")
    assert text(find(below, "h2")) == "4 parts of this catalog could not be built"
    one, many = (entry for entry in below.query("li") if MESSAGE in text(entry))
    assert text(one) == f"forms : {MESSAGE}"
    assert text(many).startswith(f"{MESSAGE} 3 places")
    assert text(find(many, "summary")) == "3 places"
    assert "open" not in find(many, "details").attrs
    places = ["forms/button/grün", "gone/away", "tokens"]
    assert [text(place) for place in many.query("li")] == places
    assert list(links(many)) == ["forms/button/gr%C3%BCn/index.html", "tokens/index.html"]


def test_failure_changes_only_the_pages_that_show_it() -> None:
    good, bad = rendered(kit()), rendered(kit(), "forms/button/primary")
    assert {file for file in good if good[file] != bad[file]} == {
        "index.html",
        "forms/index.html",
        "forms/button/index.html",
        "forms/guide/index.html",
        *(f"forms/button/{name}/index.html" for name in ("primary", "grün", "story-2", "story-3")),
    }


def test_error_page_shows_failures_and_reloads_at_any_change() -> None:
    failures = [failure("forms"), replace(failure(""), message="ValueError: other")]
    root = parsed(error_page(failures, title=NASTY, base="/kit/"))
    assert root.attrs["data-page"] == "*"
    assert text(find(root, "h1")) == text(find(root, "title")) == NASTY
    assert [text(heading) for heading in root.query("h2")] == ["forms", "The site"]
    assert [text(place) for place in root.query(".st-where")] == ["/kit/<b>.py:7"] * 2
    assert list(links(root)) == ["/kit/storytime.css", "/kit/start.js", "/kit/index.html"]


PLACES = ["forms", "forms/button/grün", "forms/button/primary", ""]


def cards(node: str, *failures: BuildFailure) -> list[Element]:
    page = error_page([*map(failure, PLACES), *failures], title="Failed", base="/", node=node)
    found = parsed(page).query("section.st-failure")
    return [each for each in found if isinstance(each, Element)]


def test_error_page_shows_one_cause_once_with_links_to_its_places() -> None:
    one, other = cards("", replace(failure("tokens"), line=8))
    assert [text(find(each, "h2")) for each in (one, other)] == [
        "4 parts could not be built",
        "tokens",
    ]
    assert text(find(one, "details > summary")) == "4 places"
    assert labels(one) == [*PLACES[:-1], "The site"]
    assert list(links(one)) == [
        "/forms/index.html",
        "/forms/button/gr%C3%BCn/index.html",
        "/forms/button/primary/index.html",
        "/index.html",
    ]
    assert not other.query("details")


def test_error_page_of_a_node_begins_with_its_own_place_and_traceback() -> None:
    own = replace(failure("forms/button/story-3"), traceback="Its own")
    elsewhere = replace(failure("forms/guide"), line=8)
    (card,) = cards("forms/button/story-3", elsewhere, own)
    assert labels(card) == [own.path, "forms", "The site", *PLACES[1:3]]
    (card,) = cards("tokens", elsewhere, replace(own, path="tokens"))
    assert labels(card)[:2] == ["tokens", "The site"]
    assert text(find(card, "pre")) == "Its own"


def test_page_of_a_workshop_that_is_not_running_shows_the_line_to_add() -> None:
    root = parsed(not_running_page("/kit/"))
    assert "lifespan=storytime.lifespan(workshop)" in text(find(root, "pre"))
    find(root, 'link[href="/kit/storytime.css"]')


def test_error_page_without_failures_links_home() -> None:
    root = parsed(error_page([], title="No page here"))
    assert not root.query("pre")
    assert "As soon as a build puts a page here" in text(find(root, "main"))
    assert "./index.html" in links(root)
    assert not root.query("[aria-current]")


def test_failure_without_place_and_traceback_shows_only_its_message() -> None:
    root = parsed(error_page([BuildFailure("a", "no such thing")], title="Failed"))
    assert [text(part) for part in find(root, "section").query("*")] == ["a", "no such thing"]


# --- lone cases -----------------------------------------------------------------------------------


def test_empty_catalog_says_so() -> None:
    root = parsed(rendered(Site())["index.html"])
    assert text(find(root, "h1")) == "Untitled"
    assert "No sections or subjects here yet." in text(find(root, "main"))
    assert not tree(root).query("*")


def test_subject_without_stories_says_so() -> None:
    root = parsed(rendered(kit())["forms/empty/index.html"])
    assert text(find(root, "main")) == "Empty No stories here yet."


def test_assets_are_small_and_ask_no_other_host() -> None:
    """Only start.js and the stylesheet hold up a page's paint; the rest are its modules."""
    sizes = {name: len(data) for name, data in assets().items()}
    assert sizes.pop("storytime.css") <= 30_000
    assert sizes.pop("start.js") <= 1_350
    assert sizes.pop("frame.js") <= 8_000
    assert sum(sizes.values()) <= 25_000
    for name, data in assets().items():
        assert not re.search(rb"https?://|url\(|@import", data), name


def test_icon_of_the_pages_is_a_valid_url() -> None:
    icon = attribute(find(parsed(rendered(kit())["index.html"]), "link[rel=icon]"), "href")
    assert re.fullmatch(r"data:image/svg\+xml,(?:[\w!$&'()*+,;=:@/?~.-]|%[0-9A-F]{2})+", icon)


def test_start_preloads_every_module_that_the_page_imports() -> None:
    names = re.search(r'const names = "(.*)";', assets()["start.js"].decode())
    assert names is not None
    preloaded = {f"{name}.js" for name in names[1].split()}
    imported, ahead = set[str](), ["storytime.js"]
    while ahead:
        name = ahead.pop()
        imported.add(name)
        found = re.findall(r'^(?:import|\}) .*"\./(.*)";$', assets()[name].decode(), re.MULTILINE)
        ahead += set(found) - imported
    assert preloaded == imported == assets().keys() - {"start.js", "storytime.css"}
