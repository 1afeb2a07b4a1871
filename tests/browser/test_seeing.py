"""The story's frame and its tools."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from ..serving_support import Server, wait_until
from .conftest import Watched
from .kit import Kit, frame, open_story, story, until, url

PRIMARY = "actions/button/primary"
GROWING = """<button onclick="this.style.height = '500px'">Grow</button>
<dialog open style="height: 120px">Tall</dialog>""".replace("\n", " ").replace("'", "\\'")


def seen(page: Page, expression: str) -> object:
    """Evaluate an expression in the story's document."""
    return story(page).locator("html").evaluate(f"() => {expression}")


def until_seen(page: Page, expression: str, value: object) -> None:
    """Wait until the expression has the value in the story's current document; a reload may replace
    the frame meanwhile."""
    wait_until(lambda: seen(page, expression) == value, f"{expression} was {value!r}")


def test_styles_of_story_and_workshop_do_not_mix(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("form/first"))
    colour = "getComputedStyle(document.querySelector('p')).color"
    assert seen(page, colour) == "rgb(1, 2, 3)"
    page.locator("main").evaluate("main => main.append(document.createElement('p'))")
    assert page.evaluate("getComputedStyle(document.querySelector('main > p')).color") != (
        "rgb(1, 2, 3)"
    )


def test_story_cannot_script_the_workshop(watched: Callable[..., Watched], kit: Kit) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    open_story(page, kit.url("form/first"))
    inner = frame(page).element_handle().content_frame()
    assert inner is not None
    reach = "() => { try { return parent.document.title } catch (error) { return error.name } }"
    assert inner.evaluate(reach) == "SecurityError"
    assert inner.evaluate("origin") == "null"
    away = "() => { try { top.location = 'about:blank'; } catch (error) { return error.name } }"
    assert inner.evaluate(away) == "SecurityError"
    assert page.url == kit.url("form/first")
    (told,) = looked_at.errors
    assert told.startswith("Unsafe attempt to initiate navigation")
    looked_at.errors.clear()


def test_story_in_its_own_tab_has_an_opaque_origin_too(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("form/first"))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="New tab").click()
    expect(opened.value.locator("#label")).to_have_text("One")
    assert opened.value.evaluate("[origin, opener]") == ["null", None]


def test_viewports_set_the_storys_window_size(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    for name, size in {"Phone": [375, 667], "Tablet": [768, 1024]}.items():
        page.get_by_role("button", name=name).click()
        until_seen(page, "innerWidth", size[0])
        assert seen(page, "[innerWidth, innerHeight]") == size
        assert page.locator(".st-size").text_content() == f"{size[0]} × {size[1]}"
    page.get_by_label("Zoom").select_option("150 %")
    until_seen(page, "devicePixelRatio", 1.5)
    assert seen(page, "innerWidth") == 768
    page.reload()
    until_seen(page, "innerWidth", 768)
    page.get_by_role("button", name="Fill").click()
    until_seen(page, "innerWidth < 700", True)


def test_handle_sets_the_width_by_pointer_and_by_keys(page: Page, complete: Server) -> None:
    open_story(page, url(complete, PRIMARY))
    handle = page.get_by_role("separator", name="Width of the frame")
    box = handle.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 4, y)
    page.mouse.down()
    page.mouse.move(box["x"] - 100, y, steps=4)
    page.mouse.move(box["x"] - 200, y, steps=4)
    page.mouse.up()
    width = seen(page, "innerWidth")
    assert isinstance(width, int)
    assert 560 < width < 600
    moved = handle.bounding_box()
    assert moved is not None
    assert abs(moved["x"] + 200 - box["x"]) < 12
    handle.press("ArrowLeft")
    until_seen(page, "innerWidth", width - 10)
    expect(handle).to_have_attribute("aria-valuenow", str(width - 10))


