"""The panel of events, and the answers that a served story gives to its own requests."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page, expect

from ..serving_support import wait_until
from ..support import gives
from .conftest import Watched
from .kit import Kit, open_story, story, until
from .test_everywhere import AXE, options
from .test_forged_messages import FORGING, Observed

HTMX = Path(__file__).parent / "node_modules/htmx.org/dist/htmx.min.js"

BOOK = """
from storytime import Response

def book(size="small"):
    return '''<form method="post" action="/book"><label>Name <input name="name"></label>
<label>Seat <input name="seat" value="1"></label><label>Seat <input name="seat" value="2"></label>
<button name="how" value="plain">Book</button></form>
<button id="ring" data-storytime-events="ring" onclick="ring(this)">Ring</button>
<script>
function ring(button) {
  const detail = { text: "<b>", big: 12n, button, ring };
  detail.self = detail;
  button.dispatchEvent(new CustomEvent("ring", { bubbles: true, detail }));
  const broken = { get value() { throw Error("no") } };
  document.dispatchEvent(new CustomEvent("named", { detail: broken }));
}
</script>'''

def booked(request):
    return f"<p id='booked'>{request.data['how']} {request.values('seat')} {request.props}</p>"

RESPONSES = {"POST /book": booked}
"""

HTMX_BOOK = """
from storytime import Response

def book():
    return '''<script src="static/htmx.min.js"></script>
<p hx-get="/seats/free" hx-trigger="load">Loading</p>
<form hx-post="/book" hx-target="#answer"><input name="name" value="Ada">
<button>Book</button></form>
<div id="answer"></div>
<button hx-get="/broken" hx-target="#answer">Break</button>
<button hx-get="/nothing" hx-target="#answer">Nothing</button>'''

def booked(request):
    content = f"<b>{request.data['name']}</b> {request.headers['hx-request']}"
    return Response(content, 201, {"HX-Trigger": "booked"})

def broken():
    raise ValueError("<i>no</i>")

RESPONSES = {"GET /seats/*": "<b>Three seats</b>", "POST /book": booked, "GET /broken": broken}
"""


def serve(kit: Kit, component: str, events: str = "[]") -> str:
    """Add a subject with one story to the catalog; return the story's address."""
    item = f"Story({{}}, 'One', events={events}, responses=RESPONSES)"
    kit.write(
        {
            "book/__init__.py": "",
            "book/stories.py": gives(f"Subject(target=book, items=[{item}])", component),
            "static/htmx.min.js": HTMX.read_bytes(),
        }
    )
    kit.server.until_served("/book/one/index.html", "One")
    return kit.url("book/one")


def rows(page: Page) -> Locator:
    return page.locator("#st-events tbody tr")


def open_events(page: Page, address: str) -> FrameLocator:
    """Open a story, and its panel of events; wait until its requests are answered."""
    open_story(page, address)
    page.get_by_role("tab", name="Events").click()
    until(page, "document.querySelector('.st-canvas [src*=st-state]:not(.st-next)')")
    return story(page)


def test_form_is_answered_in_its_place_until_the_next_save(page: Page, kit: Kit) -> None:
    frame = open_events(page, serve(kit, BOOK, "['submit']") + "?size=large")
    frame.get_by_role("button", name="Book").click()
    answer = frame.locator("#booked")
    expect(answer).to_have_text("plain ['1', '2'] {'size': 'large'}")
    expect(frame.locator("html")).to_have_attribute("lang", "en")  # the site's layout
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(0)).to_contain_text("submit")
    expect(rows(page).nth(1)).to_contain_text("POST /book")
    expect(rows(page).nth(1)).to_contain_text("→ 200")
    page.get_by_role("button", name="Load the story again").click()
    frame.get_by_role("button", name="Book").click()
    expect(answer).to_be_visible()
    kit.edit("book/stories.py", ">Book<", ">Book now<")
    expect(frame.get_by_role("button", name="Book now")).to_be_visible()


