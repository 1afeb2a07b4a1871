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
        around = html(template).split(SLOT)
        self._texts = [text for part in around for text in (part, "")][:-1]

    def filled(self, *values: str) -> Markup:
        """The HTML with a value in each slot, in their order; escaped where it is no Markup.

        Raises ValueError where there are more or fewer values than slots.
        """
        texts = self._texts.copy()
        texts[1::2] = [value if isinstance(value, Markup) else escape(value) for value in values]
        return marked("".join(texts))


def joined(parts: Iterable[Markup]) -> Markup:
    """One behind the other; `Markup.join` would look at each for what is to be escaped."""
    return marked("".join(parts))


def marked(text: str) -> Markup:
    """What is known to be HTML; `Markup(text)` asks for its `__html__`, and takes twice as long."""
    return str.__new__(Markup, text)
