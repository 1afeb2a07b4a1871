"""Checks a story's markup for accessibility by static rules.

What depends on stylesheets, scripts or layout takes a browser to find: a story without findings
isn't proven accessible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .accessible_names import Names, input_type, is_hidden
from .aria import ATTRIBUTES, REFERENCES, ROLES
from .contrast import contrast_of
from .parser import Element, ParsedMarkup, names, parsed

type Impact = Literal["critical", "serious", "moderate", "minor"]

LONGEST_SNIPPET = 200
"""How many characters of a start tag a finding shows."""
RULES: dict[str, tuple[Impact, str]] = {
    "image-alt": ("critical", "WCAG 1.1.1"),
    "label": ("critical", "WCAG 4.1.2"),
    "button-name": ("critical", "WCAG 4.1.2"),
    "link-name": ("serious", "WCAG 2.4.4"),
    "heading-order": ("moderate", "WCAG 1.3.1"),
    "duplicate-id": ("serious", "WCAG 4.1.2"),
    "html-has-lang": ("serious", "WCAG 3.1.1"),
    "document-title": ("serious", "WCAG 2.4.2"),
    "aria-reference": ("critical", "WCAG 1.3.1"),
    "aria-attribute": ("critical", "WCAG 4.1.2"),
    "aria-role": ("critical", "WCAG 4.1.2"),
    "tabindex": ("serious", "WCAG 2.4.3"),
    "color-contrast": ("serious", "WCAG 1.4.3"),
}
"""Each rule's impact on people, and its criterion in WCAG 2.2."""

FIELDS = names("input select textarea meter progress")
NEED_NO_LABEL = names("hidden submit reset button image")
HEADINGS = names("h1 h2 h3 h4 h5 h6")
FIELD_ROLES = names("checkbox combobox listbox radio searchbox slider spinbutton switch textbox")
LOOKED_AT = FIELDS | HEADINGS | names("img area button a html svg summary")
"""Elements that can break a rule even without attributes."""
_ROLE_MODULES = re.compile(r"(?:doc|graphics)-[a-z]+")


@dataclass(frozen=True)
class Finding:
    """A broken rule: what is wrong and how to fix it, and the start tag at fault."""

    rule: str
    impact: Impact
    message: str
    snippet: str
    criterion: str


def check_markup(markup: str | ParsedMarkup) -> tuple[Finding, ...]:
    """Return what breaks the rules, in the order of the text. Never raises.

    The markup may be part of a page: rules about pages apply only if there is an `<html>`.
    """
    markup = parsed(markup)
    checks = _Checks(markup)
    found = []
    for element in markup.elements:
        if not (element.raw_attributes or element.name in LOOKED_AT or checks.has_colours):
            continue
        tag = element.tag
        snippet = tag if len(tag) <= LONGEST_SNIPPET else f"{tag[: LONGEST_SNIPPET - 1]}…"
        for rule, message in checks.breaches(element):
            impact, criterion = RULES[rule]
            found.append(Finding(rule, impact, message, snippet, criterion))
    return tuple(found)


