"""Checks a story's markup for accessibility by static rules.

What depends on stylesheets, scripts or layout takes a browser to find: a story without findings
isn't proven accessible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Literal

from .accessible_names import Names, is_hidden
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
    return tuple(_Checks(parsed(markup)).findings())


class _Checks:
    def __init__(self, markup: ParsedMarkup) -> None:
        self.elements = markup.elements
        self.ids = Counter(
            element.attributes["id"]
            for element in self.elements
            if "id" in element.raw_attributes.lower() and "id" in element.attributes
        )
        self.names = Names(markup)
        self.heading = 0
        self.seen: set[str] = set()
        self.has_colours = "style" in markup.text and "color" in markup.text.lower()

    def findings(self) -> Iterator[Finding]:
        for element in self.elements:
            is_plain = not element.raw_attributes and element.name not in LOOKED_AT
            if is_plain and not self.has_colours:
                continue
            for rule, message in self._breaches(element):
                impact, criterion = RULES[rule]
                snippet = element.tag
                if len(snippet) > LONGEST_SNIPPET:
                    snippet = f"{snippet[: LONGEST_SNIPPET - 1]}…"
                yield Finding(rule, impact, message, snippet, criterion)

    def _breaches(self, element: Element) -> Iterator[tuple[str, str]]:
        raw = element.raw_attributes.lower()
        if raw:
            yield from self._attributes(element, raw)
        if element.name == "html":
            yield from self._document(element)
        if element.name in LOOKED_AT or "role" in raw:
            yield from self._names(element)
        if self.has_colours:
            yield from self._contrast(element)

    def _attributes(self, element: Element, raw: str) -> Iterator[tuple[str, str]]:
        attributes = element.attributes
        if "id" in raw and (own := attributes.get("id")) is not None:
            if own in self.seen:
                yield "duplicate-id", _DUPLICATE.format(repr(own), self.ids[own])
            self.seen.add(own)
        if "tabindex" in raw and _number(attributes.get("tabindex", "")) > 0:
            yield "tabindex", _TABINDEX
        role = attributes.get("role", "").strip() if "role" in raw else ""
        if role and not any(_is_role(each) for each in role.lower().split()):
            yield "aria-role", f"there is no role {role!r}; use one that WAI-ARIA has"
        if "aria-" in raw:
            yield from self._aria(element)
        field = attributes.get("for", "").strip() if element.name == "label" else ""
        if field and field not in self.ids:
            yield "aria-reference", f"for={field!r} names no element here; give it a field's id"

    def _aria(self, element: Element) -> Iterator[tuple[str, str]]:
        for name, value in element.attributes.items():
            if not name.startswith("aria-"):
                continue
            if name not in ATTRIBUTES:
                yield "aria-attribute", f"there is no attribute {name}; browsers ignore it"
            elif name in REFERENCES and not _may_come_later(element, name):
                missing = [each for each in value.split() if each not in self.ids]
                if missing:
                    yield "aria-reference", _REFERENCE.format(name, ", ".join(missing))

    def _document(self, element: Element) -> Iterator[tuple[str, str]]:
        if not element.attributes.get("lang", "").strip():
            yield "html-has-lang", _LANGUAGE
        titles = (each for each in element.elements() if each.name == "title" and not each.foreign)
        if not any(self.names.text(title) for title in titles):
            yield "document-title", _TITLE

    def _names(self, element: Element) -> Iterator[tuple[str, str]]:
        role = element.attributes.get("role", "").strip().lower()
        if role in ("presentation", "none") or is_hidden(element):
            return
        name = element.name
        if name in HEADINGS or role == "heading":
            yield from self._heading(element, role)
        if breach := self._nameless(element, role):
            yield breach

    def _heading(self, element: Element, role: str) -> Iterator[tuple[str, str]]:
        given = _number(element.attributes.get("aria-level", ""))
        level = given or (2 if role == "heading" else int(element.name[1]))
        if self.heading and level > self.heading + 1:
            yield "heading-order", _HEADING.format(level, self.heading, self.heading + 1)
        self.heading = level

    def _nameless(self, element: Element, role: str) -> tuple[str, str] | None:
        """Return the rule that an element breaks if it needs a name and has none."""
        name = element.name
        kind = element.attributes.get("type", "").strip().lower() if name == "input" else ""
        named = self.names.name(element)
        rule, message = "", ""
        if name == "img" or (name == "area" and "href" in element.attributes) or role == "img":
            if "alt" not in element.attributes or (role == "img" and name != "img"):
                rule, message = "image-alt", _IMAGE.get(name, _DRAWING)
        elif kind == "image":
            rule, message = "image-alt", _IMAGE["input"]
        elif name in ("button", "summary") or role == "button" or kind == "button":
            rule, message = "button-name", _BUTTON
        elif (name == "a" and "href" in element.attributes) or role == "link":
            rule, message = "link-name", _LINK
        elif (name in FIELDS and kind not in NEED_NO_LABEL) or role in FIELD_ROLES:
            rule, message = "label", _LABEL
        return (rule, message) if rule and not named else None

    def _contrast(self, element: Element) -> Iterator[tuple[str, str]]:
        if not any(isinstance(child, str) and child.strip() for child in element.children):
            return
        if element.name in ("style", "script", "title", "textarea") or is_hidden(element):
            return
        found = contrast_of(element)
        if found is not None and found.ratio < found.least:
            yield "color-contrast", _CONTRAST.format(*astuple(found))


_LANGUAGE = (
    'the page doesn\'t say its language; write <html lang="en">, with the language that it is in'
)
_TITLE = "the page has no title; give its <head> a <title> with text"
_HEADING = (
    "a heading of level {} follows one of level {}; make it level {}, and its size a matter of CSS"
)
_CONTRAST = (
    "{} on {} has a contrast of {:.2f} : 1, expected at least {:g} : 1; make one darker or the"
    " other lighter"
)
_DUPLICATE = (
    "id {} is there {} times; each element needs its own, since labels and aria attributes find"
    " the first only"
)
_TABINDEX = (
    "tabindex above 0 takes the element out of the order of the page; use 0, and put the elements"
    " in the order in which they are to be reached"
)
_REFERENCE = (
    "{} names {}, and no element here has that id; give it to the one that is meant, or drop the"
    " attribute"
)
_IMAGE = {
    "img": 'the image has no alt; say in alt="…" what it shows, or write alt="" if it only adorns',
    "area": 'the area has no alt; say in alt="…" where it leads',
    "input": 'the image button has no alt; say in alt="…" what it does',
}
_DRAWING = 'the drawing has role="img" and no name; give it an aria-label, or an svg a <title>'
_BUTTON = "the button has no name; give it text, or an aria-label where it shows only an icon"
_LINK = "the link has no name; give it text that says where it leads, or an aria-label"
_LABEL = (
    "the field has no label; put it into a <label> with text, or give a <label for=…> its id"
    " (a placeholder goes away when one types)"
)


def _is_role(name: str) -> bool:
    return name in ROLES or _ROLE_MODULES.fullmatch(name) is not None


def _may_come_later(element: Element, name: str) -> bool:
    """Return True if the named element may be created on use, like a menu."""
    attributes = element.attributes
    return name in ("aria-controls", "aria-owns") and (
        attributes.get("aria-expanded") == "false" or "aria-haspopup" in attributes
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text) else 0
