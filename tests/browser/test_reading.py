"""Content: panels, descriptions, Markdown pages, findings, static files."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect

from ..serving_support import Server, serving
from ..support import gives
from .conftest import RING, Watched
from .kit import FILES, Kit, open_story, story, url

PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"></svg>'
FAULTY = gives(
    "Subject(title='Other', target=other, items=[Story(title='Only')])",
    'def other(): return \'<img src="static/dot.svg"><img alt="" src="static/gone.svg">\'',
)
FETCHED = (
    '<style>@font-face { font-family: "Letters"; src: url("static/letters.woff2") }'
    ' p { font-family: "Letters" }</style>'
    '<p>Other</p><script type="module" src="static/said.js"></script>'
)
GUIDE = """# How to fill in

See *this*:

![The first](story:form/first)

<script>document.title = "scripted"</script>
"""


def test_props_panel_shows_names_values_types_and_defaults(
    watched: Callable[..., Watched], complete: Server
) -> None:
    page = watched(java_script_enabled=False).context.new_page()
    page.goto(url(complete, "actions/button/primary"))
    panel = page.get_by_role("region", name="Props")
    expect(panel).to_contain_text("examples.complete.actions.button.button.Button")
    expect(panel).to_contain_text("A button that says label; any")
    row = panel.get_by_role("row", name="variant")
    expect(row.get_by_role("cell")).to_have_text(["'primary'", "Variant", "'secondary'"])


def test_source_has_a_copy_button_and_a_link_to_the_editor(page: Page, kit: Kit) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_story(page, kit.url("form/first"))
    page.get_by_role("tab", name="Source").click()
    panel = page.get_by_role("region", name="Source", exact=True)
    panel.get_by_role("button", name="Copy").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == panel.locator("code").first.text_content()
    assert "Story({'label': 'One'}, 'First')" in copied
    expect(panel.get_by_role("button", name="Copy")).to_have_count(2)  # after "Copied"
    expect(panel.locator(".st-place a").nth(1)).to_have_attribute(
        "href", f"vscode://file{kit.folder}/form/form.py:2"
    )


def test_links_to_the_editor_encode_each_part_of_the_path(
    page: Page, tmp_path: Path, servers: ExitStack
) -> None:
    kit = Kit(tmp_path / "a#b?c&d $& {line} 100% é")
    kit.write(FILES)
    kit.server = servers.enter_context(serving(kit.base, "kit", RING, "--editor", "vscode"))
    open_story(page, kit.url("form/first"))
    page.get_by_role("tab", name="Source").click()
    panel = page.get_by_role("region", name="Source", exact=True)
    path = quote(f"{kit.folder}/form/form.py", safe="/")
    expect(panel.locator(".st-place a").nth(1)).to_have_attribute("href", f"vscode://file{path}:2")


def test_arrows_move_between_tabs_and_the_next_story_keeps_the_panel(
    page: Page, complete: Server
) -> None:
    open_story(page, url(complete, "actions/button/primary"))
    page.get_by_role("tab", name="Props").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="HTML")).to_be_focused()
    expect(page.get_by_role("region", name="HTML")).to_contain_text('<button type="button"')
    page.keyboard.press("j")
    expect(page).to_have_title("Quiet · Button · Harbour")
    expect(page.get_by_role("region", name="HTML")).to_contain_text("Not now")


def test_descriptions_are_markdown(page: Page, kit: Kit) -> None:
    page.goto(kit.url("form"))
    expect(page.locator(".st-head em")).to_have_text("people")


def test_markdown_file_becomes_a_page_without_its_scripts(page: Page, kit: Kit) -> None:
    page.goto(kit.url("form"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    kit.write({"form/guide.md": GUIDE})
    link = page.locator("#st-tree").get_by_role("link", name="How to fill in")
    link.click()
    expect(page).to_have_title("How to fill in · Form · Kit")
    expect(page.get_by_role("heading", level=1)).to_have_text("How to fill in")
    expect(page.locator("main em")).to_have_text("this")
    expect(page.frame_locator("figure iframe").locator("#label")).to_have_text("One")
    page.locator("figcaption a").click()
    expect(page).to_have_url(kit.url("form/first"))
    page.go_back()
    kit.edit("form/guide.md", "*this*", "*that*")
    expect(page.locator("main em")).to_have_text("that")


def test_tree_and_panel_show_findings_until_they_are_fixed(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("other/only"))
    entry = page.locator("#st-tree").get_by_role("link", name="Only")
    expect(entry).to_have_text("Only")
    kit.edit("other/stories.py", "<p>Other</p>", "<img src=data:,>")
    expect(entry).to_have_text(re.compile("1 accessibility finding"))
    page.get_by_role("tab", name="Accessibility").click()
    panel = page.get_by_role("region", name="Accessibility")
    expect(panel).to_contain_text("image-alt")
    expect(panel).to_contain_text("<img src=data:,>")
    kit.edit("other/stories.py", "<img ", "<img alt=Dot ")
    expect(panel).to_contain_text("find nothing")
    expect(entry).to_have_text("Only")


def test_stories_can_load_fonts_and_modules_from_static_folders(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    kit.write({"static/said.js": "document.querySelector('p').textContent = 'said'"})
    kit.write({"static/letters.woff2": b"none that a browser could use"})
    with page.expect_response("**/letters.woff2") as letters:
        kit.edit("other/stories.py", "<p>Other</p>", FETCHED)
        open_story(page, kit.url("other/only"))
    expect(story(page).locator("p")).to_have_text("said")
    assert letters.value.header_value("Access-Control-Allow-Origin") == "null"
    page.close()
    # The browser received the font and complained about its content.
    assert all("decod" in error or "OTS" in error for error in looked_at.errors)
    looked_at.errors.clear()


def test_stories_show_static_files_and_warn_of_missing_ones(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    kit.write({"static/dot.svg": PIXEL})
    open_story(page, kit.url("other/only"))
    kit.edit("other/stories.py", (kit.folder / "other/stories.py").read_text(), FAULTY)
    image = story(page).locator("img").first
    expect(image).to_have_attribute("src", "../../static/dot.svg")
    expect(page.locator(".st-warnings")).to_contain_text("static/gone.svg")
    assert kit.server.said("WARNING .*static/gone.svg")
    expect(image).to_have_js_property("naturalWidth", 30)
    kit.write({"static/dot.svg": PIXEL.replace("30", "44")})
    expect(image).to_have_js_property("naturalWidth", 44)  # the frame was reloaded
    # The browser reports the missing image.
    assert all(error.startswith("Failed to load resource") for error in looked_at.errors)
    looked_at.errors.clear()
