"""JSON requests that make the server run an author's code: only its own pages may send them."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request

from .reload import Reloader

LARGEST = 100_000
"""Bytes of a request's body."""
MOST_READ = 100 * LARGEST
"""Bytes that are received of a larger one: a client that is still sending reads no answer."""
KEY = "Storytime-Key"
"""The header with the key from `/ws/key`. A page of another origin can neither read the key nor
send this header, for which browsers ask the server first (CORS)."""


class Refused(Exception):
    """A request that isn't answered: a status, and a line that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


async def admitted(request: Request, reloader: Reloader) -> Mapping[str, Any]:
    """Return the JSON object of a POST by a page of this server, or by a program with the key.

    Raises Refused. Nothing of a body that is too large is kept.
    """
    headers = request.headers
    if request.method != "POST":
        raise Refused(405, "expected POST")
    if not reloader.is_key(headers.get(KEY, "")):
        raise Refused(403, f"expected the key from ws/key in the header {KEY}")
    if not _is_own(headers):
        raise Refused(403, "expected a page of this server")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "expected the Content-Type application/json")
    return _read(await _body(request))


def _is_own(headers: Mapping[str, str]) -> bool:
    """Return True unless a browser says that it sends the request for another website, or a frame.

    The Host may be another than the page's, where a proxy shows it: that page has the key.
    """
    site = headers.get("sec-fetch-site", "same-origin")
    return site == "same-origin" and headers.get("origin") != "null"


async def _body(request: Request) -> bytes:
    body, size = bytearray(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size <= LARGEST:
                body += chunk
            elif size > MOST_READ:
                break
    except ClientDisconnect:
        raise Refused(400, "the request was cut off") from None
    if size > LARGEST:
        raise Refused(413, f"expected at most {LARGEST:,} bytes")
    return bytes(body)


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        text = body.decode()
        data = json.loads(text, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()  # no lone surrogates
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refused(400, f"expected JSON: {ascii(why)[1:-1]}") from None
    if not isinstance(data, dict):
        raise Refused(400, "expected a JSON object")
    return data


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
