"""A link in running text."""

from string.templatelib import Template

from ...helpers.classes import class_names
from ...icon import Icon


def Link(href: str, label: str, new_tab: bool = False) -> Template:
    """A link that says so before it opens a new tab, to the eye and to the ear."""
    target = {"target": "_blank", "rel": "noopener"} if new_tab else {}
    notice = t"{Icon('external')}<span class='hb-unseen'> (opens in a new tab)</span>"
    return t"<a href={href} class={class_names('link')} {target}>{label}{new_tab and notice}</a>"
