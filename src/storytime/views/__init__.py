"""The workshop's pages: tdom templates, a stylesheet, a few small ES modules."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .links import FRAME, PAGE, frame_file, page_file
from .policies import POLICY, SANDBOX

if TYPE_CHECKING:
    from .catalog_index import Entry, Extras
    from .error_pages import error_page, failure_over_story, not_running_page
    from .frames import READING, plain_document, story_document
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
    "error_page",
    "failure_over_story",
    "frame_file",
    "not_running_page",
    "page_file",
    "plain_document",
    "story_document",
]

_MODULES = {
    ".catalog_index": ["Entry", "Extras"],
    ".error_pages": ["error_page", "failure_over_story", "not_running_page"],
    ".frames": ["READING", "plain_document", "story_document"],
    ".navigation": ["TREE"],
    ".pages": ["Workshop"],
    ".panels": ["Details", "Highlight"],
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: the server renders no pages, and needs no tdom.
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
