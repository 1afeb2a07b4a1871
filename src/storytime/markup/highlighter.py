"""Marks up HTML as text for a page, so that a stylesheet can colour its parts."""

from __future__ import annotations

import re
from html import unescape

from markupsafe import escape

from .parser import ATTRIBUTE, ATTRIBUTES, NAME, VERBATIM

LONGEST = 50_000
"""Characters of a text that are coloured: a browser takes its time for each element."""

_VERBATIM = rf"(?i:{'|'.join(sorted(VERBATIM))})(?=[\t\n\f\r />])"
_MARKUP = re.compile(
    rf"(<({_VERBATIM}){ATTRIBUTES}>(?:[^<]|<(?!/(?i:\2)))*+"
    rf"|</?{NAME}{ATTRIBUTES}(?:>|\Z)"
    r"|<!--(?:-?>|(?s:.*?)(?:--!?>|\Z))|<(?:[!?]|/(?=[^a-zA-Z]))[^>]*+(?:>|\Z))"
)
"""A tag, with what follows if that is no markup, or a comment. Has two groups: all, and a name."""
_WHOLE = re.compile(rf"</?(?!{_VERBATIM}){NAME}{ATTRIBUTES}>")
_TAG = re.compile(rf"(</?)({NAME})({ATTRIBUTES})")
_CUT = re.compile(r"(?<=[0-9] characters\))(?=\n)")
"""The end of a line that was shortened, within a tag for all one knows."""


class HtmlHighlighter:
    """Returns HTML whose text is the text it is given, which has characters of HTML only.

    Names of tags are in `<b>`, names of attributes in `<var>`, their values in `<samp>`, comments
    in `<i>`. Each tag is looked at once: the next is likely to be the same.
    """

    def __init__(self) -> None:
        self._tags = _Tags()

    def __call__(self, text: str) -> str:
        lines = _CUT.split(text[:LONGEST]) if "… (" in text else [text[:LONGEST]]
        return "".join([*map(self._coloured, lines), escape(text[LONGEST:])])

    def _coloured(self, text: str) -> str:
        # Each build does this for each story, so a text of tags alone goes without the pattern.
        parts = str.replace(escape(text), "&lt;", "\0&lt;").replace("&gt;", "&gt;\0").split("\0")
        parts[1::2] = tags = [*map(self._tags.__getitem__, parts[1::2])]
        if not all(tags):
            parts = _MARKUP.split(text)
            parts[::3] = map(escape, parts[::3])
            parts[1::3] = map(_markup, parts[1::3])
            parts[2::3] = [""] * (len(parts) // 3)
        return "".join(parts)


class _Tags(dict[str, str]):
    """The HTML for each tag by its escaped text, "" for what is no tag."""

    def __missing__(self, escaped: str) -> str:
        raw = unescape(escaped)
        self[escaped] = html = _markup(raw) if _WHOLE.fullmatch(raw) else ""
        return html


def _markup(raw: str) -> str:
    found = _TAG.match(raw)
    if not found:
        return f"<i>{escape(raw)}</i>"
    start, name, attributes = found.groups()
    inside = ATTRIBUTE.sub(_attribute, attributes)
    return f"{escape(start)}<b>{escape(name)}</b>{inside}{escape(raw[found.end() :])}"


def _attribute(found: re.Match[str]) -> str:
    whole, name = found.group(0, 1)
    value = whole[len(name) :].lstrip("=\t\n\f\r ")
    equals = whole[len(name) : len(whole) - len(value)]
    shown = f"<samp>{escape(value)}</samp>" if value else ""
    return f"<var>{escape(name)}</var>{equals}{shown}"
