"""Pictures of design tokens: components for the catalog alone, not for an application."""

from collections.abc import Mapping
from string.templatelib import Template


def Colors(tokens: Mapping[str, str]) -> Template:
    """Each colour with its name and its two values, as the stylesheet has them."""
    items = [
        t"""
        <li>
          <span style="background: var({name})"></span>
          <code>{name}</code><small>{value}</small>
        </li>
        """
        for name, value in tokens.items()
    ]
    return t"<ul class='hb-swatches'>{items}</ul>"


def Spaces(tokens: Mapping[str, str]) -> Template:
    """Each distance as a bar of that length."""
    items = [
        t"<li><code>{name}</code><span style='width: var({name})'></span>{value}</li>"
        for name, value in tokens.items()
    ]
    return t"<ul class='hb-measures'>{items}</ul>"


def TextSizes(tokens: Mapping[str, str]) -> Template:
    """Each size in a sentence of its own."""
    items = [
        t"<li style='font-size: var({name})'>We sail at dawn. <code>{name} {value}</code></li>"
        for name, value in tokens.items()
    ]
    return t"<ul class='hb-specimens'>{items}</ul>"
