"""Stories whose own scripts send the messages that `frame.js` sends to the workshop's page.

Playwright runs scripts and finds elements as if a person had pressed something, which activates the
page. These tests use the DevTools protocol instead, which doesn't unless it is asked to.
"""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Request

from ..serving_support import wait_until, within
from .kit import Kit

FORGING = """<p>Other</p><script>
addEventListener("message", ({data: {forge, times}}) => {
    if (forge === "focus") window.focus();
    else if (forge) for (let n = 1; n <= times; n++)
        parent.postMessage({...forge, height: forge.height && n, last: n === times}, "*");
});</script>""".replace("\n", " ")
RELOADING = """<p>Old</p><script>
addEventListener("message", () => {
    parent.postMessage({storytime: "reload"}, "*");
    parent.postMessage({last: true}, "*");
});</script>""".replace("\n", " ")
OBSERVE = """
globalThis.observed = {received: 0, keys: 0, paints: 0};
addEventListener("message", (event) => {
    if (event.data.last) observed.received++;
    if (observed.ignores) event.stopImmediatePropagation();
});
addEventListener("keydown", ({isTrusted}) => { observed.keys += !isTrusted; });
(function paint() { observed.paints++; requestAnimationFrame(paint); })();"""
FRAME = "document.querySelector('.st-canvas iframe:not(.st-next)')"
FLOOD = 20_000


class Observed:
    """A page that shows the story `other/only`."""

    def __init__(self, page: Page, kit: Kit, content: str) -> None:
        kit.edit("other/stories.py", "'<p>Other</p>'", repr(content))
        kit.server.until_served("/other/only/frame.html", "postMessage")
        self.page = page
        self._documents = 0
        page.on("request", self._see)
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.add_init_script(OBSERVE)  # before the page's own listeners
        page.goto(kit.url("other/only"))
        self.until(f"{FRAME}.dataset.height && document.querySelector('#st-tree .st-toggle')")

    def _see(self, request: Request) -> None:
        if request.resource_type == "document" and request.url.endswith("frame.html"):
            self._documents += 1

    def __call__(self, expression: str) -> Any:
        """Evaluate an expression in the page without activating it."""
        answer = self._session.send(
            "Runtime.evaluate", {"expression": expression, "returnByValue": True}
        )
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        wait_until(lambda: self(f"Boolean({expression})"), expression)

    def tell_story(self, message: str) -> None:
        self(f"{FRAME}.contentWindow.postMessage({message}, '*')")

    def focus(self) -> None:
        """Let the story's script take the focus."""
        self.tell_story("{forge: 'focus'}")
        self.until(f"document.activeElement === {FRAME}")

    def forge(self, message: str, times: int = 1) -> float:
        """Have the story send a message and wait until the page has received it; return the
        processor time in seconds that the page's thread took meanwhile."""
        before, busy = self("observed.received"), self._busy()
        self.tell_story(f"{{forge: {message}, times: {times}}}")
        self.until(f"observed.received > {before}")
        return self._busy() - busy

    def _busy(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    def documents(self) -> int:
        """Return how often the story's document was requested."""
        self("0")  # only then Playwright reports requests
        return self._documents

    def opened(self) -> Any:
        """Return the number of open dialogs, and the page's path."""
        return self("[document.querySelectorAll('dialog[open]').length, location.pathname]")


def key(name: str) -> str:
    return f"{{storytime: 'key', key: {name!r}}}"


def test_forged_keys_count_only_with_the_focus_and_after_a_press(page: Page, kit: Kit) -> None:
    observed = Observed(page, kit, FORGING)
    here = [0, "/other/only/index.html"]
    for name in "?k":
        observed.forge(key(name))
        assert observed.opened() == here, "without the focus"
    observed.focus()
    for name in "?k":
        observed.forge(key(name))
        assert observed.opened() == here, "without a press"
    page.mouse.click(640, 790)  # in the page, which takes the focus away
    observed.until("document.activeElement === document.body && navigator.userActivation.isActive")
    for name in "?k":
        observed.forge(key(name))
        assert observed.opened() == here, "after a press outside the frame"
    observed.focus()
    page.keyboard.press("x")
    observed.forge(key("?"))
    wait_until(lambda: observed.opened() == [1, "/other/only/index.html"], "the dialog opened")


def test_keys_that_are_pressed_between_two_paints_all_count(page: Page, kit: Kit) -> None:
    observed = Observed(page, kit, FORGING)
    observed.focus()
    page.keyboard.press("x")
    observed.until("observed.keys")
    keys = observed("observed.keys")
    observed.forge(key("x"), 5)
    observed.until(f"observed.keys === {keys + 5}")


@pytest.mark.parametrize(
    "message",
    [
        key("d"),
        key("x"),
        *("{storytime: 'height', height: 1}", "{storytime: 'ready'}"),
        "{storytime: 'ready', at: ADDRESS}",
        *("{storytime: 'reload', x: 1, y: 1}", "{storytime: 'nonsense'}"),
    ],
    ids=["shortcut", "key", "height", "ready", "ready at its address", "reload", "nonsense"],
)
def test_flood_costs_at_most_twice_what_chromium_needs_to_deliver_it(
    page: Page, kit: Kit, message: str
) -> None:
    message = message.replace("ADDRESS", f"{FRAME}.src")
    observed = Observed(page, kit, FORGING)
    observed.focus()
    page.keyboard.press("x")
    observed.until("navigator.userActivation.isActive && observed.keys")

    def ratio(_: int) -> float:
        observed("observed.ignores = true")
        delivered = observed.forge(message, FLOOD)
        keys, paints = observed("observed.ignores = false, [observed.keys, observed.paints]")
        taken = observed.forge(message, FLOOD)
        pressed, painted = observed("[observed.keys, observed.paints]")
        print(f"busy for {taken:.2f} s; {delivered:.2f} s without the page's listeners")
        assert pressed - keys <= painted - paints + 1
        return taken / delivered

    within(2, ratio)
    assert observed.documents() <= 2
    assert observed.opened() == [0, "/other/only/index.html"]


def test_story_can_ask_to_be_reloaded_once_for_each_build(page: Page, kit: Kit) -> None:
    observed = Observed(page, kit, RELOADING)
    for count, (old, new) in enumerate([("Old", "Old"), ("Old", "New"), ("New", "Newer")]):
        kit.edit("other/stories.py", old, new)
        wait_until(lambda: observed.documents() > 1 + count, "it was loaded again")  # noqa: B023
        observed.until(f"{FRAME}.dataset.scroll && !document.querySelector('.st-next')")
        received, documents = observed("observed.received"), observed.documents()
        observed.tell_story("'ask'")
        observed.until(f"observed.received > {received}")
        assert observed("document.querySelector('.st-next')") is None
        assert observed.documents() == documents


def test_escape_in_a_frame_ends_full_screen_long_after_a_press(page: Page, kit: Kit) -> None:
    observed = Observed(page, kit, FORGING)
    observed.focus()
    page.keyboard.press("x")
    observed.until("observed.keys")
    page.keyboard.press("f")
    observed.until("document.documentElement.classList.contains('st-full')")
    observed.focus()
    observed.until("!navigator.userActivation.isActive")
    page.keyboard.press("Escape")
    observed.until("!document.documentElement.classList.contains('st-full')")
