"""Computes accessible names: what of https://www.w3.org/TR/accname-1.2/ needs no styles."""

from __future__ import annotations

from .parser import Element, ParsedMarkup, names

DEFAULT_NAMES = names("submit reset")
"""Types of `<input>` that browsers name by default."""
VALUED = names("select textarea meter progress")
VALUED_ROLES = names("combobox listbox searchbox slider spinbutton textbox")
SILENT = names("script style template noscript")


def is_hidden(element: Element) -> bool:
    """Return True if the element or one around it is hidden, at least from assistive technology."""
    return _hides(element) or any(_hides(around) for around in element.ancestors())


def _hides(element: Element) -> bool:
    if not element.raw_attributes:
        return element.name in SILENT
    attributes = element.attributes
    return (
        attributes.get("aria-hidden") == "true"
        or "hidden" in attributes
        or "display:none" in attributes.get("style", "").replace(" ", "").lower()
        or element.name in SILENT
    )


def _has_value(element: Element) -> bool:
    """Return True if an element's content is its value, not its name."""
    return element.name in VALUED or element.attributes.get("role", "").lower() in VALUED_ROLES


class Names:
    """The names of one markup's elements."""

    def __init__(self, markup: ParsedMarkup) -> None:
        self._elements = markup.elements
        self._texts: dict[Element, str] = {}
        self._ids: dict[str, Element] | None = None
        self._labels: dict[str, str] | None = None

    def name(self, element: Element) -> str:
        """Return the element's name, or ""."""
        attributes = element.attributes
        for id_ in attributes.get("aria-labelledby", "").split():
            named = self._by_id().get(id_)
            if named is not None and (text := self._own(named) or self.text(named)):
                return text
        return (
            self._own(element)
            or self._native(element)
            or ("" if _has_value(element) else self.text(element))
            or attributes.get("title", "").strip()
        )

    def text(self, element: Element) -> str:
        """Return the text in an element, with the names of images and labelled elements."""
        if element not in self._texts:
            parts = []
            for child in element.children:
                if isinstance(child, str):
                    parts.append(child)
                elif not _hides(child):
                    own = self._own(child) or child.attributes.get("alt")
                    parts.append(own or self.text(child))
            self._texts[element] = " ".join("".join(parts).split())
        return self._texts[element]

    def _own(self, element: Element) -> str:
        return element.attributes.get("aria-label", "").strip()

    def _native(self, element: Element) -> str:
        """Return the name that HTML gives an element besides its content."""
        attributes = element.attributes
        match element.name:
            case "img" | "area":
                return attributes.get("alt", "").strip()
            case "input":
                kind = attributes.get("type", "").strip().lower()
                if kind == "image":
                    return attributes.get("alt", "").strip()
                if kind == "button" or kind in DEFAULT_NAMES:
                    return attributes.get("value", kind.removeprefix("button")).strip()
                return self._label(element)
            case "select" | "textarea" | "meter" | "progress" | "button":
                return self._label(element)
        return ""

    def _label(self, element: Element) -> str:
        for around in element.ancestors():
            if around.name == "label" and (text := self._without(around, element)):
                return text
        if self._labels is None:
            labels = [each for each in self._elements if each.name == "label"]
            self._labels = {
                each.attributes["for"]: self._own(each) or self.text(each)
                for each in reversed(labels)
                if "for" in each.attributes
            }
        return self._labels.get(element.attributes.get("id", ""), "")

    def _without(self, label: Element, field: Element) -> str:
        """Return a label's text without its field's: an option doesn't name its select."""
        whole, inner = self._own(label) or self.text(label), self.text(field)
        return whole.replace(inner, "", 1).strip() if inner else whole

    def _by_id(self) -> dict[str, Element]:
        if self._ids is None:
            self._ids = {}
            for each in self._elements:
                if "id" in each.attributes:
                    self._ids.setdefault(each.attributes["id"], each)
        return self._ids
