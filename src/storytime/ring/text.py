"""Text that can be written anywhere."""

from __future__ import annotations

import re


def printable(text: str) -> str:
    r"""The text with every lone surrogate written as an escape, so that it can be encoded.

    User code raises exceptions whose message is no valid Unicode ('\ud800'); such a text can
    neither be written to a UTF-8 file nor handed to another interpreter.
    """
    if text.isascii():
        return text
    return encoded(text).decode("utf-8")


def encoded(text: str) -> bytes:
    """Encode the text as UTF-8, with lone surrogates as in `printable`."""
    return text.encode("utf-8", "backslashreplace")


def without_addresses(text: str) -> str:
    """Remove the memory addresses of objects, which differ in each run."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", text)
