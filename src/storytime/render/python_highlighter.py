"""Marks up Python source as text for a page, so that a stylesheet can colour its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from itertools import groupby
from typing import Any

from markupsafe import escape

from ..ring.text import encoded

LONGEST = 50_000
"""Characters of a source that are coloured: Pygments takes 1 ms for about 700."""
ELEMENTS = {
    "Keyword": "b",
    "Keyword.Constant": "u",
    "Operator.Word": "b",
    "Literal.Number": "u",
    "Literal.String": "samp",
    "Literal.String.Affix": "b",
    "Literal.String.Doc": "i",
    "Literal.String.Interpol": "",
    "Comment": "i",
    "Name.Class": "var",
    "Name.Decorator": "var",
    "Name.Function": "var",
}
"""The element for each type of Pygments' tokens, and for those below it."""


class PythonHighlighter:
    """Returns HTML whose text is the source that it is given.

    Pygments is slow to import and to run, so sources are looked up in `known` by their digests
    first. `used` has all that it was given and what it returned; it can be the next one's `known`.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = known or {}
        self.used: dict[str, str] = {}

    def __call__(self, source: str) -> str:
        digest = blake2b(encoded(source), digest_size=16).hexdigest()
        html = self.known.get(digest) or self.used.get(digest)
        if html is None:
            html = "".join([*_coloured(source[:LONGEST]), escape(source[LONGEST:])])
        self.used[digest] = html
        return html


def uses_pygments() -> bool:
    """Return True if a source had to be coloured, so that the library is imported."""
    return lexer.cache_info().currsize > 0


@cache
def lexer() -> Any:
    """Return the lexer."""
    # Imported only if a source isn't known: the import takes as long as 50 stories.
    from pygments.lexers.python import PythonLexer

    return PythonLexer()


def _coloured(source: str) -> Iterator[str]:
    tokens = lexer().get_tokens_unprocessed(source)  # the others change line ends
    for element, group in groupby(tokens, lambda token: _element(token[1])):
        text = escape("".join([text for _, _, text in group]))
        yield f"<{element}>{text}</{element}>" if element else text


@cache
def _element(kind: Any) -> str:
    """Return the element for a type of tokens, "" for none."""
    name = ".".join(kind)
    return ELEMENTS[name] if name in ELEMENTS else _element(kind.parent) if kind.parent else ""
