"""Every page: accessible, without inline scripts, readable without JavaScript."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, override

import pytest
from playwright.sync_api import Page, Route, expect

from storytime.views import POLICY

from ..serving_support import ROOT, Server, serving
from ..support import gives, run_storytime
from .conftest import RING, Watched
from .kit import FILES, Kit, current, frame, open_story, story, until, url
from .validator import findings

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
CHECK = """async without => {
    const asked = { iframes: false, resultTypes: ["violations"], ...OPTIONS };
    const exclude = without ? [...document.querySelectorAll(without)] : [];
    const { violations } = await axe.run({ include: [document], exclude }, asked);
    const told = ({ html, any }) => [html, any[0]?.message];
    return violations.map(({ id, nodes }) => [id, nodes.map(told)]);
}"""


OTHER_BRANCHES = "#st-tree > ul > li:not(:has([aria-current]))"

GO = """address => {
    const link = document.createElement("a");
    link.href = address;
    document.querySelector(".st-top").append(link);
    link.click();
    link.remove();
}"""
"""Navigates in place, like a click, so that axe stays loaded."""


def options(**more: object) -> str:
    """Return the check with options for axe."""
    return CHECK.replace("...OPTIONS", f"...{json.dumps(more)}")


ODD = gives(
    "Subject(title='مرحبا 🎉', target=odd, description=TEXT, items=["
    "*(Story({'title': title}, title) for title in ('A', 'B', 'C', 'W' * 300, '<b> & /'))])",
    "TEXT = '```\\n' + 'one line of code that goes on and on ' * 9 + '\\n```'",
    "def odd(title):",
    "    if title == 'C': raise ValueError(f'no {title} today')",
    "    return '<input>' * (title == 'B') or '<p>Odd</p>'",
)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build `examples.complete` into a folder."""
    folder = tmp_path_factory.mktemp("export") / "site"
    result = run_storytime("build", "examples.complete", folder, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the workshop's own catalog into a folder."""
    folder = tmp_path_factory.mktemp("own") / "site"
    result = run_storytime("build", "storytime", folder, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return folder


class Quiet(SimpleHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hosted(servers: Any) -> Callable[[Path], str]:
    """Serve a folder as a static host does; return the address."""

    def host(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        thread = Thread(target=server.serve_forever)
        thread.start()
        servers.callback(thread.join)
        servers.callback(server.server_close)
        servers.callback(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    return host


def pages_of(folder: Path, name: str) -> Iterator[str]:
    return (file.relative_to(folder).as_posix() for file in sorted(folder.rglob(name)))


@pytest.mark.parametrize(
    ("catalog", "scheme", "part"),
    [*(("export", "light", part) for part in range(4)), ("own", "light", 0), ("own", "dark", 0)],
)
def test_axe_finds_nothing_on_any_page(
    watched: Callable[..., Watched],
    request: pytest.FixtureRequest,
    hosted: Callable[[Path], str],
    catalog: str,
    scheme: str,
    part: int,
) -> None:
    """The pages of the export are divided into four parts, for the workers of xdist.

    Most of a page is the tree, which is the same on all pages but for the branch of the page. The
    rest of it is checked on the last page, when all branches are open that have pages.
    """
    folder = request.getfixturevalue(catalog)
    looked_at = watched(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")
    page = looked_at.context.new_page()
    page.route("**/frame.html", leave_out_what_is_framed)
    root = hosted(folder)
    # The scheme changes only colours.
    check = options(runOnly=["color-contrast"]) if scheme == "dark" else options()
    found = {}
    pages = [*pages_of(folder, "index.html")][part :: 4 if catalog == "export" else 1]
    documents = [*pages_of(folder, "frame.html")] if catalog == "own" else []
    page.goto(f"{root}/index.html")
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.evaluate(AXE.read_text())
    for file in pages:
        page.evaluate(GO, f"{root}/{file}")
        page.wait_for_function("file => document.documentElement.dataset.page === file", arg=file)
        without = OTHER_BRANCHES if file != pages[-1] else None
        if violations := page.evaluate(check, without):
            found[file] = violations
    for file in documents:
        page.goto(f"{root}/{file}")
        page.evaluate(AXE.read_text())
        if violations := page.evaluate(check):
            found[file] = violations
    assert len(pages) > 20
    assert found == {}, json.dumps(found, indent=1)


def leave_out_what_is_framed(route: Route) -> None:
    """Replace the documents of stories, which are checked separately."""
    if route.request.frame.parent_frame is None:
        route.continue_()
    else:
        route.fulfill(body="<!DOCTYPE html><title>Story</title>", content_type="text/html")


@pytest.mark.parametrize("opened", ["/", "?", "f"])
def test_axe_finds_nothing_in_dialogs_and_full_screen(
    watched: Callable[..., Watched], complete: Server, opened: str
) -> None:
    page = watched(bypass_csp=True).context.new_page()
    open_story(page, url(complete, "content/card/a-ticket"))
    page.keyboard.press(opened)
    if opened == "/":
        page.keyboard.type("button")
        page.locator("#st-found li").first.wait_for()
    page.evaluate(AXE.read_text())
    assert page.evaluate(options()) == []


def test_axe_finds_nothing_in_an_error_over_a_story(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    page = watched(bypass_csp=True).context.new_page()
    open_story(page, kit.url("form/first"))
    kit.edit("form/form.py", "return", "return 1 / 0,")
    page.get_by_role("alert").locator(".st-where a").wait_for()
    page.get_by_role("alert").locator("summary").click()
    page.evaluate(AXE.read_text())
    assert page.evaluate(options()) == []


def test_axe_finds_nothing_with_odd_titles_and_failing_stories(
    watched: Callable[..., Watched], kit: Kit
) -> None:
    page = watched(bypass_csp=True).context.new_page()
    kit.write({"other/stories.py": ODD})
    kit.server.until_served("/other/index.html", "no C today")
    page.goto(kit.url("other"))
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.evaluate(AXE.read_text())
    assert page.evaluate(options()) == []


def test_validator_and_axe_find_nothing_on_pages_of_errors(
    watched: Callable[..., Watched], kit: Kit, tmp_path: Path, servers: ExitStack
) -> None:
    kit.write({"other/stories.py": ODD, "broken/stories.py": "1 / 0", "text.md": "# Text\n\n- One"})
    kit.server.until_served("/broken/index.html", "division by zero")
    unbuilt = Kit(tmp_path / "unbuilt")
    unbuilt.write({**FILES, "stories.py": "1 / 0"})
    unbuilt.server = servers.enter_context(serving(unbuilt.base, "kit", RING))
    unbuilt.server.until_said("nothing could be built")
    built = ("", "other", "other/c", "other/a", "broken", "text", "gone")
    looked_at = watched(bypass_csp=True)
    page = looked_at.context.new_page()
    (answers := tmp_path / "answers").mkdir()
    for number, address in enumerate([*map(kit.url, built), unbuilt.url()]):
        answer = page.goto(address)
        assert answer
        (answers / f"{number}.html").write_bytes(answer.body())
        page.evaluate(AXE.read_text())
        assert page.evaluate(options()) == []
    assert "Nothing is built yet" in page.content()
    assert findings(answers) == []
    assert all("404" in error or "503" in error for error in looked_at.errors)
    looked_at.errors.clear()


def test_validator_finds_nothing_on_the_workshop_s_own_pages(own: Path) -> None:
    """`nox -s ecosystem` checks the pages of the examples, which takes longer."""
    assert findings(own) == []


def test_everything_is_reachable_by_keyboard(page: Page, complete: Server) -> None:
    open_story(page, url(complete, "actions/button/primary"))
    reached = []
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("""() => {
                const { activeElement: at } = document;
                return at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText
                    ?? at.title ?? at.innerText;
            }""")
            or page.evaluate("document.activeElement.innerText")
        )
    for name in ("Phone", "Zoom", "Scheme", "Outline", "New tab", "Primary", "Width of the frame"):
        assert any(name in each for each in reached), (name, reached)
    assert "Props" in reached


def test_nothing_moves_with_reduced_motion(
    watched: Callable[..., Watched], complete: Server
) -> None:
    page = watched(reduced_motion="reduce").context.new_page()
    page.goto(url(complete))
    moving = """() => [...document.querySelectorAll("*")].filter((each) => {
        const { transitionDuration, animationName } = getComputedStyle(each);
        return transitionDuration !== "0s" || animationName !== "none";
    }).length"""
    assert page.evaluate(moving) == 0


def test_pages_run_nothing_inline(watched: Callable[..., Watched], complete: Server) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    response = page.goto(url(complete, "actions/button/primary"))
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert policy == f"{POLICY}; frame-ancestors 'self'"
    assert "unsafe" not in policy
    page.evaluate("""() => {
        globalThis.blocked = new Promise((done) =>
            document.addEventListener("securitypolicyviolation", (event) =>
                done(event.blockedURI)));
    }""")
    page.locator("main").evaluate("""main => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'scripted'";
        main.append(script);
    }""")
    assert page.evaluate("globalThis.blocked") == "inline"
    assert page.title() != "scripted"
    assert all("Content Security Policy" in error for error in looked_at.errors)
    looked_at.errors.clear()


@pytest.mark.parametrize("name", ["logo.svg", "page.xhtml", "feed.xml"])
def test_scripts_of_static_documents_can_read_nothing(
    watched: Callable[..., Watched], kit: Kit, name: str
) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    kind = "xhtml" if name == "page.xhtml" else "svg"
    script = """(async () => {
        const answer = await fetch("/stories.json").then(() => "read", () => "refused");
        const socket = new WebSocket(`ws://${location.host}/ws/reload`);
        const ended = await new Promise((done) => {
            socket.onmessage = () => done("told");
            socket.onerror = () => done("refused");
        });
        document.documentElement.setAttribute("title", `${origin} ${answer} ${ended}`);
    })()"""
    uri = {"svg": "http://www.w3.org/2000/svg", "xhtml": "http://www.w3.org/1999/xhtml"}[kind]
    root = {"svg": "svg", "xhtml": "html"}[kind]
    kit.write({f"static/{name}": f'<{root} xmlns="{uri}"><script>{script}</script></{root}>'})
    kit.server.until_served(f"/static/{name}", "socket")
    page.goto(kit.url("").replace("index.html", f"static/{name}"))
    until(page, "document.documentElement.getAttribute('title')")
    assert page.evaluate("document.documentElement.getAttribute('title')") == "null refused refused"
    assert looked_at.errors  # the browser says what it refused
    looked_at.errors.clear()


def test_page_that_a_story_links_to_is_readable_in_its_frame(page: Page, complete: Server) -> None:
    open_story(page, url(complete, "actions/button/primary"))
    story(page).locator("html").evaluate("() => { location.href = '/index.html' }")
    expect(story(page).get_by_role("heading", level=1)).to_have_text("Harbour")
    expect(story(page).locator("html")).not_to_have_attribute("data-live", "")


@pytest.mark.parametrize("place", ["file", "under a sub-path"])
def test_export_works_from_file_and_below_a_sub_path(
    page: Page, export: Path, hosted: Callable[[Path], str], place: str
) -> None:
    base = export.as_uri() if place == "file" else f"{hosted(export.parent)}/{export.name}"
    page.goto(f"{base}/index.html")
    if place != "file":  # there the whole tree replaces the page's own part of it
        page.wait_for_selector("#st-tree a[data-path]")
    page.get_by_role("link", name="Welcome").first.click()
    page.get_by_role("link", name="About Harbour").first.click()
    expect(page).to_have_title("About Harbour · Welcome · Harbour")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("About Harbour")
    inner = page.locator("iframe").element_handle().content_frame()
    assert inner is not None
    inner.wait_for_function("document.images[0].naturalWidth === 320")
    reach = "() => { try { return parent.document.title } catch (error) { return error.name } }"
    assert inner.evaluate(reach) == "SecurityError"
    page.goto(f"{base}/actions/button/primary/index.html")
    expect(story(page).get_by_role("button")).to_have_text("Book crossing")
    expect(page.get_by_role("table")).to_contain_text("'primary'")
    expect(page.locator(".st-tools button").first).to_be_visible(visible=place != "file")


def test_static_host_has_search_and_tools(
    watched: Callable[..., Watched], export: Path, hosted: Callable[[Path], str]
) -> None:
    looked_at = watched()
    page = looked_at.context.new_page()
    base = f"{hosted(export.parent)}/{export.name}"
    open_story(page, f"{base}/actions/button/primary/index.html")
    page.keyboard.press("/")
    page.keyboard.type("quiet")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base}/actions/button/quiet/index.html")
    expect(current(page)).to_have_text("Quiet")
    page.get_by_role("button", name="Phone").click()
    expect(page.locator(".st-size")).to_have_text("375 × 667")
    expect(page.locator(".st-notices")).to_be_empty()


@pytest.mark.parametrize("place", ["server", "file"])
def test_everything_is_readable_without_javascript(
    watched: Callable[..., Watched], complete: Server, export: Path, place: str
) -> None:
    page = watched(java_script_enabled=False).context.new_page()
    base = export.as_uri() if place == "file" else url(complete).removesuffix("/index.html")
    page.goto(f"{base}/index.html")
    page.locator("#st-tree").get_by_role("link", name="Actions").click()
    page.locator("#st-tree").get_by_role("link", name="Button", exact=True).click()
    expect(page.frame_locator("iframe >> nth=1").get_by_role("button")).to_have_text(
        "Book crossing"
    )
    # Chromium may refuse what a frame loads from a disk just when its page is left.
    page.wait_for_load_state("networkidle")
    page.locator("#st-tree").get_by_role("link", name="Primary").click()
    expect(current(page)).to_have_text("Primary")
    for name in ("Props", "Source", "HTML", "Accessibility"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Source", exact=True)).to_contain_text("def Button(")
    expect(frame(page)).to_be_visible()
    assert [button for button in page.locator("main button").all() if button.is_visible()] == []


def test_narrow_screen_hides_the_tree_and_never_scrolls_sideways(
    watched: Callable[..., Watched], complete: Server
) -> None:
    page = watched(viewport={"width": 390, "height": 800}).context.new_page()
    open_story_narrow(page, url(complete, "content/card/a-ticket"))
    tree = page.locator("#st-tree")
    expect(tree).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(current(page)).to_be_in_viewport()
    tree.get_by_role("link", name="Plain").click()
    expect(tree).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
    for path in ("", "actions/button", "content/card/a-ticket", "writing"):
        page.goto(url(complete, path))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".st-brand span").evaluate("span => { span.textContent = 'Long '.repeat(50) }")
    assert page.locator(".st-bar").evaluate("bar => bar.offsetHeight") <= 50


def open_story_narrow(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#st-tree .st-toggle").first.wait_for(state="attached")


def test_own_catalog_shows_edits_of_components_style_and_modules(
    page: Page, tmp_path: Path, servers: Any
) -> None:
    """Serve a copy, which imports Storytime from there."""
    copy = tmp_path / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    server = servers.enter_context(
        serving(tmp_path, "storytime", RING, PYTHONPATH=str(copy), PYTHONSAFEPATH="1")
    )
    server.until_said("built storytime")
    page.goto(url(server, "views/lists/of-nothing"))
    expect(story(page).locator("p")).to_have_text("No stories here yet.")
    file = copy / "storytime/views/lists.py"
    file.write_text(file.read_text().replace("here yet.", "here so far."))
    expect(story(page).locator("p")).to_have_text("No stories here so far.")
    style = copy / "storytime/views/static/storytime.css"
    style.write_text(style.read_text() + "\n.st-main { color: rgb(4, 5, 6); }\n")
    expect(page.locator("main")).to_have_css("color", "rgb(4, 5, 6)")
    module = copy / "storytime/views/static/search.js"
    page.evaluate("globalThis.trace = true")
    module.write_text(module.read_text().replace("Nothing found.", "Found nothing."))
    until(page, "!globalThis.trace")
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("qqq")
    expect(page.locator("#st-found")).to_have_text("Found nothing.")
