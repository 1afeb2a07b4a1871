"""Marks up HTML as text for a page, so that a stylesheet can colour its parts."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from .parser import ATTRIBUTE, ATTRIBUTES, NAME, VERBATIM

LONGEST = 50_000
"""Characters of a text that are coloured: a browser takes its time for each element."""

_MARKUP = re.compile(
    rf"(<(?i:({'|'.join(sorted(VERBATIM))}))(?=[\t\n\f\r />]){ATTRIBUTES}>"
    r"(?:[^<]|<(?!/(?i:\2)))*+"
    rf"|</?{NAME}{ATTRIBUTES}(?:>|\Z)"
    r"|<!--(?:-?>|(?s:.*?)(?:--!?>|\Z))|<(?:[!?]|/(?=[^a-zA-Z]))[^>]*+(?:>|\Z))"
)
"""A tag, with what follows if that is no markup, or a comment. Has two groups: all, and a name."""
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

    def __call__(self, text: str) -> Markup:
        lines = _CUT.split(text[:LONGEST]) if "… (" in text else [text[:LONGEST]]
        coloured = "".join([*map(self._coloured, lines), escape(text[LONGEST:])])
        return Markup(coloured)  # noqa: S704 (it is escaped)

    def _coloured(self, text: str) -> str:
        parts = _MARKUP.split(text)
        between = parts[::3]
        # Escaped all at once, and split as a str: Markup takes ten times as long.
        parts[::3] = str.split(escape("\0".join(between)), "\0")
        parts[1::3] = map(self._tags.__getitem__, parts[1::3])
        parts[2::3] = [""] * (len(between) - 1)
        return "".join(parts)


class _Tags(dict[str, str]):
    """The HTML for each tag or comment."""

    def __missing__(self, raw: str) -> str:
        found = _TAG.match(raw)
        if found:
            start, name, attributes = found.groups()
            inside = ATTRIBUTE.sub(_attribute, attributes)
            html = f"{escape(start)}<b>{escape(name)}</b>{inside}{escape(raw[found.end() :])}"
        else:
            html = f"<i>{escape(raw)}</i>"
        self[raw] = html
        return html


def _attribute(found: re.Match[str]) -> str:
    whole, name = found.group(0, 1)
    value = whole[len(name) :].lstrip("=\t\n\f\r ")
    equals = whole[len(name) : len(whole) - len(value)]
    shown = f"<samp>{escape(value)}</samp>" if value else ""
    return f"<var>{escape(name)}</var>{equals}{shown}"
