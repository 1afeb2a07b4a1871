"""Headers of the server's answers, which limit what pages and stories may do."""

from collections.abc import Mapping

from starlette.responses import Response

from ..views import FRAME, POLICY, SANDBOX
from .allowed_hosts import Hosts, is_own_page

NONE = Hosts()
STATIC = "static"
NOT_READ = {"font", "script"}
"""Values of `Sec-Fetch-Dest` for what a document can use but not read."""


def policy_headers(
    path: str, request: Mapping[str, str], media_type: str | None, allowed: Hosts = NONE
) -> dict[str, str]:
    """Return the policy headers for a path in the output folder and a request's headers.

    Pages of the workshop get its Content-Security-Policy. Anything else is an author's, and may be
    a document with scripts, whatever its type (SVG, XML): it is sandboxed, in a tab of its own too,
    so it has no origin. A browser fetches what such a document asks for with the origin "null" and
    without a referrer, as it does for the sandboxed frame of any website. Fonts and modules are
    allowed then, since they tell a website no more than a classic script does. Other answers may be
    read only if a page of this server, or of one of the `allowed` hosts, is the referrer.
    """
    headers: dict[str, str] = {}
    policy = POLICY if is_page(path, media_type) else f"sandbox {SANDBOX}"
    if media_type is not None:  # else it is a 304: what the browser has of the file stays valid
        headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    if is_page(path, media_type):
        # No story keeps hold of a page that it opens: tabs escape its sandbox.
        headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    origin = "/".join(request.get("referer", "").split("/")[:3])
    is_ours = is_own_page(origin, request.get("host", ""), allowed)
    if request.get("origin") == "null" and (is_ours or request.get("sec-fetch-dest") in NOT_READ):
        vary = "Origin, Referer, Sec-Fetch-Dest"
        headers |= {"Access-Control-Allow-Origin": "null", "Vary": vary}
    return headers


def is_sent_by_page(request: Mapping[str, str]) -> bool:
    """Return True for a navigation that a page of another origin began, not a person.

    Browsers that tell so do it by `Sec-Fetch-User`; a link that a person follows has it.
    """
    site = request.get("sec-fetch-site", "none")
    is_navigation = request.get("sec-fetch-mode") == "navigate"
    is_foreign = site not in ("none", "same-origin")
    return is_navigation and is_foreign and request.get("sec-fetch-user") != "?1"


def is_page(path: str, media_type: str | None) -> bool:
    """Return True for a page of the workshop, False for what may be an author's."""
    folders = path.lower().replace("\\", "/").split("/")  # as some file systems understand them
    return media_type == "text/html" and not path.endswith(FRAME) and STATIC not in folders


def general_headers(response: Response) -> dict[str, str]:
    headers = {
        "Cache-Control": "no-cache",  # without it browsers guess how long a page is valid
        "X-Content-Type-Options": "nosniff",
    }
    kind = response.headers.get("content-type", "")
    if kind.startswith(("text/html", "application/json")) and response.status_code < 400:
        # No foreign page may load it as a script or an image. Styles, images and fonts don't get
        # this header, since to a story's sandboxed frame this server is foreign too; nor does what
        # is missing, such as the icon that browsers request.
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return headers