def test_background_scheme_and_outline_change_only_the_story(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("form/first"))
    colour = "getComputedStyle(document.querySelector('p')).color"
    page.get_by_label("Scheme").select_option("Dark")
    until_seen(page, colour, "rgb(9, 9, 9)")
    assert seen(page, "getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.get_by_label("Scheme").select_option("Light")
    until_seen(page, colour, "rgb(1, 2, 3)")
    page.get_by_label("Background").select_option("Black")
    until_seen(page, "getComputedStyle(document.documentElement).backgroundColor", "rgb(0, 0, 0)")
    page.get_by_role("button", name="Outline").click()
    until_seen(page, "getComputedStyle(document.querySelector('p')).outlineStyle", "solid")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).outlineStyle") == "none"
    page.keyboard.press("o")
    until_seen(page, "getComputedStyle(document.querySelector('p')).outlineStyle", "none")


def test_frame_fits_its_content_and_stops_growing(page: Page, kit: Kit) -> None:
    kit.edit("other/stories.py", "<p>Other</p>", '<div style="height: 100vh">Tall</div>')
    kit.server.until_served("/other/only/frame.html", "Tall")
    open_story(page, kit.url("form/first"))
    assert frame(page).evaluate("frame => Number(frame.dataset.height)") > 900
    page.goto(kit.url("other/only"))
    expect(story(page).get_by_text("Tall")).to_be_visible()
    heights = [
        frame(page).evaluate("""frame => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => done(frame.clientHeight))))""")
        for _ in range(5)
    ]
    assert heights[-1] == heights[-2] < 600


def test_frame_grows_with_its_content_and_shows_a_dialog_whole(page: Page, kit: Kit) -> None:
    kit.edit("other/stories.py", "<p>Other</p>", GROWING)
    kit.server.until_served("/other/only/frame.html", "dialog")
    open_story(page, kit.url("other/only"))
    until(page, "document.querySelector('.st-canvas iframe').clientHeight > 170")
    until(page, "document.querySelector('.st-canvas iframe').clientHeight < 256")
    story(page).locator("button").click()
    until(page, "document.querySelector('.st-canvas iframe').clientHeight > 400")


def test_malformed_messages_from_stories_are_harmless(page: Page, kit: Kit) -> None:
    open_story(page, kit.url("form/first"))
    story(page).locator("html").evaluate("""() => {
        const send = (more) => parent.postMessage(more, "*");
        for (const each of [null, 1, "key", {}, { storytime: "nonsense" }]) send(each);
        send({ storytime: "height", height: 10n });
        send({ storytime: "key", key: 1n });
        send({ storytime: "reload", x: 1n, y: {} });
    }""")
    until(page, "document.querySelector('.st-canvas iframe:not(.st-next)').dataset.scroll")
    expect(story(page).locator("#label")).to_have_text("One")


def test_subject_page_shows_its_stories_side_by_side_and_lazily(
    page: Page, complete: Server
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(url(complete, "foundations/type").replace("foundations/type", "icon"))
    page.goto(url(complete, "actions/button"))
    first, second = (page.locator(".st-look").nth(place).bounding_box() for place in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    frames = page.locator("iframe.st-frame")
    assert frames.count() == 10
    expect(page.frame_locator(".st-look:nth-child(2) iframe").get_by_text("Book")).to_be_visible()
    assert all(lazy == "lazy" for lazy in frames.evaluate_all("all => all.map(f => f.loading)"))
    frames.last.scroll_into_view_if_needed()
    expect(page.frame_locator(".st-look:last-child iframe").get_by_role("heading")).to_be_visible()


def test_story_without_a_themed_layout_has_a_frame_too(page: Page, kit: Kit) -> None:
    kit.write({"stories.py": "from storytime import Site\ndef site() -> Site: return Site()\n"})
    kit.server.until_served("/form/first/frame.html", '<meta name="color-scheme"')
    open_story(page, kit.url("form/first"))
    assert seen(page, "document.title") == "First"
    assert seen(page, "getComputedStyle(document.querySelector('p')).color") == "rgb(0, 0, 0)"
