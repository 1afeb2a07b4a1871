"""Authors' texts as plain text that an HTML page can hold."""

import re

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that HTML allows neither literally nor escaped."""

DESCRIBED = 160
"""Characters of a page's description in its head, of which search engines show no more."""


def visible(text: str) -> str:
    """Replace each control character by a visible sign (␛ for an escape)."""
    # The pattern takes four times as long, and nearly all texts are a line of letters. Both return
    # a plain str: an author's Markup is escaped, too.
    return str.__str__(text) if text.isprintable() else UNPRINTABLE.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found.group())
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def paragraphs(text: str | None) -> list[str]:
    """Split a description at its blank lines."""
    blocks = re.split(r"\n\s*\n", visible(text or ""))
    return [block.strip() for block in blocks if block.strip()]


def shortened(text: str, longest: int) -> str:
    """Return the text in one line, cut after a word if it has more than `longest` characters."""
    if len(text) <= longest and text.isprintable():
        return text
    text = " ".join(text[: 4 * longest].split())
    if len(text) <= longest:
        return text
    cut = text[:longest]
    return f"{cut.rpartition(' ')[0] or cut}…"


def counted(number: int, noun: str) -> str:
    """Return "1 story", "2 stories"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"
