"""The page that is opened before the first build has ended."""

from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Page, expect

from ..serving_support import serving
from ..support import gives
from .conftest import RING
from .kit import FILES, Kit, story, until
from .test_living import FIRST, assert_not_loaded_anew, trace

SLOW = """
import os
from time import sleep

def slow():
    try:
        os.statvfs({!r})  # unlike others, it doesn't make the build watch the file
    except FileNotFoundError:
        sleep(0.2)
    return "<img src=x>"
"""


def test_early_page_becomes_the_final_one_in_place(
    page: Page, servers: ExitStack, tmp_path: Path
) -> None:
    kit, go = Kit(tmp_path), tmp_path / "go"
    slow = "Subject(target=slow, items=[Story() for _ in range(100)])"
    kit.write({**FILES, "a/__init__.py": "", "a/stories.py": gives(slow, SLOW.format(str(go)))})
    kit.edit("form/form.py", '<p id="end">', '<script>/* of the story */</script><p id="end">')
    kit.server = servers.enter_context(serving(tmp_path, "kit", RING))
    page.goto(kit.url(FIRST))
    name = story(page).locator("#name")
    name.fill("Ida")
    name.focus()
    until(page, "document.querySelector('.st-canvas iframe').dataset.height")
    page.evaluate("scrollTo(0, 80)")
    trace(page)
    assert not kit.server.said("built kit")
    assert not page.locator("#st-tree .st-toggle").count()
    go.touch()
    page.locator("#st-tree .st-toggle").first.wait_for()
    page.locator("#st-tree .st-branch", has_text="A").locator(".st-findings").first.wait_for()
    kit.server.until_said("built kit")
    expect(name).to_have_value("Ida")
    expect(name).to_be_focused()
    assert page.evaluate("scrollY") == 80
    assert_not_loaded_anew(page)
    kit.edit("form/stories.py", "'One'", "'Uno'")
    expect(story(page).locator("#label")).to_have_text("Uno")
