"""What a story's frame shows is what its author saved, and all of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ..serving_support import wait_until
from .conftest import Watched
from .kit import Kit, frame, open_story, story, until
from .test_living import BROKEN, assert_not_loaded_anew, trace
from .test_seeing import seen, until_seen

ONLY = "other/only"
LAYOUT = """
def layout(story_title, children):
    return f'''<!-- our <head> --><!DOCTYPE html>
<html lang="en"><title>{story_title}</title><link rel="stylesheet" href="static/my%20(app).css?v=1">
<link rel="stylesheet" href="static/dark.css" media="(prefers-color-scheme: dark)">
<main>{children}</main>'''
"""
SHEETS = {
    "static/my (app).css": "@import 'tokens.css?v=2'; @media (prefers-color-scheme: dark)"
    " { p { color: rgb(9, 9, 9) } } ",
    "static/tokens.css": "@import url(deep.css); i { color: rgb(1, 1, 1) }",
    "static/deep.css": "p { padding-left: 1px; background: url(dot.svg) }",
    "static/dark.css": "p { margin-left: 5px }",
    "static/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"/>',
}


def show(page: Page, kit: Kit, content: str, **files: str) -> None:
    """Open the story `other/only` with this content."""
    kit.write(files)
    kit.edit("other/stories.py", "'<p>Other</p>'", repr(content))
    kit.server.until_served("/other/only/frame.html", content.replace("static/", "")[-12:])
    open_story(page, kit.url(ONLY))


def show_styled(page: Page, kit: Kit) -> None:
    """Open the story with a layout whose stylesheets import others."""
    kit.write(SHEETS)
    text = (kit.folder / "stories.py").read_text()
    kit.edit("stories.py", text[text.index("def layout") :].partition("def node")[0], LAYOUT[1:])
    kit.server.until_served("/other/only/frame.html", "our <head>")
    open_story(page, kit.url(ONLY))


def style(of: str, name: str) -> str:
    return f"getComputedStyle(document.querySelector('{of}')).{name}"


def test_what_stylesheets_import_and_show_is_shown_anew(page: Page, kit: Kit) -> None:
    show_styled(page, kit)
    expect(story(page).locator("p")).to_have_css("padding-left", "1px")
    assert seen(page, "document.compatMode") == "CSS1Compat"
    deep = SHEETS["static/deep.css"]
    kit.edit("static/deep.css", deep, deep.replace("1px", "2px"))
    expect(story(page).locator("p")).to_have_css("padding-left", "2px")
    with page.expect_response("**/dot.svg"):
        kit.edit("static/dot.svg", '"3"', '"4"')
    # Both the document and a stylesheet that it links to.
    kit.edit("static/my (app).css", "@import", "@import 'tokens.css'; p { top: 3px } @import")
    kit.edit("other/stories.py", "Other</p>", "Another</p>")
    expect(story(page).locator("p")).to_have_text("Another")
    expect(story(page).locator("p")).to_have_css("top", "3px")


def test_unrelated_static_file_loads_no_frame_anew(page: Page, kit: Kit) -> None:
    show_styled(page, kit)
    trace(page)
    kit.write({"static/other.css": "p { top: 0 }"})
    kit.server.until_served("/static/other.css", "top")
    kit.edit("other/stories.py", "Other</p>", "Another</p>")
    expect(story(page).locator("p")).to_have_text("Another")
    assert_not_loaded_anew(page)


def test_scheme_reaches_linked_stylesheets_and_match_media(page: Page, kit: Kit) -> None:
    show_styled(page, kit)
    expect(story(page).locator("p")).to_have_css("padding-left", "1px")
    dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    for scheme, colour, margin in (
        ("Dark", "rgb(9, 9, 9)", "5px"),
        ("Light", "rgb(0, 0, 0)", "0px"),
        ("Dark", "rgb(9, 9, 9)", "5px"),
    ):
        page.get_by_label("Scheme").select_option(scheme)
        expect(story(page).locator("p")).to_have_css("margin-left", margin)
        expect(story(page).locator("p")).to_have_css("color", colour)
        assert seen(page, dark) is (scheme == "Dark")
    kit.edit("static/my (app).css", "rgb(9, 9, 9)", "rgb(8, 8, 8)")
    expect(story(page).locator("p")).to_have_css("color", "rgb(8, 8, 8)")


def test_declarative_shadow_root_shows_what_was_saved(page: Page, kit: Kit) -> None:
    show(page, kit, '<div><template shadowrootmode="open"><p>Old</p></template></div>')
    expect(story(page).locator("p")).to_have_text("Old")
    kit.edit("other/stories.py", "Old", "New")
    expect(story(page).locator("p")).to_have_text("New")
    kit.edit("other/stories.py", '<template shadowrootmode="open"><p>New</p></template>', "None")
    expect(story(page).locator("div")).to_have_text("None")


def test_video_loads_the_source_that_was_saved(watched: Callable[..., Watched], kit: Kit) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    show(page, kit, '<video><source src="static/a.webm"></video>', **{"static/a.webm": "none"})
    kit.write({"static/b.webm": "none"})
    trace(page)
    with page.expect_request("**/b.webm"):
        kit.edit("other/stories.py", "a.webm", "b.webm")
    assert_not_loaded_anew(page)


def test_what_is_for_browsers_without_scripts_stays_so(page: Page, kit: Kit) -> None:
    hidden = "<noscript><style>p { color: red }</style></noscript><p>Old</p>"
    show(page, kit, hidden)
    kit.edit("other/stories.py", "Old", "New")
    expect(story(page).locator("p")).to_have_text("New")
    assert seen(page, style("p", "color")) == "rgb(1, 2, 3)"


def test_story_from_which_a_form_led_away_is_back_after_a_save(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    leaving = '<form action="/search"><button>Go</button></form><a href="#a">Stay</a><p>Old</p>'
    show(page, kit, leaving)
    story(page).locator("a").click()
    trace(page)
    kit.edit("other/stories.py", "Old", "New")
    expect(story(page).locator("p")).to_have_text("New")
    assert_not_loaded_anew(page)
    story(page).locator("button").click()
    expect(story(page).locator("h1")).to_have_text("Not in the catalog")
    until(page, "!('ready' in document.querySelector('.st-frame').dataset)")
    kit.edit("other/stories.py", "New", "Newer")
    expect(story(page).locator("p")).to_have_text("Newer")
    assert all(error.startswith("Failed to load resource") for error in looked_at.errors)
    looked_at.errors.clear()


@pytest.mark.parametrize("target", ["_blank", "_top", "_parent"])
def test_link_out_of_the_frame_opens_a_site_that_works(page: Page, kit: Kit, target: str) -> None:
    show(page, kit, f'<a target="{target}" href="../../form/index.html">Form</a><p>Way</p>')
    with page.context.expect_page() as opened:
        story(page).locator("a").click()
    expect(opened.value.locator("#st-tree .st-toggle").first).to_be_visible()
    assert opened.value.evaluate("[origin === location.origin, opener]") == [True, None]
    assert page.url == kit.url(ONLY)


def test_story_keeps_no_hold_of_what_it_opens_of_the_workshop(page: Page, kit: Kit) -> None:
    pages = ("../../form/index.html", "frame.html")
    buttons = [
        f"<button onclick=\"held = window.open('{each}')\">{each}</button>" for each in pages
    ]
    show(page, kit, "".join(buttons))
    with page.context.expect_page() as opened:
        story(page).locator("button").first.click()
    expect(opened.value.locator("#st-tree .st-toggle").first).to_be_visible()
    wait_until(lambda: seen(page, "held.closed"), "the story's handle is closed")
    with page.context.expect_page() as opened:
        story(page).locator("button").last.click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("origin") == "null"


def test_part_of_an_svg_file_is_shown_with_its_own_styles(page: Page, kit: Kit) -> None:
    icons = (
        "<svg><style>.a { fill: rgb(1, 2, 3) }</style><symbol id='box'><path class='a'/></symbol>"
    )
    kit.write({"static/icons.svg": f"{icons}</svg>"})
    show(page, kit, '<svg><path class="a"/><use href="static/icons.svg#box"/></svg><p>Icon</p>')
    assert seen(page, style("use", "fill")) == seen(page, style("svg > .a", "fill"))
    assert seen(page, style("symbol > .a", "fill")) == "rgb(1, 2, 3)"
    assert seen(page, "document.querySelector('use').getBBox().width") == 0
    kit.edit("static/icons.svg", "<path class='a'/>", "<rect class='a' width='9' height='9'/>")
    until_seen(page, "document.querySelector('use').getBBox().width", 9)


FIXED = {
    "modal": '<div style="position: fixed; inset: 0"><div id="x" style="height: 340px">',
    "toast": '<div id="x" style="position: fixed; bottom: 9px; height: 80px">Saved',
    "centred": '<div id="x" style="position: fixed; top: 50%; height: 200px;'
    ' transform: translateY(-50%)">Saved',
    "popover": '<div id="x" popover="manual" style="height: 300px"></div>'
    "<script>x.showPopover()</script>",
    "shadow": '<div id="x" style="height: 340px"><template shadowrootmode="open">'
    '<div style="position: fixed; top: 0"><slot></slot></div></template></div>',
    "dialog": '<dialog id="x" style="height: 250px"></dialog><script>x.showModal()</script>',
}


@pytest.mark.parametrize("content", FIXED.values(), ids=FIXED)
def test_what_is_fixed_to_the_window_is_shown_whole(page: Page, kit: Kit, content: str) -> None:
    box = "document.querySelector('#x').getBoundingClientRect()"
    show(page, kit, f"<p>Story</p>{content}")
    until_seen(
        page, f"{box}.top >= 0 && {box}.bottom <= innerHeight + 1 && {box}.height > 70", True
    )
    page.goto(kit.url("other"))
    inner = page.frame_locator(".st-view iframe").locator("html")
    whole = f"() => {box}.top >= 0 && {box}.bottom <= innerHeight + 1"
    wait_until(lambda: inner.evaluate(whole), "the box is shown whole")


def test_dialog_that_opens_later_is_shown_whole(page: Page, kit: Kit) -> None:
    button = '<button onclick="x.hidden = !x.hidden">Open</button>'
    box = '<p id="x" hidden style="position: fixed; top: 0; height: 330px">Saved'
    show(page, kit, button + box)
    assert frame(page).evaluate("frame => frame.clientHeight") < 200
    story(page).locator("button").evaluate("button => setTimeout(() => button.click())")
    until(page, "document.querySelector('.st-canvas iframe').clientHeight >= 330")


def test_card_of_a_failure_is_shown_whole_over_a_low_frame(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("form/first"))
    kit.edit("form/form.py", (kit.folder / "form/form.py").read_text(), BROKEN)
    card = page.get_by_role("alert").locator(".st-failure")
    expect(card).to_contain_text("ValueError")
    page.evaluate("document.querySelector('.st-canvas iframe').style.height = '128px'")
    heights = page.evaluate("""() => {
        const stage = document.querySelector(".st-stage");
        const card = document.querySelector(".st-overlay .st-failure").getBoundingClientRect();
        const { top, bottom } = stage.getBoundingClientRect();
        return [stage.scrollHeight - stage.clientHeight, card.top >= top && card.bottom <= bottom];
    }""")
    assert heights == [0, True]
