"""Stories in frames of their own: the documents, and the frames that show them.

A frame is sandboxed without `allow-same-origin`: its document is of an origin of its own, and can
neither reach into the workshop's page nor read what belongs to the server's origin. What the
workshop wants of it (its height, keys that were pressed, new content) goes by messages between the
page's script and `frame.js`, the one line that is added to the document.
"""

import re
from string.templatelib import Template

from tdom import Markup, escape

from ..ring.text import printable
from .fragments import SLOT, Form
from .links import FRAME, frame_address, frame_file, root_from

SANDBOX = "allow-scripts allow-forms allow-popups allow-modals allow-downloads"
"""What stories may do."""

HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)
BEFORE_HEAD = re.compile(r"\s*(<!doctype[^>]*>\s*)?(<html(\s[^>]*)?>)?", re.IGNORECASE)

READING = "body { max-width: 68ch; margin: 0.75rem; font: 1rem/1.6 system-ui, sans-serif; }"
"""The style of a page that an author wrote in place of a story."""


def story_document(path: str, document: str) -> str:
    """The document of a story at `path`, with the script that the workshop's page talks to."""
    script = f'<script src="{root_from(path)}frame.js"></script>'
    found = HEAD.search(document) or BEFORE_HEAD.match(document)
    place = found.end() if found else 0
    return f"{document[:place]}{script}{document[place:]}"


def plain_document(title: str, content: str, *, style: str = "") -> str:
    """The document of a story without a themed layout: nothing but the browser's own style."""
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


def frame(*, src: str, title: str, file: str) -> Template:
    """One frame; `file` is its document's place in the output, by which the script knows it.

    It loads when it is about to be seen, and never before `start.js` has had a look at it.
    """
    return t"""<iframe class="st-frame" src="{src}" title="{title}" data-page="{file}" sandbox="{
        SANDBOX
    }" loading="lazy"></iframe>"""


class Frames:
    """The frames of stories in pages: one on a story's own page, several on its subject's."""

    _alone = Form(frame(src=FRAME, title=SLOT, file=SLOT))
    _several = Form(frame(src=SLOT, title=SLOT, file=SLOT))

    def alone(self, title: str, path: str) -> Markup:
        """On the story's own page."""
        return self._alone.filled(title, frame_file(path))

    def elsewhere(self, title: str, path: str, root: str) -> Markup:
        """On another page, from which `root` leads to the output's root."""
        return self._several.filled(root + frame_address(path), title, frame_file(path))
