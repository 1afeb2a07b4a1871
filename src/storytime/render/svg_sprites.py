"""Parts of SVG files, as they stand in the document of a story that uses them.

Browsers load the file of a `<use href="icons.svg#box">` only from the document's own origin, and a
sandboxed document has none.
"""

import re
from functools import partial
from html import escape, unescape

from ..markup.parser import ATTRIBUTE, Element, Kind, Token, parse_markup

_URL = re.compile(r"url\(\s*([\"']?)#([^\"')]+)\1\s*\)", re.IGNORECASE)


class Sprite:
    """An SVG file whose elements are used by their ids."""

    def __init__(self, text: str) -> None:
        self._tokens = parse_markup(text).tokens
        self._places: dict[Element, tuple[int, int]] = {}
        self._elements: dict[str, Element] = {}
        self._styles = ""
        for place, token in enumerate(self._tokens):
            element = token.element
            if token.kind is Kind.START:
                self._places[element] = place, place
                names = [element.attributes.get("id"), "" if element.name == "svg" else None]
                for name in names:
                    if name is not None:
                        self._elements.setdefault(name, element)
            elif token.kind is Kind.END and element in self._places:
                self._places[element] = self._places[element][0], place
            elif element.name == "style":
                self._styles += token.raw

    def part(self, name: str, prefix: str) -> tuple[str, str]:
        """Return an element with all that it refers to, as SVG that shows nothing, and its new id.

        `name` is its id in the file; "" is the whole file. `prefix` is put before all ids. The
        file's styles apply to nothing else. The SVG is empty if there is no such element.
        """
        if name not in self._elements:
            return "", ""
        parts, roots, names, ahead = "", list[str](), set[str](), [name]
        styles = self._referring(self._styles, prefix, ahead)
        while ahead:
            each = ahead.pop()
            element = self._elements.get(each)
            if element is None or each in names:
                continue
            start, end = self._places[element]
            rename = partial(self._renamed, prefix, names, ahead)
            tokens = [
                each for each in self._tokens[start : end + 1] if each.element.name != "style"
            ]
            texts = [rename(token) for token in tokens]
            if "id" not in element.attributes:
                end_of_name = len(element.name) + 1
                tag = texts[0]
                texts[0] = f'{tag[:end_of_name]} id="{escape(prefix)}"{tag[end_of_name:]}'
            parts += "".join(texts)
            roots.append(prefix + element.attributes.get("id", ""))
        if styles:
            scope = ", ".join(f"[id='{root}']" for root in roots)
            parts += f"<style>@scope ({scope}) {{{styles}}}</style>"
        return roots[0], f"<defs>{parts}</defs>"

    def _referring(self, text: str, prefix: str, ahead: list[str]) -> str:
        """Return a text with the prefix in each `url(#…)`, and note what these refer to."""

        def refer(found: re.Match[str]) -> str:
            ahead.insert(0, found[2])
            return f"url(#{prefix}{found[2]})"

        return _URL.sub(refer, text)

    def _renamed(self, prefix: str, names: set[str], ahead: list[str], token: Token) -> str:
        """Return a token with the prefix before its ids, and note these and what it refers to."""
        if token.kind is not Kind.START:
            return token.raw

        def rewrite(found: re.Match[str]) -> str:
            name, value = found[1].lower(), unescape(found[found.lastindex or 0])
            if name == "id":
                names.add(value)
                changed = prefix + value
            elif name in ("href", "xlink:href") and value.startswith("#"):
                ahead.insert(0, value[1:])
                changed = f"#{prefix}{value[1:]}"
            else:
                changed = self._referring(value, prefix, ahead)
            return found[0] if changed == value else f'{found[1]}="{escape(changed)}"'

        written = token.element.raw_attributes
        tag = token.raw.removesuffix(f"{written}>")
        return f"{tag}{ATTRIBUTE.sub(rewrite, written)}>"
