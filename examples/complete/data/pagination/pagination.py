"""A long list, page by page."""

from string.templatelib import Template

from ...helpers.classes import class_names
from ...icon import Icon


def Pagination(current: int, last: int, href: str = "#page-{}") -> Template:
    """Links to the first, the last and the pages around `current`; they are counted from 1."""
    pages = [_page(page, current, href) for page in pages_around(current, last)]
    return t"""
        <nav class={class_names("pagination")} aria-label="Pages">
          {_step("Previous page", "chevron-left", current - 1, last, href)}
          <ul>{pages}</ul>
          {_step("Next page", "chevron-right", current + 1, last, href)}
        </nav>
    """


def pages_around(current: int, last: int) -> list[int | None]:
    """The pages to show, None for a gap: `pages_around(5, 9)` is [1, None, 4, 5, 6, None, 9]."""
    shown = sorted({1, last, *range(max(current - 1, 1), min(current + 1, last) + 1)})
    pages: list[int | None] = []
    for before, page in zip([0, *shown], shown, strict=False):
        if page - before > 1:
            pages.append(None)
        pages.append(page)
    return pages


def _page(page: int | None, current: int, href: str) -> Template:
    if page is None:
        return t"<li aria-hidden='true'>…</li>"
    here = "page" if page == current else None
    label = f"Page {page}"
    return t"<li><a href={href.format(page)} aria-label={label} aria-current={here}>{page}</a></li>"


def _step(label: str, icon: str, page: int, last: int, href: str) -> Template:
    """One page back or on; at the end it is still there, but leads nowhere."""
    if 1 <= page <= last:
        return t"<a href={href.format(page)} aria-label={label}>{Icon(icon)}</a>"
    return t"<a role='link' aria-disabled='true' aria-label={label}>{Icon(icon)}</a>"
