"""What all pages have around their content: the document, the tree, the bar."""

from string.templatelib import Template
from urllib.parse import quote

from tdom import Markup

from .dialogs import help_dialog, search_dialog
from .fragments import SLOT, Form
from .links import PAGE
from .policies import POLICY

MARK = Markup(
    '<svg class="st-mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">'
    '<path d="M3 5.5C6 4 9 4 11.25 5.75V20C9 18.4 6 18.4 3 19.5Z"/>'
    '<path d="M21 5.5C18 4 15 4 12.75 5.75V20C15 18.4 18 18.4 21 19.5Z"/></svg>'
)
"""An open book."""

ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0b7a75" d="M3 5.5C6 4'
    " 9 4 11.25 5.75V20C9 18.4 6 18.4 3 19.5ZM21 5.5C18 4 15 4 12.75 5.75V20C15 18.4 18 18.4 21"
    ' 19.5Z"/></svg>'
)
"""The same for the browser's tab, inlined: it takes no request."""


def page_form(*, is_home: bool) -> Form:
    """Return what all pages have in common. `is_home` is for the site's own page.

    Its slots take the file, the root (never empty), the title, the description, the root three
    times, the site's title, the tree, the top and the content; see `document` and `workshop`.
    """
    around = workshop(SLOT, SLOT, tree=SLOT, top=SLOT, content=SLOT, is_home=is_home)
    head = document(title=SLOT, description=SLOT, file=SLOT, root=SLOT, body=around, root_of=SLOT)
    return Form(head)


def document(
    *, title: str, description: str, file: str, root: str, body: Template, root_of: str = "./"
) -> Template:
    """Return a full HTML document.

    `description` is plain text: search engines show it. `file` is the page's file in the output, by
    which the script knows whether a change concerns it ("*": any does).
    `root` is the prefix that leads from there to the output's root.
    """
    return t"""<!DOCTYPE html>
<html lang="en" data-page="{file}" data-root="{root_of}">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="{POLICY}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>{title}</title>
<meta name="description" content="{description}" />
<link rel="icon" href="{ICON}" />
<link rel="stylesheet" href="{root}storytime.css" />
<script src="{root}start.js"></script>
</head>
<body class="st-shell">
<a class="st-skip" href="#st-content">Skip to content</a>
{body}
</body>
</html>
"""


def workshop(
    site_title: str, root: str, *, tree: Markup, top: Markup, content: Markup, is_home: bool = False
) -> Template:
    """Return the body of a page: bar, tree, breadcrumbs and content.

    On a narrow screen a button opens the tree as a popover, which needs no script.
    """
    return t"""<div class="st-side">
<header class="st-bar">
{brand(site_title, root, current=is_home)}
{search_button()}
<button class="st-menu" type="button" popovertarget="st-tree">Menu</button>
</header>
<nav class="st-tree" id="st-tree" popover aria-label="Catalog">{tree}</nav>
</div>
<div class="st-page">
<div class="st-top">{top}</div>
<main class="st-main" id="st-content" tabindex="-1">
{content}
</main>
</div>
{search_dialog()}
{help_dialog()}"""


def search_button() -> Template:
    return t"""<button class="st-find st-live" type="button" data-do="search"\
 aria-keyshortcuts="/ Control+K"><span>Search</span> <kbd>/</kbd></button>"""


def brand(title: str, root: str, *, current: bool = False) -> Template:
    mark = "page" if current else None
    return t"""<a class="st-brand" href="{root}{PAGE}" aria-current={mark}>{MARK}
<span>{title}</span></a>"""
