"""Controls: a story's props edited in its panel, and the state that they make."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from ..serving_support import serving
from .conftest import RING, Watched
from .kit import Kit, frame, story, until
from .test_everywhere import AXE, options
from .test_living import assert_not_loaded_anew, trace

EVERY = """
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from html import escape
from typing import Annotated, Literal

from markupsafe import Markup

from storytime import Color, Range


@dataclass
class Home:
    city: str = "London"


@dataclass
class Person:
    name: str
    home: Home = field(default_factory=Home)


def every(
    text: str,
    note: str | None = None,
    children: Markup = Markup(),
    count: int = 3,
    price: Decimal | None = None,
    level: Annotated[int, Range(0, 100, step=5)] = 40,
    wide: bool = False,
    open: bool | None = None,
    size: Literal["small", "medium", "large"] = "medium",
    place: Literal["Kelby", "Storr", "Vane Island", "Holm", "Skerry"] = "Kelby",
    day: date = date(2030, 6, 7),
    at: time = time(10, 30),
    tint: Annotated[str, Color()] = "teal",
    tags: list[str] = [],
    person: Person | None = None,
    act: Callable[[], None] | None = None,
    **attributes: object,
):
    if text == "boom":
        raise ValueError("no boom today")
    given = {name: value for name, value in locals().items()}
    rows = [f'<dt>{name}<dd id="{name}">{escape(repr(value))}' for name, value in given.items()]
    return f'<input aria-label="Own"><dl>{"".join(rows)}</dl>'
"""

STORIES = """
from storytime import Story, Subject
from .every import every, Person

def subject() -> Subject:
    return Subject(title="Every", target=every, items=[
        Story({"text": "One"}, "First"),
        Story({"text": "Two", "person": Person("Ada"), "data-x": "1", "act": print}, "Second"),
    ])
"""

FILES = {
    "__init__.py": "",
    "stories.py": "from storytime import Site\ndef site() -> Site:\n    return Site(title='Kit')\n",
    "every/__init__.py": "",
    "every/every.py": EVERY,
    "every/stories.py": STORIES,
    "text.md": "# Text\n\n[Wide](every/first/index.html?text=Three&wide=true)\n",
}
FIRST = "every/first"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    kit = Kit(tmp_path_factory.mktemp("kit"))
    kit.write(FILES)
    with serving(kit.base, "kit", RING, "--editor", "vscode") as kit.server:
        kit.server.until_said("built kit")
        yield kit


@pytest.fixture
def kit(served: Kit) -> Iterator[Kit]:
    """A catalog with a prop of every kind, restored after the test."""
    yield served
    if served.files() != {path: text.encode() for path, text in FILES.items()}:
        served.write(FILES)
        served.server.until_served("/every/second/frame.html", "attributes")


def open_controls(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".st-controls").wait_for()


def row(page: Page, name: str) -> Locator:
    return page.locator(f'.st-control[data-key="{name}"]')


def shown(page: Page, name: str) -> Locator:
    """Return what the story shows of a prop: the value's repr."""
    return story(page).locator(f"#{name}")


def state(page: Page) -> str:
    """Return the state in the page's address."""
    return page.url.partition("?")[2].partition("#")[0]


