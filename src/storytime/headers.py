"""What the server's answers say of themselves: what pages and stories may do."""

from collections.abc import Mapping

from .views import FRAME, POLICY, SANDBOX

STATIC = "static"


def policy_headers(path: str, request: Mapping[str, str], media_type: str | None) -> dict[str, str]:
    """The headers of an answer, from its path in the output and the request's headers.

    Pages of the workshop get its Content-Security-Policy. Stories (and what else authors wrote) are
    sandboxed also where they are opened in a tab of their own: their origin is none. A browser asks
    for what such a document fetches (fonts, modules) in the name of the origin "null", as it would
    for any website's sandboxed frame; so it may read the answer only where the request was referred
    by a page of this server.
    """
    headers: dict[str, str] = {}
    if media_type == "text/html":
        is_story = path.endswith(FRAME) or STATIC in path.split("/")
        policy = f"sandbox {SANDBOX}" if is_story else POLICY
        headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    referer = request.get("referer", "").partition("://")[2].partition("/")[0]
    if request.get("origin") == "null" and referer and referer == request.get("host"):
        headers |= {"Access-Control-Allow-Origin": "null", "Vary": "Origin, Referer"}
    return headers
