"""A number on another component."""

from string.templatelib import Template

from ...helpers.classes import class_names

MOST = 99


def Badge(count: int, of: str) -> Template:
    """`of` is what is counted, for those who only hear it. A zero is shown, but does not call."""
    shown = str(count) if count <= MOST else f"{MOST}+"
    return t"""<span class={class_names("badge", None if count else "zero")}>{shown}<span
        class="hb-unseen"> {of}</span></span>"""