def test_every_kind_of_prop_is_edited_by_keyboard_alone(page: Page, kit: Kit) -> None:
    open_controls(page, kit.url(FIRST))
    trace(page)
    press, keys = page.keyboard.press, page.keyboard.type
    page.get_by_role("button", name="Save as story …").focus()
    press("Tab")
    expect(page.get_by_role("textbox", name="text")).to_be_focused()
    press("Control+a")
    keys("!/j? f")  # none of them is a shortcut
    press("Tab")
    keys("noted")
    press("Tab")
    press("Tab")
    keys("<b>bold</b>")
    press("Tab")
    press("ArrowUp")
    press("Tab")
    keys("1.50")
    press("Tab")
    press("Tab")
    press("Tab")
    expect(page.get_by_role("slider", name="level slider")).to_be_focused()
    press("ArrowRight")
    press("Tab")
    press("Space")
    press("Tab")
    press("ArrowLeft")
    press("Tab")
    press("ArrowRight")
    press("Tab")
    press("ArrowDown")
    press("Tab")
    press("ArrowUp")  # the month
    row(page, "at").locator("input").focus()
    press("ArrowUp")
    row(page, "tint").get_by_role("textbox", name="tint", exact=True).focus()
    press("Control+a")
    keys("#0a0b0c")
    press("Tab")
    for text in ("one", "two"):
        press("Enter")  # "Add"
        keys(text)
        press("Tab")
        press("Tab")
    press("Shift+Tab")
    press("Enter")  # "Remove tags 2"
    expect(row(page, "tags").get_by_role("textbox", name="tags 1")).to_be_focused()
    row(page, "person").get_by_role("button", name="person: none").focus()
    press("Space")
    press("Tab")
    keys("Ida")
    press("Tab")
    press("Control+a")
    keys("Paris")
    press("Tab")
    expect(page.get_by_role("button", name="Add to attributes")).to_be_focused()
    press("Enter")
    keys("data-x")
    press("Tab")
    keys("1")
    expected = {
        "text": "'!/j? f'",
        "note": "'noted'",
        "children": "Markup('<b>bold</b>')",
        "count": "4",
        "price": "Decimal('1.50')",
        "level": "45",
        "wide": "True",
        "open": "True",
        "size": "'large'",
        "place": "'Storr'",
        "day": "datetime.date(2030, 7, 7)",
        "at": "datetime.time(11, 30)",
        "tint": "'#0a0b0c'",
        "tags": "['one']",
        "person": "Person(name='Ida', home=Home(city='Paris'))",
        "attributes": "{'data-x': '1'}",
    }
    expect(shown(page, "attributes")).to_have_text(expected["attributes"])
    assert {name: shown(page, name).text_content() for name in expected} == expected
    assert_not_loaded_anew(page)
    expect(page.get_by_role("textbox", name="attributes 1 value")).to_be_focused()
    page.reload()
    expect(shown(page, "attributes")).to_have_text(expected["attributes"])
    assert {name: shown(page, name).text_content() for name in expected} == expected


def test_state_is_a_link_that_back_reload_and_saves_keep(page: Page, kit: Kit) -> None:
    open_controls(page, kit.url(FIRST))
    trace(page)
    page.get_by_role("tab", name="HTML").click()
    page.get_by_role("tab", name="Props").click()
    text = page.get_by_role("textbox", name="text", exact=True)
    text.press("End")
    text.press_sequentially(" more")
    expect(shown(page, "text")).to_have_text("'One more'")
    assert state(page) == "text=One+more"
    assert page.url.endswith("#st-props")
    page.wait_for_timeout(1100)  # a pause begins another entry of the history
    row(page, "wide").get_by_role("switch").check()
    expect(shown(page, "wide")).to_have_text("True")
    until(page, "location.search === '?text=One+more&wide=true'")
    expect(page.locator("#st-html")).to_contain_text("One more")
    page.go_back()
    expect(shown(page, "wide")).to_have_text("False")
    expect(row(page, "wide").get_by_role("switch")).not_to_be_checked()
    page.go_back()
    expect(shown(page, "text")).to_have_text("'One'")
    expect(text).to_have_value("One")
    assert state(page) == ""
    expect(page.locator("#st-html")).not_to_contain_text("more")
    page.go_forward()
    expect(shown(page, "text")).to_have_text("'One more'")
    # A save renders the state that is on screen; a field keeps its focus and what is typed.
    seen = frame(page).element_handle().content_frame()
    assert seen is not None
    seen.evaluate("""() => new MutationObserver(() => {
        if (!document.querySelector("#text").textContent.includes("more")) globalThis.lost = true;
    }).observe(document, {subtree: true, childList: true, characterData: true})""")
    text.focus()
    kit.edit("every/every.py", "<dl>", "<dl><dt>Saved</dt>")
    expect(story(page).get_by_text("Saved")).to_be_visible()
    expect(shown(page, "text")).to_have_text("'One more'")
    assert seen.evaluate("globalThis.lost") is None
    text.press_sequentially(" yet")
    expect(shown(page, "text")).to_have_text("'One more yet'")
    expect(text).to_be_focused()
    assert_not_loaded_anew(page)
    page.reload()
    expect(shown(page, "text")).to_have_text("'One more yet'")
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(shown(page, "text")).to_have_text("'One'")
    until(page, "location.search === ''")
    # Other pages and back; a link in a text carries a state.
    page.go_back()
    expect(shown(page, "text")).to_have_text("'One more yet'")
    page.keyboard.press("j")
    expect(shown(page, "text")).to_have_text("'Two'")
    page.go_back()
    expect(shown(page, "text")).to_have_text("'One more yet'")
    page.locator("#st-tree").get_by_role("link", name="Text").click()
    page.evaluate("globalThis.trace = true")
    page.locator(".st-text").get_by_role("link", name="Wide").click()
    expect(shown(page, "wide")).to_have_text("True")
    expect(shown(page, "text")).to_have_text("'Three'")
    expect(row(page, "text").get_by_role("textbox")).to_have_value("Three")
    assert page.evaluate("globalThis.trace") is True


