"""Headers that limit what pages and stories may do."""

import pytest

from storytime.server.headers import policy_headers

HTML = "text/html"


@pytest.mark.parametrize("path", ["index.html", ".", "forms/button", "gone.html"])
def test_pages_may_not_run_inline_scripts(path: str) -> None:
    policy = policy_headers(path, {}, HTML)["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("path", ["a/b/frame.html", "static/demo.html", "a/static/b/index.html"])
def test_what_authors_wrote_is_sandboxed(path: str) -> None:
    policy = policy_headers(path, {}, HTML)["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy


def test_other_files_have_no_policy() -> None:
    assert policy_headers("storytime.css", {}, "text/css") == {}


@pytest.mark.parametrize(
    ("request_headers", "allowed"),
    [
        ({"origin": "null", "referer": "http://127.0.0.1:8080/", "host": "127.0.0.1:8080"}, True),
        ({"origin": "null", "referer": "http://evil.example/", "host": "127.0.0.1:8080"}, False),
        ({"origin": "null", "host": "127.0.0.1:8080"}, False),
        ({"origin": "null", "referer": "", "host": ""}, False),
        ({"origin": "null", "sec-fetch-dest": "font"}, True),
        ({"origin": "null", "sec-fetch-dest": "script"}, True),
        ({"origin": "null", "sec-fetch-dest": "empty"}, False),
        ({"origin": "http://evil.example", "sec-fetch-dest": "font"}, False),
        (
            {"origin": "http://evil.example", "referer": "http://127.0.0.1:8080/"}
            | {"host": "127.0.0.1:8080"},
            False,
        ),
    ],
)
def test_a_story_may_read_fonts_modules_and_what_its_server_refers_to(
    request_headers: dict[str, str], allowed: bool
) -> None:
    headers = policy_headers("static/font.woff2", request_headers, "font/woff2")
    assert headers.get("Access-Control-Allow-Origin") == ("null" if allowed else None)
