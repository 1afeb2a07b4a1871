"""Navigation: tree, search, keys, links, history."""

import re

from playwright.sync_api import Page, expect

from ..serving_support import Server
from .kit import Kit, current, open_story, story, until, url

PRIMARY = "actions/button/primary"
HIDDEN_FIELD = """<p></p><x-field></x-field><script>
customElements.define("x-field", class extends HTMLElement {
    connectedCallback() {
        const root = this.attachShadow({mode: "closed"});
        root.append(document.createElement("input"));
        root.firstChild.oninput = ({target}) =>
            document.querySelector("p").textContent = target.value;
    }
});</script>""".replace("\n", " ")


def mark(page: Page) -> None:
    """Set a global that loading another document would remove."""
    page.evaluate("globalThis.trace = true")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("globalThis.trace === true"))


def test_click_in_the_tree_replaces_the_page_in_place(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    mark(page)
    page.locator("#st-tree").get_by_role("link", name="Quiet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quiet")
    expect(page).to_have_title("Quiet · Button · Harbour")
    expect(page).to_have_url(url(complete, "actions/button/quiet"))
    expect(current(page)).to_have_text("Quiet")
    expect(story(page).get_by_text("Not now")).to_be_visible()
    assert is_marked(page)


def test_back_and_forward_restore_page_and_scroll_position(page: Page, complete: Server) -> None:
    page.goto(url(complete, "actions/button"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.locator("iframe.st-frame").nth(9).scroll_into_view_if_needed()
    until(page, "scrollY > 200")
    scrolled = page.evaluate("scrollY")
    mark(page)
    page.evaluate("document.querySelector('.st-look a').click()")
    expect(page.locator(".st-canvas")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Button")
    expect(page.locator(".st-looks")).to_be_visible()
    until(page, f"Math.abs(scrollY - {scrolled}) < 300")
    page.go_forward()
    expect(page.locator(".st-canvas")).to_be_visible()
    assert is_marked(page)


def test_anchor_links_back_and_reload_restore_the_scroll_position(page: Page, kit: Kit) -> None:
    filler = "\n\nText\n" * 80
    guide = f"# Guide\n\n[here](#end) [there](../more/index.html#end)\n{filler}\n## End\n{filler}"
    kit.write({"guide.md": guide, "more.md": guide.replace("Guide", "More")})
    kit.server.until_served("/more/index.html", "More")
    kit.server.until_served("/guide/index.html", "there")
    page.goto(kit.url("guide"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    mark(page)
    page.evaluate("scrollTo(0, 7)")
    page.get_by_role("link", name="here", exact=True).click()
    end = page.locator("#end")
    expect(end).to_be_in_viewport()
    page.evaluate("history.back()")
    until(page, "scrollY === 7")
    page.evaluate("history.forward()")
    expect(end).to_be_in_viewport()
    page.reload()
    expect(end).to_be_in_viewport()
    page.goto(kit.url("guide"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.get_by_role("link", name="there", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More")
    expect(end).to_be_in_viewport()
    page.evaluate("scrollTo(0, 11)")
    page.reload()
    until(page, "scrollY === 11")


def test_open_branches_survive_navigation_and_reload(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    tree = page.locator("#st-tree")
    tree.get_by_role("button", name="Feedback").click()
    expect(tree.get_by_role("link", name="Tooltip")).to_be_visible()
    tree.get_by_role("link", name="Quiet").click()
    expect(tree.get_by_role("link", name="Tooltip")).to_be_visible()
    page.reload()
    expect(tree.get_by_role("link", name="Tooltip")).to_be_visible()
    tree.get_by_role("button", name="Feedback").click()
    expect(tree.get_by_role("link", name="Tooltip")).to_be_hidden()


def test_arrow_keys_walk_open_and_close_the_tree(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    current(page).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_text("Quiet")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).to_have_text("Button")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#st-tree").get_by_role("link", name="Quiet")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#st-tree").get_by_role("link", name="Quiet")).to_be_visible()


def test_search_opens_by_key_and_button_and_matches_fuzzily(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    field = page.get_by_role("combobox", name="Search")
    for opening in ("/", "Control+k"):
        page.keyboard.press(opening)
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(field).to_be_hidden()
    page.get_by_role("button", name="Search").click()
    field.fill("tckt flex")
    expect(page.locator("#st-found li")).to_have_text(re.compile("A flexible ticket for three"))
    field.fill("dixlog")
    expect(page.locator("#st-found li").first).to_contain_text("Dialog")
    field.fill("dialog")
    expect(page.locator("#st-found li").first).to_contain_text("Dialog")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#st-found [aria-selected=true]")
    expect(chosen).to_contain_text("A question")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(page).to_have_url(url(complete, "feedback/dialog/a-question"))
    expect(field).to_be_hidden()


def test_keys_right_after_a_dialog_closed_are_shortcuts(page: Page, complete: Server) -> None:
    """Until the next paint the key's target is the hidden field."""
    open_story(page, url(complete, PRIMARY))
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    target = page.evaluate("""() => {
        document.querySelector("#st-search").close();
        const target = document.activeElement;
        target.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
        return target.className;
    }""")
    assert target == "st-query"
    expect(field).to_be_focused()


def test_j_and_k_cross_the_end_of_a_subject(page: Page, complete: Server) -> None:
    page.goto(url(complete, "actions/button/guidelines"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("/actions/button_group/[^/]+/index.html"))
    page.keyboard.press("k")
    expect(page).to_have_url(url(complete, "actions/button/guidelines"))


def test_page_with_special_characters_in_its_name_is_navigable(page: Page, kit: Kit) -> None:
    kit.write({"other/q&a #1, 50%?.md": "# Questions"})
    kit.server.until_served("/other/q%26a%20%231%2C%2050%25%3F/index.html", "Questions")
    page.goto(kit.url("other"))
    page.locator("main").get_by_role("link", name="Questions").click()
    expect(page).to_have_title("Questions · Other · Kit")
    expect(current(page)).to_have_text("Questions")
    mark(page)
    kit.edit("other/q&a #1, 50%?.md", "Questions", "Answers")
    expect(current(page)).to_have_text("Answers")
    page.keyboard.press("j")
    expect(page).to_have_url(kit.url("other/only"))
    page.go_back()
    expect(current(page)).to_have_text("Answers")
    page.keyboard.press("k")
    expect(page).to_have_url(kit.url("form/second"))
    assert is_marked(page)


def test_full_screen_help_and_switching_shortcuts_off(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    page.keyboard.press("f")
    expect(page.locator("#st-tree")).to_be_hidden()
    assert page.locator(".st-canvas").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 1280,
        "height": 800,
    }
    page.keyboard.press("Escape")
    expect(page.locator("#st-tree")).to_be_visible()
    page.keyboard.press("?")
    helping = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(helping).to_contain_text("Next story")
    helping.get_by_label("Single-character shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search")).to_be_visible()
    expect(page).to_have_url(url(complete, PRIMARY))


def test_shortcuts_work_in_a_storys_frame_but_not_while_typing(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("form/first"))
    story(page).locator("#name").click()
    page.keyboard.type("/ j?fo")
    expect(story(page).locator("#name")).to_have_value("/ j?fo")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search")).to_be_hidden()
    expect(page).to_have_url(kit.url("form/first"))
    story(page).locator("#label").click()
    page.keyboard.press("j")
    expect(page).to_have_url(kit.url("form/second"))
    page.keyboard.press("/")
    page.keyboard.type("j")
    expect(page.get_by_role("combobox", name="Search")).to_have_value("j")


def test_keys_typed_into_a_closed_shadow_root_are_no_shortcuts(page: Page, kit: Kit) -> None:
    kit.edit("other/stories.py", "<p>Other</p>", HIDDEN_FIELD)
    kit.server.until_served("/other/only/frame.html", "x-field")
    open_story(page, kit.url("other/only"))
    story(page).locator("x-field").click()
    page.keyboard.type("?k/")
    expect(story(page).locator("p")).to_have_text("?k/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(kit.url("other/only"))


def test_deep_link_opens_the_story_the_panel_and_the_branch(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY) + "#st-source")
    expect(page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#st-source")).to_be_visible()
    expect(page.locator("#st-props")).to_be_hidden()
    expect(current(page)).to_be_in_viewport()