def test_what_a_save_removes_and_what_fails_is_told(page: Page, kit: Kit) -> None:
    open_controls(page, f"{kit.url(FIRST)}?count=many&wide=true&gone=1")
    expect(page.locator(".st-refused")).to_have_text("gone: the story has no such prop to change")
    count = row(page, "count").get_by_role("textbox")
    expect(count).to_have_value("many")
    expect(count).to_have_attribute("aria-invalid", "true")
    expect(count).to_have_accessible_description("expected a whole number, got 'many'")
    assert state(page) == "count=many&wide=true&gone=1"
    number = row(page, "count").locator("input")
    number.fill("012")
    expect(shown(page, "count")).to_have_text("12")
    expect(page.locator(".st-refused li")).to_have_count(0)
    until(page, "location.search === '?count=12&wide=true'")
    expect(number).to_have_value("012")  # a field stays as it is while a person edits it
    trace(page)
    text = page.get_by_role("textbox", name="text", exact=True)
    text.fill("boom")
    overlay = page.locator(".st-overlay")
    expect(overlay).to_contain_text("ValueError: no boom today")
    expect(overlay.locator(".st-where a")).to_have_attribute(
        "href", f"vscode://file{kit.folder}/every/every.py:45"
    )
    expect(shown(page, "count")).to_have_text("12")
    text.fill("calm")
    expect(overlay).to_have_count(0)
    expect(number).to_have_value("12")
    expect(shown(page, "text")).to_have_text("'calm'")
    kit.edit("every/every.py", "    count: int = 3,\n", "")
    expect(page.locator(".st-refused")).to_have_text("count: the story has no such prop to change")
    expect(row(page, "count")).to_have_count(0)
    row(page, "wide").get_by_role("button", name="Reset wide").click()
    expect(row(page, "wide").get_by_role("switch")).to_be_focused()
    expect(shown(page, "wide")).to_have_text("False")
    until(page, "location.search === '?text=calm'")
    assert_not_loaded_anew(page)


def test_fast_typing_loses_nothing_and_the_last_text_is_shown(page: Page, kit: Kit) -> None:
    open_controls(page, kit.url(FIRST))
    text = page.get_by_role("textbox", name="text", exact=True)
    typed = "The quick brown fox jumps over the lazy dog. " * 2
    text.fill("")
    entries = page.evaluate("history.length")
    text.press_sequentially(typed, delay=8)
    expect(text).to_have_value(typed)
    expect(shown(page, "text")).to_have_text(repr(typed))
    assert page.evaluate("history.length") <= entries + 1


