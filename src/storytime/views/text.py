"""What authors wrote, as plain text that may stand in a page."""

import re
from typing import Protocol

from ..catalog.model import readable

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that no HTML document may hold, escaped or not."""


class Titled(Protocol):
    """A node, or whatever else has a page."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str | None: ...


def visible(text: str) -> str:
    """The text with a visible sign in place of each control character (␛ for an escape)."""
    return UNPRINTABLE.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def title_of(node: Titled) -> str:
    """The node's title; never empty, since links are made of it."""
    return visible(node.title or "").strip() or readable(node.name) or "Untitled"


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a description: what blank lines part."""
    blocks = re.split(r"\n\s*\n", visible(text or ""))
    return [block.strip() for block in blocks if block.strip()]


def counted(number: int, noun: str) -> str:
    """ "1 story", "2 stories"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"
