"""Ids that are the same at every build: made from names, never counted and never random."""

import re


def element_id(*words: str) -> str:
    """`element_id("field", "Departs from")` is "field-departs-from"."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).casefold()).strip("-")
