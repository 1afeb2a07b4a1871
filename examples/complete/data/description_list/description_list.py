"""The attributes of one thing."""

from collections.abc import Mapping
from string.templatelib import Template

from ...helpers.classes import class_names


def DescriptionList(facts: Mapping[str, object]) -> Template:
    """Names and values, in the order they are given. None is written as a dash."""
    rows = [
        t"<div><dt>{name}</dt><dd>{'–' if value is None else value}</dd></div>"
        for name, value in facts.items()
    ]
    return t"<dl class={class_names('facts')}>{rows}</dl>"
