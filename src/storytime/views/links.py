"""Files and links in the output. Links are relative: it works from any place, even from a disk."""

from urllib.parse import quote

PAGE = "index.html"
FRAME = "frame.html"


def page_file(path: str) -> str:
    """Return the file of a node's page: "forms/button/index.html"."""
    return f"{path}/{PAGE}" if path else PAGE


def frame_file(path: str) -> str:
    """Return the file of a story's own document: "forms/button/primary/frame.html"."""
    return f"{path}/{FRAME}"


def address(path: str) -> str:
    """Return the link from the output's root to a node's page."""
    return quote(page_file(path))


def root_from(path: str) -> str:
    """Return the prefix that leads from a node's page to the output's root: "../../"."""
    return "../" * (path.count("/") + 1) if path else ""
