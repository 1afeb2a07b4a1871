"""A small catalog that tests edit while it is served, and short helpers for pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page

from ..serving_support import Server, replace
from ..support import contents, gives, write

LAYOUT = '''
def layout(story_title, children):
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{story_title}</title>
<style>p {{ color: rgb(1, 2, 3) }}
@media (prefers-color-scheme: dark) {{ p {{ color: rgb(9, 9, 9) }} }}</style>
</head><body><main>{children}</main></body></html>"""
'''

FIELDS = """
def form(label):
    return f'''<p class="st-main" id="label">{label}</p><label>Name <input id="name"></label>
<label><input type="checkbox" id="box"> Box</label>
<div style="height: 900px"></div><p id="end">End</p>'''
"""

FILES: Mapping[str, str | bytes] = {
    "__init__.py": "",
    "stories.py": gives("Site(title='Kit', themed_layout=layout)", LAYOUT),
    "form/__init__.py": "",
    "form/form.py": FIELDS,
    "form/stories.py": gives(
        "Subject(title='Form', description='What *people* fill in.', target=form, items=["
        "Story({'label': 'One'}, 'First'), Story({'label': 'Two'}, 'Second')])",
        "from .form import form",
    ),
    "other/__init__.py": "",
    "other/stories.py": gives(
        "Subject(title='Other', target=other, items=[Story(title='Only')])",
        "def other(): return '<p>Other</p>'",
    ),
}


@dataclass
class Kit:
    """The package `kit` below `base`, and the server that serves it."""

    base: Path
    server: Server = field(init=False)

    @property
    def folder(self) -> Path:
        return self.base / "kit"

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write(self.folder, files)

    def files(self) -> dict[str, bytes]:
        """Return the package's files by their paths in it."""
        found = contents(self.folder)
        return {path: data for path, data in found.items() if "__pycache__" not in path}

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace `old` by `new` in a file and save it as editors do."""
        text = (self.folder / file).read_text()
        assert old in text
        replace(self.folder / file, text.replace(old, new))

    def url(self, path: str = "") -> str:
        return url(self.server, path)


def url(server: Server, path: str = "") -> str:
    """Return the address of a node's page."""
    return f"http://127.0.0.1:{server.port}/{f'{path}/' if path else ''}index.html"


def story(page: Page) -> FrameLocator:
    """Return the document of the story that the page shows."""
    return page.frame_locator(".st-canvas iframe.st-frame:not(.st-next)")


def frame(page: Page) -> Locator:
    return page.locator(".st-canvas iframe.st-frame:not(.st-next)")


def current(page: Page) -> Locator:
    """Return the current entry of the tree."""
    return page.locator("#st-tree a[aria-current=page]")


def until(page: Page, expression: str) -> None:
    """Wait until an expression holds in the workshop's page.

    Playwright evaluates a text repeatedly, which the page's policy forbids; hence a function.
    """
    page.wait_for_function(f"() => {expression}")


def open_story(page: Page, address: str) -> None:
    """Open a story's page and wait for the whole tree and the frame."""
    page.goto(address)
    page.locator("#st-tree .st-toggle").first.wait_for()
    story(page).locator("body").wait_for()
    until(page, "document.querySelector('.st-canvas iframe').dataset.height")
