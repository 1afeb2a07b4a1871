from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .forms import SignUp


def card(heading: str, tags: list[str]) -> SafeString:
    when = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    return render_to_string("card.html", {"heading": heading, "tags": tags, "when": when})


def sign_up(**data: Any) -> SignUp:
    return SignUp(data or None)


def sign_up_page(**data: Any) -> SafeString:
    return render_to_string("sign_up.html", {"form": sign_up(**data)})


def layout(story_title: str, children: str) -> SafeString:
    content = mark_safe(children)
    return render_to_string("layout.html", {"title": story_title, "content": content})
