from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("badge.html")
def badge(tag: str) -> dict[str, Any]:
    return {"tag": tag}


@register.filter
def shout(text: str) -> str:
    return text.upper() + "!"