def test_htmx_gets_answers_to_its_first_request_too(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    window = watched()
    page = window.context.new_page()
    frame = open_events(page, serve(kit, HTMX_BOOK, "['booked']"))
    expect(frame.get_by_text("Three seats")).to_be_visible()
    frame.get_by_role("button", name="Book").click()
    expect(frame.locator("#answer")).to_have_text("Ada true")
    expect(rows(page).filter(has_text="POST /book")).to_contain_text("→ 201")
    expect(rows(page).filter(has_text="booked")).to_have_count(1)  # by its header HX-Trigger
    frame.get_by_role("button", name="Break").click()
    broken = rows(page).filter(has_text="GET /broken")
    expect(broken).to_contain_text("→ 500: ValueError: <i>no</i>")
    expect(broken.locator(".st-trace")).to_contain_text("in broken")
    expect(frame.locator("#answer")).to_have_text("Ada true")
    frame.get_by_role("button", name="Nothing").click()
    nothing = rows(page).filter(has_text="GET /nothing")
    expect(nothing).to_contain_text('responses={"GET /nothing": …}')
    expect(nothing).to_contain_text("→ failed")
    # The server refused what htmx asked for before `events.js` came, and what had no response.
    told = ("/seats/free", "/nothing", "htmx:", "Response Status Error", "Failed to load")
    assert [error for error in window.errors if not any(each in error for each in told)] == []
    window.errors.clear()


def test_events_that_are_named_are_listed_with_their_details(page: Page, kit: Kit) -> None:
    frame = open_events(page, serve(kit, BOOK, "['named', 'change']"))
    frame.locator("#ring").click()
    frame.get_by_label("Name").fill("Ada")
    frame.locator("body").click()
    expect(rows(page)).to_have_count(3)
    texts = [row.locator("td:not(:first-child), th").all_inner_texts() for row in rows(page).all()]
    detail = (
        '{"text":"<b>","big":"12","button":"button#ring “Ring”","ring":"function ring","self":"…"}'
    )
    assert [[each.strip() for each in text] for text in texts] == [
        ["ring", "button#ring “Ring”", detail],
        ["named", "#document", "(can’t be shown: no)"],
        ["change", "input [name=name] “Ada”", ""],
    ]
    assert page.get_by_role("tab", name="Events").inner_text().split() == ["Events", "3"]
    page.get_by_role("button", name="Clear").click()
    expect(rows(page)).to_have_count(0)
    expect(page.locator("#st-events .st-empty")).to_contain_text("Listens to: named, change.")


def test_flood_of_forged_events_and_requests_is_bounded(page: Page, kit: Kit) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    kit.edit("other/stories.py", "title='Only'", "title='Only', responses={'GET /x': '<p>X</p>'}")
    observed = Observed(page, kit, FORGING)
    observed.until("document.querySelector('.st-canvas [src*=st-state]:not(.st-next)')")
    documents = observed.documents()
    observed.forge("{storytime: 'listening'}", 2000)
    image = "{type: '<img src=x onerror=alert()>', target: {}, text: '<b>'.repeat(1e4)}"
    observed.forge(f"{{storytime: 'events', list: Array(300).fill({image})}}", 100)
    observed.forge("{storytime: 'events', list: 5}", 100)
    fields = "id: 1, key: 'GET /x', method: 'GET', url: '/x', data: [], headers: {}, body: ''"
    observed.forge(f"{{storytime: 'request', {fields}, document: false}}", 2000)
    observed.forge("{storytime: 'request', key: 'GET /y', method: {}, url: 7}", 2000)
    observed.forge("{storytime: 'constructor'}", 100)
    found = "document.querySelectorAll('#st-events tbody tr').length"
    wait_until(lambda: observed(found) == 200, "the list was full")
    wait_until(lambda: sum("ws/response" in url for url in asked) >= 20, "requests were sent")
    assert sum("ws/response" in url for url in asked) <= 45  # 20 in each of about two seconds
    assert observed("document.querySelector('#st-events td img, #st-events th img')") is None
    lengths = "[...document.querySelectorAll('#st-events td')].map(each => each.innerText.length)"
    assert max(observed(lengths)) <= 2100
    assert observed.documents() == documents


def test_panel_works_with_keys_on_a_phone_and_for_axe(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    page = watched(bypass_csp=True).context.new_page()
    frame = open_events(page, serve(kit, BOOK, "['submit']"))
    page.set_viewport_size({"width": 360, "height": 740})
    frame.get_by_role("button", name="Book").click()
    expect(rows(page)).to_have_count(2)
    until(page, "document.documentElement.scrollWidth <= innerWidth")
    page.add_script_tag(path=AXE)
    assert page.evaluate(options(), "#st-tree") == []
    tab = page.get_by_role("tab", name="Events")
    tab.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Accessibility")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tab).to_be_focused()
    expect(page.locator("#st-events [role=status]")).to_contain_text("2 events, last: POST /book")
    page.keyboard.press("Tab")  # "Load the story again"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(0)
    expect(tab).to_be_focused()
    assert page.evaluate(options(), "#st-tree") == []
