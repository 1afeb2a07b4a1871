"""Computes accessible names: what of https://www.w3.org/TR/accname-1.2/ needs no styles."""

from __future__ import annotations

from .parser import Element, ParsedMarkup, names

IMAGES = names("img area input")
BUTTONS = names("button submit reset")
"""Types of `<input>` whose value is their name. Browsers name the last two by default."""
LABELLED = names("input select textarea meter progress button")
VALUED = names("select textarea meter progress")
VALUED_ROLES = names("combobox listbox searchbox slider spinbutton textbox")
"""Elements and roles whose content is their value, not their name."""
SILENT = names("script style template noscript")


def input_type(element: Element) -> str:
    """Return an `<input>`'s type, if it has one."""
    return _attribute(element, "type").lower() if element.name == "input" else ""


def is_hidden(element: Element) -> bool:
    """Return True if the element or one around it is hidden, at least from assistive technology."""
    return any(map(_hides, element.lineage()))


def _hides(element: Element) -> bool:
    attributes = element.attributes
    return (
        element.name in SILENT
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or "display:none" in attributes.get("style", "").replace(" ", "").lower()
    )


def _attribute(element: Element, name: str) -> str:
    return element.attributes.get(name, "").strip()


class Names:
    """The names of one markup's elements; `ids` are the elements with each id."""

    def __init__(self, markup: ParsedMarkup) -> None:
        self.ids: dict[str, list[Element]] = {}
        self._texts: dict[Element, str] = {}
        self._labels: dict[str, Element] = {}
        for element in (each for each in markup.elements if each.raw_attributes):
            if (own := element.attributes.get("id")) is not None:
                self.ids.setdefault(own, []).append(element)
            if element.name == "label" and "for" in element.attributes:
                self._labels.setdefault(element.attributes["for"], element)

    def name(self, element: Element) -> str:
        """Return the element's name, or ""."""
        for id_ in _attribute(element, "aria-labelledby").split():
            if id_ in self.ids and (text := self.text(self.ids[id_][0])):
                return text
        is_valued = element.name in VALUED or _attribute(element, "role").lower() in VALUED_ROLES
        return (
            _attribute(element, "aria-label")
            or self._native(element)
            or ("" if is_valued else self.text(element))
            or _attribute(element, "title")
        )

    def text(self, element: Element) -> str:
        """Return an element's label, an image's alt, or the text in the element."""
        if element not in self._texts:
            alt = _attribute(element, "alt") if element.name in IMAGES else ""
            parts = [
                child if isinstance(child, str) else "" if _hides(child) else self.text(child)
                for child in element.children
            ]
            own = _attribute(element, "aria-label") or alt
            self._texts[element] = own or " ".join("".join(parts).split())
        return self._texts[element]

    def _native(self, element: Element) -> str:
        """Return the name that HTML gives an element besides its content."""
        kind = input_type(element)
        if element.name in ("img", "area") or kind == "image":
            return _attribute(element, "alt")
        if kind in BUTTONS:
            return element.attributes.get("value", kind.removeprefix("button")).strip()
        return self._label(element) if element.name in LABELLED else ""

    def _label(self, field: Element) -> str:
        inner = self.text(field)  # an option, say, which doesn't name its select
        for around in field.lineage():
            if around.name == "label":
                text = self.text(around)
                if text := text.replace(inner, "", 1).strip() if inner else text:
                    return text
        label = self._labels.get(field.attributes.get("id", ""))
        return self.text(label) if label else ""
