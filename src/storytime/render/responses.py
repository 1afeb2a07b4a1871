"""Renders the answers that stories give to requests of their documents."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from ..catalog.responses import Request, Response
from ..catalog.signatures import required_parameters
from .component import event_loop, has_html, to_html


def render_response(key: str, value: Any, request: Request) -> Response:
    """Return the answer that `value`, of a story's `responses`, gives; its content is Markup.

    Raises what user code raises, and StorytimeError if the content is nothing that a component may
    return.
    """
    with event_loop() as wait:
        if callable(value) and not has_html(value):
            given = [request] if required_parameters(value) else []
            value = value(*given)
            if isinstance(value, Awaitable):
                value = wait(value)
        answer = value if isinstance(value, Response) else Response(value)
        return replace(answer, content=to_html(answer.content, called=key, wait=wait))
