"""From a story's `responses` to answers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from markupsafe import Markup

from storytime import Request, Response, StorytimeError
from storytime.render.responses import render_response

from ..components import as_text, button, surrogate

BOOKED = Request("POST", "/book?from=a", [("seat", "1"), ("seat", "2"), ("name", "Ada")])


class Tag:
    """An element as htpy has it: calling it makes another one."""

    def __html__(self) -> str:
        return "<b>Booked</b>"

    def __call__(self, *children: str) -> None:
        raise AssertionError(children)


async def waited(request: Request) -> Response:
    return Response(Tag(), 201)


def seats(request: Request) -> str:
    return f"{request.data['name']}: {request.values('seat')}, not {request.data['seat']}"


def plain() -> Response:
    return Response("<b>Booked</b>")


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("<b>Booked</b>", "<b>Booked</b>"),
        (Markup("<b>Booked</b>"), "<b>Booked</b>"),
        (Tag(), "<b>Booked</b>"),
        (button("Booked"), "<button>Booked</button>"),
        ([Tag(), None, "!"], "<b>Booked</b>!"),
        (lambda: Tag(), "<b>Booked</b>"),
        (plain, "<b>Booked</b>"),
        (waited, "<b>Booked</b>"),
        (seats, "Ada: ['1', '2'], not 2"),
        (partial(button, "Booked"), "<button>Booked</button>"),
        (lambda request: as_text(request.url), "<p>/book?from=a</p>"),
    ],
    ids=[
        "str",
        "Markup",
        "object",
        "Template",
        "list",
        "function",
        "Response",
        "coroutine",
        "request",
        "partial",
        "lambda",
    ],
)
def test_answer_may_be_whatever_a_component_returns(value: Any, content: str) -> None:
    answer = render_response("POST /book", value, BOOKED)
    assert answer.content == content
    assert type(answer.content) is Markup


def test_answer_has_the_status_and_the_headers_of_its_response() -> None:
    def refused(request: Request) -> Response:
        return Response("No", 422, {"HX-Trigger": "refused"})

    assert render_response("POST /book", waited, BOOKED).status == 201
    answer = render_response("POST /book", refused, BOOKED)
    assert answer == Response(Markup("No"), 422, {"HX-Trigger": "refused"})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "POST /book returned int, expected a Template, a str of HTML"),
        (lambda request: request, "POST /book returned Request, expected a Template"),
        (surrogate, "POST /book returned text that is no valid Unicode"),
    ],
)
def test_what_is_no_html_is_refused(value: Callable[..., Any], message: str) -> None:
    with pytest.raises(StorytimeError, match=f"^{message}"):
        render_response("POST /book", value, BOOKED)


@pytest.mark.parametrize("status", [99, 600, "200", None])
def test_status_of_a_response_is_from_200_to_599(status: Any) -> None:
    with pytest.raises(StorytimeError, match=r"^the status of a Response is a number from 200"):
        Response("", status)


@pytest.mark.parametrize("headers", [{"A b": "c"}, {"A": "b\nc"}, {"A": "→"}, {"A": 1}])
def test_headers_of_a_response_are_what_browsers_take(headers: Any) -> None:
    with pytest.raises(StorytimeError, match=r"^the headers of a Response are texts of one line"):
        Response("", headers=headers)
