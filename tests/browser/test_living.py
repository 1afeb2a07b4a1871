"""Hot reload: what a save does to the open page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from ..serving_support import starting
from ..support import gives
from .conftest import Watched
from .kit import Kit, current, frame, open_story, story

FIRST = "form/first"
FORM = ("Form", "First", "Second")
BROKEN = "def form(label):\n    raise ValueError(f'no {label} today')\n"


@pytest.fixture
def kit(own_kit: Kit) -> Kit:
    """No build from before the test disturbs it, and it may end the server."""
    return own_kit


def trace(page: Page) -> None:
    """Set globals that loading the page or the story's document anew would remove."""
    inner = frame(page).element_handle().content_frame()
    assert inner is not None
    for each in (page, inner):
        each.evaluate("globalThis.trace = true")


def assert_not_loaded_anew(page: Page) -> None:
    inner = frame(page).element_handle().content_frame()
    assert inner is not None
    assert [each.evaluate("globalThis.trace === true") for each in (page, inner)] == [True, True]


def test_save_replaces_what_changed_and_keeps_the_rest(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    page.get_by_role("tab", name="HTML").click()
    page.set_viewport_size({"width": 1000, "height": 500})
    trace(page)
    name = story(page).locator("#name")
    name.fill("Ida")
    story(page).locator("#box").check()
    name.focus()
    inner = frame(page).element_handle().content_frame()
    assert inner is not None
    inner.evaluate("scrollTo(0, 150)")
    page.evaluate("scrollTo(0, 80)")
    kit.edit("form/stories.py", "'One'", "'Uno'")
    expect(story(page).locator("#label")).to_have_text("Uno")
    expect(page.locator("#st-html")).to_contain_text("Uno")
    expect(name).to_have_value("Ida")
    expect(story(page).locator("#box")).to_be_checked()
    expect(name).to_be_focused()
    assert inner.evaluate("scrollY") == 150
    assert page.evaluate("scrollY") == 80
    expect(page.get_by_role("tab", name="HTML")).to_have_attribute("aria-selected", "true")
    assert_not_loaded_anew(page)


def test_changed_story_is_requested_only_if_it_is_large(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url.rpartition("/")[2]))
    label = story(page).locator("#label")
    kit.edit("form/stories.py", "'One'", "'Uno'")
    expect(label).to_have_text("Uno")
    expect(page.locator("#st-html")).to_contain_text("Uno")
    assert [name for name in requested if name.endswith(".html")] == ["index.html"]
    kit.edit("form/stories.py", "'Uno'", "'Ein' + 's' * 100_000")
    expect(label).to_contain_text("Einss")
    assert "frame.html" in requested


def test_typed_text_stays_until_the_author_changes_the_editable_element(
    page: Page, kit: Kit
) -> None:
    editable = '<p>Other</p><div contenteditable id="note">Write <b>here</b></div>'
    kit.edit("other/stories.py", "<p>Other</p>", editable)
    kit.server.until_served("/other/only/frame.html", "Write")
    open_story(page, kit.url("other/only"))
    trace(page)
    note = story(page).locator("#note")
    note.fill("Mine")
    kit.edit("other/stories.py", "Other</p>", "Another</p>")
    expect(story(page).locator("p")).to_have_text("Another")
    expect(note).to_have_text("Mine")
    kit.edit("other/stories.py", "Write", "Read")
    expect(note).to_have_text("Read here")
    assert_not_loaded_anew(page)


