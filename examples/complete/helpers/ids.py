"""Ids that are the same in every build: made from names, not counted and not random."""

import re


def element_id(*words: str) -> str:
    """`element_id("field", "Departs from")` is "field-departs-from"."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).casefold()).strip("-")
