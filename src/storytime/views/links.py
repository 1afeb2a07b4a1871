"""Addresses in the output: relative ones, so that it may stand anywhere, even on a disk."""

from urllib.parse import quote

PAGE = "index.html"
FRAME = "frame.html"


def page_file(path: str) -> str:
    """The file of a node's page in the output: "forms/button/index.html"."""
    return f"{path}/{PAGE}" if path else PAGE


def frame_file(path: str) -> str:
    """The file of the document that shows a story: "forms/button/primary/frame.html"."""
    return f"{path}/{FRAME}"


def address(path: str) -> str:
    """The link to a node's page, seen from the output's root."""
    return quote(page_file(path))


def frame_address(path: str) -> str:
    """The link to a story's document, seen from the output's root."""
    return quote(frame_file(path))


def root_from(path: str) -> str:
    """The way from a node's page to the output's root: "../../", "" for the site's own."""
    return "../" * (path.count("/") + 1) if path else ""