class _Checks:
    def __init__(self, markup: ParsedMarkup) -> None:
        self.elements = markup.elements
        self.names = Names(markup)
        self.heading = 0
        self.has_colours = "style" in markup.text and "color" in markup.text.lower()

    def breaches(self, element: Element) -> Iterator[tuple[str, str]]:
        """Yield each rule that the element breaks, and what is wrong with it."""
        if element.raw_attributes:
            yield from self._attributes(element)
        if element.name == "html":
            yield from self._document(element)
        if element.name in LOOKED_AT or "role" in element.attributes:
            yield from self._names(element)
        if self.has_colours:
            yield from self._contrast(element)

    def _attributes(self, element: Element) -> Iterator[tuple[str, str]]:
        attributes = element.attributes
        own = attributes.get("id")
        if own is not None and element is not self.names.ids[own][0]:
            yield "duplicate-id", _DUPLICATE.format(repr(own), len(self.names.ids[own]))
        if _number(attributes.get("tabindex", "")) > 0:
            yield "tabindex", _TABINDEX
        role = attributes.get("role", "").strip()
        roles = role.lower().split()
        if roles and not any(each in ROLES or _ROLE_MODULES.fullmatch(each) for each in roles):
            yield "aria-role", f"there is no role {role!r}; use one that WAI-ARIA has"
        for name, value in attributes.items():
            if name in REFERENCES and not _may_come_later(element, name):
                missing = [each for each in value.split() if each not in self.names.ids]
                if missing:
                    yield "aria-reference", _REFERENCE.format(name, ", ".join(missing))
            elif name.startswith("aria-") and name not in ATTRIBUTES:
                yield "aria-attribute", f"there is no attribute {name}; browsers ignore it"
        field = attributes.get("for", "").strip() if element.name == "label" else ""
        if field and field not in self.names.ids:
            yield "aria-reference", f"for={field!r} names no element here; give it a field's id"

    def _document(self, element: Element) -> Iterator[tuple[str, str]]:
        if not element.attributes.get("lang", "").strip():
            yield "html-has-lang", _LANGUAGE
        titles = (each for each in self.elements if each.name == "title" and not each.foreign)
        if not any(map(self.names.text, titles)):
            yield "document-title", _TITLE

    def _names(self, element: Element) -> Iterator[tuple[str, str]]:
        role = element.attributes.get("role", "").strip().lower()
        if role in ("presentation", "none") or is_hidden(element):
            return
        if element.name in HEADINGS or role == "heading":
            given = _number(element.attributes.get("aria-level", ""))
            level = given or (2 if role == "heading" else int(element.name[1]))
            if self.heading and level > self.heading + 1:
                yield "heading-order", _HEADING.format(level, self.heading, self.heading + 1)
            self.heading = level
        breach = _if_unnamed(element, role)
        if breach and not self.names.name(element):
            yield breach

    def _contrast(self, element: Element) -> Iterator[tuple[str, str]]:
        has_text = any(isinstance(child, str) and child.strip() for child in element.children)
        if has_text and element.name not in ("title", "textarea") and not is_hidden(element):
            found = contrast_of(element)
            if found is not None and found.ratio < found.least:
                yield "color-contrast", _CONTRAST.format(*found)


_LANGUAGE = 'the page has no language; write <html lang="en">, or whichever language it is in'
_TITLE = "the page has no title; give its <head> a <title> with text"
_HEADING = (
    "a heading of level {} follows one of level {}; make it level {}, and its size a matter of CSS"
)
_CONTRAST = (
    "{} on {} has a contrast of {:.2f} : 1, expected at least {:g} : 1; make one darker or the"
    " other lighter"
)
_DUPLICATE = "the id {} is used {} times; make each unique: references find only the first"
_TABINDEX = "tabindex above 0 overrides the order of the page; use 0, and reorder the elements"
_REFERENCE = "{} names {}, and no element here has that id; correct the id or drop the attribute"
_IMAGE = {
    "img": 'the image has no alt; say in alt="…" what it shows, or write alt="" if it only adorns',
    "area": 'the area has no alt; say in alt="…" where it leads',
    "input": 'the image button has no alt; say in alt="…" what it does',
}
_DRAWING = 'the drawing has role="img" and no name; give it an aria-label, or an svg a <title>'
_BUTTON = "the button has no name; give it text, or an aria-label where it shows only an icon"
_LINK = "the link has no name; give it text that says where it leads, or an aria-label"
_LABEL = "the field has no label (a placeholder isn't one); put it in a <label>, or use <label for>"


def _if_unnamed(element: Element, role: str) -> tuple[str, str] | None:
    """Return the rule that the element breaks if it has no name."""
    name, kind, attributes = element.name, input_type(element), element.attributes
    is_link = "href" in attributes and name in ("a", "area")
    if name == "img" or role == "img" or kind == "image" or (is_link and name == "area"):
        is_decorative = "alt" in attributes and name in ("img", "area")
        return None if is_decorative else ("image-alt", _IMAGE.get(name, _DRAWING))
    if name in ("button", "summary") or role == "button" or kind == "button":
        return "button-name", _BUTTON
    if is_link or role == "link":
        return "link-name", _LINK
    if (name in FIELDS and kind not in NEED_NO_LABEL) or role in FIELD_ROLES:
        return "label", _LABEL
    return None


def _may_come_later(element: Element, name: str) -> bool:
    """Return True if the named element may be created on use, like a menu."""
    attributes = element.attributes
    return name in ("aria-controls", "aria-owns") and (
        attributes.get("aria-expanded") == "false" or "aria-haspopup" in attributes
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text) else 0
