"""JSON requests that make the server run an author's code: only its own pages may send them."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request

from .reload import Reloader

LARGEST = 100_000
"""Bytes of a request's body."""
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
    site = headers.get("sec-fetch-site", "same-origin")
    if headers.get("origin") == "null" or site != "same-origin":
        raise Refused(403, "expected a page of this server")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "expected the Content-Type application/json")
    return _read(await _body(request))


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:9]) > LARGEST:
        raise Refused(413, f"expected at most {LARGEST:,} bytes")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise Refused(413, f"expected at most {LARGEST:,} bytes")
    except ClientDisconnect:
        raise Refused(400, "the request was cut off") from None
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
