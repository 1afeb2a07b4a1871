"""What the server's answers say of themselves: what pages and stories may do."""

from collections.abc import Mapping

from starlette.responses import Response

from ..views import FRAME, POLICY, SANDBOX

STATIC = "static"
NOT_READ = {"font", "script"}
"""What is fetched to be used and not to be read, as browsers say in `Sec-Fetch-Dest`."""


def policy_headers(path: str, request: Mapping[str, str], media_type: str | None) -> dict[str, str]:
    """The headers of an answer, from its path in the output and the request's headers.

    Pages of the workshop get its Content-Security-Policy. Stories (and what else authors wrote) are
    sandboxed also where they are opened in a tab of their own: their origin is none. A browser asks
    for what such a document fetches in the name of the origin "null", as it would for any website's
    sandboxed frame, and says of neither who refers to it. So fonts and modules may be had, which
    tell a website no more than a classic script does; other answers may be read only where a
    browser does say that a page of this server asks.
    """
    headers: dict[str, str] = {}
    if media_type == "text/html":
        is_story = path.endswith(FRAME) or STATIC in path.split("/")
        policy = f"sandbox {SANDBOX}" if is_story else POLICY
        headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    referer = request.get("referer", "").partition("://")[2].partition("/")[0]
    is_ours = bool(referer) and referer == request.get("host")
    if request.get("origin") == "null" and (is_ours or request.get("sec-fetch-dest") in NOT_READ):
        vary = "Origin, Referer, Sec-Fetch-Dest"
        headers |= {"Access-Control-Allow-Origin": "null", "Vary": vary}
    return headers


def _headers(response: Response) -> dict[str, str]:
    headers = {
        # Without this browsers guess for how long a page stays the same.
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    kind = response.headers.get("content-type", "")
    if kind.startswith(("text/html", "application/json")) and response.status_code < 400:
        # No foreign page may take it for a script or a picture. Styles, pictures, fonts go without:
        # to a sandboxed frame, in which stories may stand, this server's own are foreign as well;
        # and so is what is missing, such as the icon that browsers ask for.
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return headers
