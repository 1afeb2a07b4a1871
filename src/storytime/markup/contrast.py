"""The contrast of text with its background, if inline styles give both colours.

Only browsers know the colours of stylesheets. Formulas and limits are WCAG 2.2's:
https://www.w3.org/TR/WCAG22/#dfn-relative-luminance, …#dfn-contrast-ratio, …#dfn-large-scale.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .parser import Element, names

LEAST = 4.5
LEAST_LARGE = 3.0
LARGE = 24.0
LARGE_BOLD = 18.66
"""In pixels: 18 and 14 points."""
BOLD = 700
UNCLEAR = re.compile(r"gradient|url\(|opacity|filter|mix-blend|background-image|text-shadow", re.I)
"""Styles that change how a colour looks."""
OWN_COLOURS = names("a button input mark meter option progress select textarea")
"""Elements that don't inherit their colour."""

type Colour = Sequence[float]


class Contrast(NamedTuple):
    """Two colours as written, the ratio between them, and the least that WCAG allows."""

    text: str
    background: str
    ratio: float
    least: float


def contrast_of(element: Element) -> Contrast | None:
    """Return the contrast of an element's own text; None if inline styles don't tell it."""
    declared: dict[str, str] = {}
    for each in element.lineage():
        style = each.attributes.get("style", "")
        declared = declarations(style) | declared
        if UNCLEAR.search(style) or (each.name in OWN_COLOURS and "color" not in declared):
            return None
        if background := declared.get("background-color") or declared.get("background"):
            break
    else:
        return None
    text = declared.get("color", "")
    front, back = _colour(text), _colour(background)
    if front is None or back is None:
        return None
    is_big = is_large(declared.get("font-size", ""), declared.get("font-weight", ""))
    return Contrast(text, background, ratio(front, back), LEAST_LARGE if is_big else LEAST)


def declarations(style: str) -> dict[str, str]:
    """Return the properties of a style attribute; of two with one name the last."""
    pairs = (declaration.partition(":")[::2] for declaration in style.split(";"))
    found = {name.strip().lower(): value.partition("!")[0].strip() for name, value in pairs}
    return {name: value for name, value in found.items() if value}


def _colour(text: str) -> Colour | None:
    """Return an opaque colour in sRGB, each part from 0 to 1; None for all else."""
    if not text:
        return None
    # Few stories have inline colours: only those pay for this import.
    from tinycss2.color4 import parse_color  # type: ignore[import-untyped]

    colour = parse_color(text)
    if getattr(colour, "alpha", None) != 1:  # `currentcolor` is a str
        return None
    try:
        return [min(max(part, 0.0), 1.0) for part in colour.to("srgb").coordinates]
    except NotImplementedError:  # a colour outside of sRGB
        return None


def luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast, from 1 (the same colour) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def is_large(size: str, weight: str) -> bool:
    pixels = re.fullmatch(r"([\d.]+)(px|pt|rem)", size.lower())
    if pixels is None:
        return False
    number = float(pixels[1]) * {"px": 1, "pt": 4 / 3, "rem": 16}[pixels[2]]
    is_bold = weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= BOLD)
    return number >= (LARGE_BOLD if is_bold else LARGE)
