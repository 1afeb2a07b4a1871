"""AllowedHosts: answers only requests that name this server as it may be named.

A page from anywhere can have its own name resolve to 127.0.0.1 once it is loaded (DNS rebinding);
to the browser it then is of the same origin as the catalog. What gives it away is the Host header,
which holds that name. Starlette's TrustedHostMiddleware knows no networks (127.0.0.0/8), no
addresses as such, and neither logs nor says what to do.
"""

import logging
import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

logger = logging.getLogger(__name__)

ANY = "*"
HOST = re.compile(r"(\[[0-9a-f:.]+(?:%[\w.~-]+)?\]|[^\[\]:/@\s]+?)\.?(?::\d*)?", re.IGNORECASE)
"""A Host header: a name or an address (IPv6 in brackets), and possibly a port."""
MOST_SAID = 20
"""Hosts that are logged: who sends made-up ones must not fill the log, nor the memory."""


class AllowedHosts:
    """ASGI middleware: 403 for a request whose Host is neither this computer's own name for itself
    (localhost, names below it, addresses of the loopback network) nor one of `allowed`.

    An entry is a name or an address; `.example.org` is that name and all below it, `*` any host,
    and 0.0.0.0 or :: any address. (Where a server listens on all of its machine's addresses, a
    browser may use each; no page can make an address resolve to another.)
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self.app = app
        self._names = {_normal(host) for host in allowed}
        addresses = {address for host in self._names if (address := _address(host))}
        self._addresses = addresses
        self._any_address = any(address.is_unspecified for address in addresses)
        self._said: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        header = Headers(scope=scope).get("host", "")
        host = _normal(header) if HOST.fullmatch(header) else ""
        if ANY in self._names or (host and self._is_allowed(host)):
            await self.app(scope, receive, send)
            return
        line = _refusal(host, header)
        self._say(host, line)
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await PlainTextResponse(f"{line}\n", 403)(scope, receive, send)

    def _is_allowed(self, host: str) -> bool:
        address = _address(host)
        if address is not None:
            return address.is_loopback or self._any_address or address in self._addresses
        if host in self._names or host == "localhost" or host.endswith(".localhost"):
            return True
        suffixes = (name for name in self._names if name.startswith("."))
        return any(f".{host}".endswith(suffix) for suffix in suffixes)

    def _say(self, host: str, line: str) -> None:
        """Logs it, once for each host."""
        if host not in self._said and len(self._said) < MOST_SAID:
            self._said.add(host)
            logger.warning("%s", line)


def _refusal(host: str, header: str) -> str:
    if not host:
        return f"refused a request whose Host header is {header[:80]!r}: expected a name"
    return (
        f"refused a request for the host {host[:80]!r}: if it is this server,"
        f" start it with --allowed-host {host[:80]}"
    )


def _normal(host: str) -> str:
    """Without port, brackets and the dot that may end a name; in lower case."""
    matched = HOST.fullmatch(host)
    return (matched[1] if matched else host).strip("[]").lower()


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is; that of an IPv4 one in IPv6's clothes is the former."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
