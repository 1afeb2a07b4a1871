"""Renders docstrings: Markdown, as far as what Python's other styles lay out stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from .markdown import SCHEME, html_token, render_markdown

if TYPE_CHECKING:
    from markdown_it.token import Token

HIGHEST = 3
"""The level of the highest heading in a docstring: a panel's own is 2."""
_LAID_OUT = re.compile(r"\n(?:[ \t]|:\w)")
"""Matches a paragraph with lines that are indented, or Sphinx's fields."""
_DOCTEST = ">>>"


def render_docstring(text: str) -> Markup:
    """Render a docstring for a page.

    Doctests, and paragraphs as Google's, NumPy's and Sphinx's styles have them, keep their lines.
    Relative links and pictures stay text: they lead from a module, which has no place in the
    output. Headings have no ids.
    """
    return render_markdown(text, _as_text, f"{SCHEME}:{{}}".format, adapt=_keep_layout).html


def _as_text(path: str, label: str) -> Markup:
    return Markup("<p>{}</p>\n").format(label)


def _keep_layout(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Token]:
    """Yield the tokens, one for each place that keeps its lines."""
    levels = [int(token.tag[1:]) for token in tokens if token.type == "heading_open"]
    left_out = ""
    for token, following in zip(tokens, [*tokens[1:], *tokens[:1]], strict=True):
        if left_out:
            left_out = "" if token.type == left_out and not token.level else left_out
        elif _is_laid_out(token, following, lines):
            text = "\n".join(lines[slice(*(token.map or ()))])
            yield html_token(token, Markup("<pre>{}</pre>\n").format(text))
            left_out = token.type.replace("open", "close")
        elif token.type in ("heading_open", "heading_close"):
            tag = f"h{min(int(token.tag[1:]) - min(levels) + HIGHEST, 6)}"
            yield token.copy(type=f"docstring_{token.type}", tag=tag)
        else:
            yield token


def _is_laid_out(token: Token, following: Token, lines: Sequence[str]) -> bool:
    if token.level or not token.map:
        return False
    if token.type == "blockquote_open":
        return lines[token.map[0]].lstrip().startswith(_DOCTEST)
    return token.type == "paragraph_open" and _LAID_OUT.search(following.content) is not None
