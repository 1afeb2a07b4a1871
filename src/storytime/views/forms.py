"""Templates that many pages share: rendered once, filled for each."""

from collections.abc import Iterable
from string.templatelib import Template

from tdom import Markup, escape, html

SLOT = Markup("\0")
"""Stands in a template for what changes from page to page. No HTML holds this character, and
`visible` takes it out of what authors wrote."""


class Form:
    """A template with slots.

    tdom needs some 10 µs for an element, which is too much for thousands of pages that differ in
    a few places only.
    """

    def __init__(self, template: Template) -> None:
        self._parts = html(template).split(SLOT)

    def filled(self, *values: str) -> Markup:
        """The HTML with a value in each slot, in their order; escaped where it is no Markup."""
        texts = [value if isinstance(value, Markup) else escape(value) for value in values]
        pairs = zip(self._parts, (*texts, ""), strict=True)
        return Markup("".join([text for pair in pairs for text in pair]))


def joined(parts: Iterable[Markup]) -> Markup:
    """One behind the other; `Markup.join` would look at each for what is to be escaped."""
    return Markup("".join(parts))