def test_what_is_on_screen_is_built_first_and_then_all_the_rest(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    for name in ("Form", "Other"):
        said = len(kit.server.lines)
        page.locator("#st-tree").get_by_role("link", name=name).click()
        expect(page.locator("h1")).to_have_text(name)
        old, new = ("<main>", f"<main>{name} ") if name == "Form" else ("Form ", "Other ")
        kit.edit("stories.py", old, new)
        expect(page.frame_locator(".st-frame").first.locator("main")).to_contain_text(name)
        kit.server.until_said("built kit: ", said)
        builds = [line for line in kit.server.lines[said:] if " built " in line]
        assert f"built {name.lower()} of kit first: " in builds[0]
    kit.server.until_served("/form/second/frame.html", "Other ")


def test_page_requested_before_a_build_is_refreshed_after_it(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    second = page.locator("#st-tree").get_by_role("link", name="Second")

    def save_meanwhile(route: Route) -> None:
        old = route.fetch()
        kit.edit("form/stories.py", "'Two'", "'Due'")
        expect(second).to_have_text(re.compile("changed"))
        route.fulfill(response=old)

    page.route("**/form/second/index.html", save_meanwhile, times=1)
    second.click()
    expect(page).to_have_title("Second · Form · Kit")
    expect(page.locator("#st-props")).to_contain_text("Due")


def test_tree_follows_added_removed_and_renamed_nodes(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    trace(page)
    tree = page.locator("#st-tree")
    tree.get_by_role("button", name="Other").click()
    kit.edit(
        "form/stories.py", "Story({'label': 'Two'}, 'Second')", "Story({'label': 'X'}, 'Third')"
    )
    expect(tree.get_by_role("link", name="Third")).to_be_visible()
    expect(tree.get_by_role("link", name="Second")).to_have_count(0)
    expect(tree.get_by_role("link", name="Only")).to_be_visible()
    kit.edit("form/stories.py", "title='Form'", "title='Sheet'")
    expect(page.locator(".st-crumbs")).to_contain_text("Sheet")
    expect(page).to_have_title("First · Sheet · Kit")
    expect(current(page)).to_have_text("First")
    assert_not_loaded_anew(page)


def test_changed_story_is_marked_in_the_tree_until_it_is_visited(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    tree = page.locator("#st-tree")
    kit.edit("form/stories.py", "'Two'", "'Due'")
    second = tree.get_by_role("link", name="Second")
    expect(second).to_have_text(re.compile("changed"))
    tree.get_by_role("button", name="Form").click()
    expect(tree.get_by_role("link", name="Form")).to_have_text(re.compile("changed"))
    tree.get_by_role("button", name="Form").click()
    second.click()
    expect(story(page).locator("#label")).to_have_text("Due")
    expect(tree.get_by_text("changed")).to_have_count(0)


def test_fixed_story_is_marked_as_changed_only_if_it_looks_different(page: Page, kit: Kit) -> None:
    page.goto(kit.url("other/only"))
    tree = page.locator("#st-tree")
    tree.get_by_role("button", name="Form").click()
    form, first, second = (tree.get_by_role("link", name=name) for name in FORM)
    kit.edit("form/stories.py", "return", "return return")
    expect(form).to_have_text("Form failed")
    kit.edit("form/stories.py", "return return", "return")
    expect(first).to_have_text("First")
    expect(form).to_have_text("Form")
    kit.edit("form/form.py", "    return", "    1 / (label != 'Two')\n    return")
    expect(second).to_have_text("Second failed")
    kit.edit("form/form.py", "    1 / (label != 'Two')\n", "    label += '!'[label == 'One':]\n")
    expect(second).to_have_text("Second changed")
    expect(first).to_have_text("First")


def test_error_covers_the_last_good_picture_until_the_component_is_fixed(
    page: Page, kit: Kit
) -> None:
    open_story(page, kit.url(FIRST))
    trace(page)
    good = (kit.folder / "form/form.py").read_text()
    kit.edit("form/form.py", good, BROKEN)
    overlay = page.get_by_role("alert")
    expect(overlay).to_contain_text("ValueError: no One today")
    expect(overlay).to_contain_text("raise ValueError(f'no {label} today')")
    place = overlay.locator(".st-where a")
    expect(place).to_have_attribute("href", f"vscode://file{kit.folder}/form/form.py:2")
    expect(page.locator("#st-tree").get_by_role("link", name="First")).to_contain_text("failed")
    expect(story(page).locator("#label")).to_have_text("One")
    kit.edit("form/form.py", BROKEN, good)
    expect(overlay).to_have_count(0)
    expect(page.locator("#st-tree").get_by_text("failed")).to_have_count(0)
    expect(story(page).locator("#label")).to_have_text("One")
    assert_not_loaded_anew(page)


def test_one_cause_is_one_card_that_lists_its_places(page: Page, kit: Kit) -> None:
    good = "def colour(): return 'red'\n"
    used = "from kit.theme import colour\ndef part(): return f'<p>{colour()}</p>'"
    part = gives("Subject(target=part, items=[Story(title='One')])", used)
    kit.write({"theme.py": good, **{f"{name}/stories.py": part for name in ("a", "b", "c")}})
    kit.server.until_served("/c/one/index.html", "One")
    open_story(page, kit.url("b/one"))
    trace(page)
    kit.edit("theme.py", "'red'", "red")
    card = page.get_by_role("alert").locator(".st-failure")
    expect(card).to_have_count(1)
    expect(card.locator("h2")).to_have_text("3 parts could not be built")
    expect(card).to_contain_text("NameError: name 'red' is not defined")
    expect(card.locator(".st-trace")).to_contain_text("b/stories.py")
    places = card.locator("li")
    expect(places.first).to_be_hidden()
    card.locator("summary").click()
    expect(places).to_have_text(["b/one", "a/one", "c/one"])
    expect(page.locator(".st-notices")).to_be_empty()
    places.get_by_role("link", name="c/one").click()
    expect(current(page)).to_have_attribute("data-path", "c/one")
    expect(page.locator("main .st-failure")).to_have_count(1)
    page.go_back()
    kit.edit("theme.py", "red", "'blue'")
    expect(page.locator(".st-failure")).to_have_count(0)
    expect(story(page).locator("p")).to_have_text("blue")


def test_import_errors_keep_the_last_good_picture(page: Page, kit: Kit) -> None:
    for file in ("form/stories.py", "stories.py"):  # the subject's, and the whole catalog's
        open_story(page, kit.url(FIRST))
        trace(page)
        kit.edit(file, "return", "return return")
        expect(page.get_by_role("alert")).to_contain_text("SyntaxError: invalid syntax")
        expect(story(page).locator("#label")).to_have_text("One")
        kit.edit(file, "return return", "return")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert_not_loaded_anew(page)


def test_late_controls_of_a_broken_build_do_not_cover_the_story(page: Page, kit: Kit) -> None:
    asked: list[Route] = []
    page.route("**/ws/props", lambda route: asked.append(route), times=1)
    with page.expect_request("**/ws/props"):
        open_story(page, kit.url(FIRST))
    kit.edit("form/stories.py", "return", "return return")
    expect(page.get_by_role("alert")).to_contain_text("SyntaxError: invalid syntax")
    broken = asked[0].fetch()
    assert "SyntaxError" in broken.json()["overlay"]
    kit.edit("form/stories.py", "return return", "return")
    expect(page.get_by_role("alert")).to_have_count(0)
    with page.expect_response("**/ws/props"):
        asked[0].fulfill(response=broken)
    page.get_by_role("tab", name="Props").click()
    expect(page.get_by_label("label")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_subject_page_keeps_the_last_pictures_of_what_failed(page: Page, kit: Kit) -> None:
    page.goto(kit.url("form"))
    first, second = (page.frame_locator(f".st-look:nth-child({place}) iframe") for place in (1, 2))
    for each in (first, second):
        each.locator("#name").fill("Ida")
    looks, failure = page.locator(".st-look"), page.locator(".st-failure")
    kit.edit("form/form.py", "    return", "    1 / (label != 'Two')\n    return")
    expect(looks.nth(1)).to_contain_text("ZeroDivisionError")
    expect(second.locator("#label")).to_have_text("Two")
    kit.edit("form/form.py", "    1 / (label != 'Two')\n", "")
    expect(page.get_by_text("ZeroDivisionError")).to_have_count(0)
    kit.edit("form/stories.py", "return", "return return")
    expect(failure).to_contain_text("SyntaxError")
    expect(first.locator("#label")).to_have_text("One")
    kit.edit("form/stories.py", "return return", "return")
    expect(failure).to_have_count(0)
    for each in (first, second):
        expect(each.locator("#name")).to_have_value("Ida")


def test_page_opened_while_broken_shows_the_error_then_the_story(page: Page, kit: Kit) -> None:
    good = (kit.folder / "form/form.py").read_text()
    kit.edit("form/form.py", good, BROKEN)
    kit.server.until_served(f"/{FIRST}/index.html", "no One today")
    page.goto(kit.url(FIRST))
    failure = page.locator(".st-failure")
    expect(failure).to_contain_text("ValueError: no One today")
    expect(failure.locator("a")).to_have_attribute("href", re.compile("^vscode://file/"))
    kit.edit("form/form.py", BROKEN, good)
    expect(story(page).locator("#label")).to_have_text("One")
    expect(failure).to_have_count(0)


def test_error_covers_a_whole_page_template_too(page: Page, kit: Kit) -> None:
    kit.edit("other/stories.py", "Story(title='Only')", "Story(title='Only', template=other)")
    kit.server.until_served("/other/only/index.html", "st-body")
    page.goto(kit.url("other/only"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    shown = page.frame_locator(".st-body iframe").locator("p")
    expect(shown).to_have_text("Other")
    kit.edit("other/stories.py", "return '<p>", "return 1 / 0, '<p>")
    expect(page.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    expect(shown).to_have_text("Other")
    kit.edit("other/stories.py", "1 / 0, '<p>Other", "'<p>Another")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(shown).to_have_text("Another")


def test_background_tab_connects_once_it_is_visible(page: Page, kit: Kit) -> None:
    page.add_init_script("""
        globalThis.behind = true;
        Object.defineProperty(document, "hidden", { get: () => behind });
    """)
    open_story(page, kit.url(FIRST))
    kit.edit("form/stories.py", "'One'", "'Uno'")
    kit.server.until_served(f"/{FIRST}/frame.html", "Uno")
    page.evaluate("""() => {
        behind = false;
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }""")
    expect(story(page).locator("#label")).to_have_text("Uno")


def test_notice_counts_the_places_of_failures_elsewhere(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("other/only"))
    kit.edit("form/form.py", "    return", "    1 / 0\n    return")
    notice = page.locator(".st-notices")
    expect(notice).to_contain_text("Build failed: form/first ZeroDivisionError")
    expect(notice).to_contain_text("– and 1 more")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_failure_elsewhere_is_one_notice_that_can_be_dismissed(page: Page, kit: Kit) -> None:
    open_story(page, kit.url(FIRST))
    kit.edit("other/stories.py", "return '<p>", "return 1 / 0, '<p>")
    notice = page.get_by_role("status").get_by_text("Build failed")
    expect(notice).to_contain_text("Build failed")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    kit.edit("other/stories.py", "1 / 0", "2 / 0")
    expect(notice).to_have_count(0)


def show_scripted(page: Page, kit: Kit) -> None:
    """Open a story that has a script and shows "Old"."""
    script = 'return \'<p id="label">Old</p><script>document.title = "ran"</script>\''
    kit.edit("other/stories.py", "return '<p>Other</p>'", script)
    kit.server.until_served("/other/only/frame.html", "Old")
    open_story(page, kit.url("other/only"))


def test_story_with_scripts_reloads_behind_its_old_picture(page: Page, kit: Kit) -> None:
    show_scripted(page, kit)
    page.evaluate("""() => {
        globalThis.frames_seen = 0;
        const stage = document.querySelector(".st-sizer");
        new MutationObserver(() => {
            const ready = stage.querySelectorAll("iframe:not(.st-next)").length;
            if (!ready) globalThis.flashed = true;
        }).observe(stage, {childList: true, subtree: true, attributes: true});
    }""")
    kit.edit("other/stories.py", "Old", "New")
    expect(story(page).locator("#label")).to_have_text("New")
    inner = frame(page).element_handle().content_frame()
    assert inner is not None
    inner.wait_for_function("document.title === 'ran'")
    assert page.evaluate("globalThis.flashed") is None


def test_page_refresh_keeps_a_frame_that_is_still_loading(page: Page, kit: Kit) -> None:
    show_scripted(page, kit)
    page.evaluate("""() => {
        const fetched = globalThis.fetch;
        globalThis.fetch = async (url, ...options) => {
            const response = await fetched(url, ...options);
            if (!String(url).endsWith("index.html")) return response;
            while (!document.querySelector(".st-next")) await new Promise(requestAnimationFrame);
            return response;
        };
    }""")
    kit.edit("other/stories.py", "Old", "New")
    expect(story(page).locator("#label")).to_have_text("New")


def test_lost_connection_is_shown_and_the_page_catches_up_after_it(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    open_story(page, kit.url(FIRST))
    trace(page)
    kit.server.end()
    lost = page.get_by_role("status").get_by_text("connection to the server is lost")
    expect(lost).to_be_visible()
    kit.edit("form/stories.py", "'One'", "'Uno'")
    with starting(kit.base, "kit", "--subinterpreters", "--port", str(kit.server.port)):
        expect(story(page).locator("#label")).to_have_text("Uno", timeout=20_000)
        expect(lost).to_have_count(0)
        assert_not_loaded_anew(page)
        page.close()
        # The server said that it was ending, or was gone.
        gone = "net::ERR_", "a status of 503"
        lost_requests = [each for each in looked_at.errors if any(said in each for said in gone)]
        assert lost_requests == looked_at.errors
        looked_at.errors.clear()
