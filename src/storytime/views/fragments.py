"""Templates that are rendered once and filled for each page, and marks that several pages show."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from string.templatelib import Template

from tdom import Markup, escape

from .text import visible

SLOT = Markup("\0")
"""The place of a value in a template. HTML can't hold this character: `visible` replaces it in
authors' texts."""


class Form:
    """A template with slots, rendered once.

    tdom takes some 10 µs for each element: too much for thousands of pages that differ in a few
    places. To parse all forms would take a tenth of a standby's warm-up. So the template's strings
    and values are joined as they are; it must be written as tdom writes HTML (a test compares).
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        around = "".join(_pieces(template)).split(SLOT)
        self._texts = [text for part in around for text in (part, "")][:-1]

    def filled(self, *values: str) -> Markup:
        """Return the HTML with the values in its slots, escaped unless they are Markup.

        Raises ValueError if there are more or fewer values than slots.
        """
        texts = self._texts.copy()
        texts[1::2] = [value if isinstance(value, Markup) else escape(value) for value in values]
        return marked("".join(texts))


def _pieces(template: Template) -> Iterator[str]:
    """Yield the HTML of a template: its strings as they are, its values as tdom shows them."""
    for text, part in zip_longest(template.strings, template.interpolations):
        value = part and part.value
        if not text.endswith("="):
            yield text
            yield from _content(value)
        elif value is True:  # the value of an attribute
            yield text[:-1]
        elif value is None or value is False:
            yield text.rpartition(" ")[0]
        else:
            yield f'{text}"{escape(value)}"'


def _content(value: object) -> Iterator[str]:
    match value:
        case None:
            pass
        case Template():
            yield from _pieces(value)
        case list():
            for each in value:
                yield from _content(each)
        case _:
            yield escape(value)


def joined(parts: Iterable[Markup]) -> Markup:
    """Concatenate; `Markup.join` would look at each part for what has to be escaped."""
    return marked("".join(parts))


def marked(text: str) -> Markup:
    """Mark a text as HTML; `Markup(text)` looks for its `__html__` and takes twice as long."""
    return str.__new__(Markup, text)


_failed = Form(t' <span class="st-failed">{SLOT}</span>')
_findings = Form(
    t' <span class="st-findings">{SLOT}<span class="st-hidden"> accessibility {SLOT}</span></span>'
)
_place = Form(t'<span class="st-place" data-file="{SLOT}" data-line="{SLOT}">{SLOT}</span>')


def failed_mark(number: int, *, own: bool) -> Markup:
    """Return the mark of an entry that failed itself, or with `number` failures below it."""
    if own:
        return _failed.filled("failed")
    return _failed.filled(f"{number:,} failed") if number else Markup()


def findings_mark(number: int) -> Markup:
    """Return the mark with the number of a story's accessibility findings; nothing for none."""
    word = "finding" if number == 1 else "findings"
    return _findings.filled(str(number), word) if number else Markup()


def place(file: str, line: int) -> Markup:
    """Return a file and line; the script makes it a link that opens the editor."""
    return _place.filled(visible(file), str(line), visible(f"{file}:{line}" if line else file))
