"""Headers that limit what pages and stories may do."""

import pytest

from storytime.server.allowed_hosts import Hosts
from storytime.server.headers import policy_headers

HTML = "text/html"


@pytest.mark.parametrize("path", ["index.html", ".", "forms/button", "gone.html"])
def test_pages_may_not_run_inline_scripts(path: str) -> None:
    policy = policy_headers(path, {}, HTML)["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'self'")


def test_stories_keep_no_hold_of_pages_that_they_open() -> None:
    opener_policy = "Cross-Origin-Opener-Policy"
    assert policy_headers("index.html", {}, HTML)[opener_policy] == "same-origin-allow-popups"
    assert opener_policy not in policy_headers("a/b/frame.html", {}, HTML)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("a/b/frame.html", HTML),
        ("static/demo.html", HTML),
        ("a/static/b/index.html", HTML),
        ("Static/demo.html", HTML),
        ("a\\STATIC\\demo.html", HTML),
        ("static/logo.svg", "image/svg+xml"),
        ("static/page.xhtml", "application/xhtml+xml"),
        ("static/feed.xml", "text/xml"),
        ("logo.svg", "image/svg+xml"),
        ("storytime.css", "text/css"),
        ("static/unknown", "text/plain"),
    ],
)
def test_all_but_the_pages_is_sandboxed(path: str, media_type: str) -> None:
    policy = policy_headers(path, {}, media_type)["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert policy.endswith("frame-ancestors 'self'")


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


def test_a_story_shown_through_a_proxy_may_read_what_it_may_read_without() -> None:
    request = {"origin": "null", "referer": "http://kit.example:1/ui/", "host": "127.0.0.1:8080"}
    for allowed, answer in ((["kit.example"], "null"), ([], None), (["*"], None)):
        headers = policy_headers("static/a.json", request, "application/json", Hosts(allowed))
        assert headers.get("Access-Control-Allow-Origin") == answer
