"""The workshop's pages: tdom templates, a stylesheet, a few small ES modules."""

from .assets import assets
from .catalog_index import Entry, Extras
from .error_pages import error_page, not_running_page
from .frames import READING, SANDBOX, plain_document, story_document
from .layout import POLICY
from .links import FRAME, PAGE, frame_file, page_file
from .navigation import TREE
from .pages import Workshop
from .panels import Details, Highlight

__all__ = [
    "FRAME",
    "PAGE",
    "POLICY",
    "READING",
    "SANDBOX",
    "TREE",
    "Details",
    "Entry",
    "Extras",
    "Highlight",
    "Workshop",
    "assets",
    "error_page",
    "frame_file",
    "not_running_page",
    "page_file",
    "plain_document",
    "story_document",
]
