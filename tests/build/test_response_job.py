"""Answers to the requests of a story's document."""

from pathlib import Path
from typing import Any

import pytest

from storytime.build.response_job import answer_request

from ..support import Catalog, gives

LAYOUT = """
def layout(story_title, children):
    return f"<html><title>{story_title}</title><body class=layout>{children}</body></html>"
"""
BOOK = """
from storytime import Response

def book(size: str = "s"):
    return f"<form>{size}</form>"

async def booked(request):
    return f"<p>{request.url} {request.pairs} {request.body} {request.headers} {request.props}</p>"

def refused(request):
    return Response("<img src='static/no.svg'>", 422, {"HX-Trigger": "refused"})

def broken(request):
    raise ValueError("no <b>tables</b>")

def whole():
    return "<!doctype html><html><body>Whole</body></html>"

RESPONSES = {
    "POST /book": booked, "PUT /book": refused, "GET /broken": broken, "GET /whole": whole,
    "GET /number": 5,
}
"""


@pytest.fixture
def answer(catalog: Catalog, tmp_path: Path) -> Any:
    """Return a function that answers a request of the story `book/one`."""
    story = "Story({'size': 'm'}, 'One', responses=RESPONSES)"
    catalog.write(
        {
            "__init__.py": "",
            "stories.py": gives("Site(themed_layout=layout)", LAYOUT),
            "static/no.svg": "<svg/>",
            "book/__init__.py": "",
            "book/stories.py": gives(f"Subject(target=book, items=[{story}])", BOOK),
            "torn/__init__.py": "",
            "torn/stories.py": "import nothing",
        }
    )

    def answer(key: str, story: str = "book/one", state: Any = (), **more: Any) -> Any:
        method, _, url = key.partition(" ")
        given = {"response": key, "method": method, "url": url}
        rest = {"data": [], "headers": {}, "body": "", "document": False}
        return answer_request("kit", tmp_path / "site", story, state, {**given, **rest, **more})

    return answer


def test_callable_gets_the_request_and_the_props_that_are_shown(answer: Any) -> None:
    data = [["seat", "1"], ["seat", "2"]]
    more = {"url": "/book?a", "data": data, "body": "{}", "headers": {"hx-request": "true"}}
    assert answer("POST /book", state=[["size", "large"]], **more) == {
        "status": 200,
        "headers": {},
        "html": "<p>/book?a [('seat', '1'), ('seat', '2')] {} {'hx-request': 'true'}"
        " {'size': 'large'}</p>",
    }


def test_answer_has_its_status_and_headers_and_leads_to_static_files(answer: Any) -> None:
    assert answer("PUT /book") == {
        "status": 422,
        "headers": {"HX-Trigger": "refused"},
        "html": "<img src='../../static/no.svg'>",
    }


def test_document_that_is_asked_for_is_in_the_layout_with_the_script(answer: Any) -> None:
    script = '<script src="../../frame.js"></script>'
    assert answer("POST /book", document=True)["document"] == (
        f"<html>{script}<title>One</title><body class=layout>"
        "<p>/book []  {} {'size': 'm'}</p></body></html>"
    )
    whole = answer("GET /whole", document=True)["document"]
    assert whole == f"<!doctype html><html>{script}<body>Whole</body></html>"


@pytest.mark.parametrize("key", ["html", "document"])
def test_response_that_raises_is_told_with_status_500(answer: Any, key: str) -> None:
    told = answer("GET /broken", document=key == "document")
    assert (told["status"], told["message"]) == (500, "ValueError: no <b>tables</b>")
    assert "<h1>ValueError: no &lt;b&gt;tables&lt;/b&gt;</h1>" in told[key]
    assert 'data-file="kit/book/stories.py"' in told["failure"]


def test_response_that_is_no_html_is_told_with_status_500(answer: Any) -> None:
    told = answer("GET /number")
    assert told["status"] == 500
    assert told["message"].startswith("GET /number returned int, expected a Template")


def test_what_is_not_there_is_told(answer: Any) -> None:
    assert answer("POST /book", "book/other") is None
    assert answer("POST /nothing") == {
        "status": 404,
        "message": "the story has no response for 'POST /nothing'",
    }


def test_story_that_can_not_be_imported_answers_with_its_failure(answer: Any) -> None:
    told = answer("POST /book", "torn/one")
    assert (told["status"], told["message"]) == (
        500,
        "ModuleNotFoundError: No module named 'nothing'",
    )