def test_a_change_is_not_asked_for_once_another_page_is_shown(page: Page, kit: Kit) -> None:
    open_controls(page, kit.url(FIRST))
    page.get_by_role("textbox", name="text", exact=True).fill("Two")
    expect(shown(page, "text")).to_have_text("'Two'")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.evaluate("""async () => {
        const field = document.querySelector(".st-control[data-key=text] :is(input, textarea)");
        document.querySelector("#st-tree a[href*='text/']").click();
        while (field.isConnected) {
            field.value += "!";
            field.dispatchEvent(new Event("input", {bubbles: true}));
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }""")
    expect(page.get_by_role("heading", name="Text")).to_be_visible()
    page.wait_for_function("() => new Promise((resolve) => setTimeout(() => resolve(true), 400))")
    assert [each for each in asked if '"text"' in each and FIRST not in each] == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_in_controls(
    watched: Callable[..., Watched], kit: Kit, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    page = watched(bypass_csp=True, color_scheme=scheme, viewport=size).context.new_page()
    address = f"{kit.url('every/second')}?count=many&text=Three&tags=a&tags=b&gone=1"
    open_controls(page, address)
    expect(page.locator(".st-refused li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    small = page.evaluate("""[...document.querySelectorAll(
        ".st-controls :is(button, input, select, textarea, .st-segments label)")]
        .map(each => [each.outerHTML, each.getBoundingClientRect()])
        .filter(([, { width, height }]) => width < 24 || height < 24).map(([html]) => html)""")
    assert small == []
    page.evaluate(AXE.read_text())
    assert page.evaluate(options()) == []


def test_props_are_a_table_without_javascript(watched: Callable[..., Watched], kit: Kit) -> None:
    page = watched(java_script_enabled=False).context.new_page()
    page.goto(f"{kit.url(FIRST)}?text=Three")
    expect(page.locator(".st-props")).to_contain_text("'One'")
    expect(story(page).locator("#text")).to_have_text("'One'")
    assert page.locator("form.st-controls").count() == 0


def test_state_is_copied_and_saved_as_a_story(watched: Callable[..., Watched], kit: Kit) -> None:
    seen = watched()
    page = seen.context.new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_controls(page, f"{kit.url(FIRST)}?wide=true&day=2031-02-03")
    page.get_by_role("button", name="Copy as Story").click()
    dialog = page.get_by_role("dialog", name="Story")
    expect(dialog.get_by_role("button", name="Copied")).to_be_focused()
    code = dialog.get_by_role("group", name="Code of the story").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == code
    assert code is not None
    assert '"wide": True' in code
    assert code.startswith("from datetime import date\n\nStory(")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Copy as Story")).to_be_focused()
    before = kit.files()
    page.get_by_role("button", name="Save as story …").press("Enter")
    page.keyboard.press("Enter")  # without a title nothing is saved
    expect(dialog.get_by_role("textbox", name="Title of the new story")).to_be_focused()
    assert kit.files() == before
    page.keyboard.type("j/k?")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Saved “j/k?” in kit/every/stories.py:")
    place = re.compile(f"vscode://file{re.escape(str(kit.folder))}/every/stories.py:\\d+")
    expect(dialog.get_by_role("link")).to_have_attribute("href", place)
    page.keyboard.press("Escape")
    page.locator("#st-tree").get_by_role("link", name="j/k?").click()
    expect(shown(page, "day")).to_have_text("datetime.date(2031, 2, 3)")
    kit.edit("every/stories.py", "items=[", "items=[][:0] + [")
    page.get_by_role("button", name="Save as story …").click()
    page.keyboard.type("Fourth")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("list")
    expect(dialog.get_by_role("textbox")).to_have_value("Fourth")
    assert ["409" in each for each in seen.errors] == [True]  # browsers log a refusal
    seen.errors.clear()
