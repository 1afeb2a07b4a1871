"""The documents of stories, and the sandboxed frames that show them.

Without `allow-same-origin` a story's document has an opaque origin: it can neither reach the
workshop's page nor read from the server's origin. The page's script and `frame.js`, which is added
to the document, exchange messages instead (height, keys, new HTML).
"""

import re
from urllib.parse import quote

from tdom import Markup, escape

from ..markup.parser import Kind, parse_markup
from ..ring.text import printable
from .fragments import SLOT, Form
from .links import FRAME, frame_file, root_from
from .policies import SANDBOX

BLANK = "\ufeff\t\n\f\r "
"""What may stand before a document's head without beginning its body."""

USUAL = re.compile(
    r"""[\t\n\f\r ]*<!doctype html>[\t\n\f\r ]*<html(?: lang="[\w-]+")?>[\t\n\f\r ]*<head>""",
    re.ASCII | re.IGNORECASE,
)
"""How most documents begin. This finds their head far faster than the parser."""

BEGINNING = 200
"""Characters of a document; its head nearly always begins among them."""

READING = "body { max-width: 68ch; margin: 0.75rem; font: 1rem/1.6 system-ui, sans-serif; }"
"""The style of a story whose `template` makes the whole body of its page."""


def story_document(path: str, document: str) -> str:
    """Return the document of the story at `path` with `frame.js` before all else in its head."""
    if usual := USUAL.match(document):
        place = usual.end()
    else:
        place, end = _start_of_head(document[:BEGINNING])
        if end == BEGINNING:  # more text could change the last token
            place, _ = _start_of_head(document)
    script = f'<script src="{root_from(path)}frame.js"></script>'
    return f"{document[:place]}{script}{document[place:]}"


def _start_of_head(document: str) -> tuple[int, int]:
    """Return where a document's head begins, and the end of the text that tells this."""
    place = end = 0
    for token in parse_markup(document).tokens:
        end += len(token.raw)
        is_tag = token.kind is Kind.START and token.element.name in ("html", "head")
        if is_tag or token.kind is Kind.OTHER:  # a doctype or a comment
            place = end
        elif token.raw.strip(BLANK):
            break
        if is_tag and token.element.name == "head":
            break
    return place, end


def plain_document(title: str, content: str, *, style: str = "") -> str:
    """Return the document of a story without a themed layout, in the browser's own style."""
    styles = f"<style>{style}</style>\n" if style else ""
    return printable(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
{styles}</head>
<body>
{content}
</body>
</html>
""")


_frame = Form(
    t"""<iframe class="st-frame" src="{SLOT}" title="{SLOT}" data-page="{SLOT}" sandbox="{
        SANDBOX
    }" loading="lazy"></iframe>"""
)


def frame(title: str, path: str, root: str | None = None) -> Markup:
    """Return the frame of the story at `path`, for its own page or one from which `root` leads to
    the output's root.

    `data-page`, the document's file, tells the script which changes concern the frame. Loading
    lazily lets `start.js` replace the frame before it loads.
    """
    file = frame_file(path)
    return _frame.filled(FRAME if root is None else root + quote(file), title, file)
