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
        for place, token in enumerate(self._tokens):
            if token.kind is Kind.START:
                self._places[token.element] = place, place
                name = "" if token.element.name == "svg" else None
                for each in (token.element.attributes.get("id", name), name):
                    if each is not None:
                        self._elements.setdefault(each, token.element)
            elif token.kind is Kind.END and token.element in self._places:
                self._places[token.element] = self._places[token.element][0], place

    def part(self, name: str, prefix: str) -> tuple[str, str]:
        """Return an element with all that it refers to, as SVG that shows nothing, and its new id.

        `name` is its id in the file; "" is the whole file. `prefix` is put before all ids. The SVG
        is empty if there is no such element.
        """
        root, parts, names, ahead = f"{prefix}{name}", "", set[str](), [name]
        while ahead:
            each = ahead.pop()
            element = self._elements.get(each)
            if element is None or each in names:
                continue
            start, end = self._places[element]
            rename = partial(self._renamed, prefix, names, ahead)
            texts = [rename(token) for token in self._tokens[start : end + 1]]
            if not element.attributes.get("id"):
                end_of_name = len(element.name) + 1
                tag = texts[0]
                texts[0] = f'{tag[:end_of_name]} id="{escape(root)}"{tag[end_of_name:]}'
            parts += "".join(texts)
        return root, f"<defs>{parts}</defs>" if parts else ""

    def _renamed(self, prefix: str, names: set[str], ahead: list[str], token: Token) -> str:
        """Return a token with the prefix before its ids, and note these and what it refers to."""
        if token.kind is not Kind.START:
            return token.raw

        def refer(name: str) -> str:
            ahead.append(name)
            return prefix + name

        def rewrite(found: re.Match[str]) -> str:
            name, value = found[1].lower(), unescape(found[found.lastindex or 0])
            if name == "id":
                names.add(value)
                changed = prefix + value
            elif name in ("href", "xlink:href") and value.startswith("#"):
                changed = f"#{refer(value[1:])}"
            else:
                changed = _URL.sub(lambda each: f"url(#{refer(each[2])})", value)
            return found[0] if changed == value else f'{found[1]}="{escape(changed)}"'

        written = token.element.raw_attributes
        tag = token.raw.removesuffix(f"{written}>")
        return f"{tag}{ATTRIBUTE.sub(rewrite, written)}>"
