"""AllowedHosts: refuses requests that name a foreign host, against DNS rebinding.

Once a page from anywhere is loaded, its name may resolve to 127.0.0.1. The browser then takes this
server for the same origin; only the Host header still holds that name. Starlette's
TrustedHostMiddleware knows no networks (127.0.0.0/8) and no "any address", and doesn't log.
"""

import logging
import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

logger = logging.getLogger(__name__)

HOST = re.compile(r"(\[[0-9a-f:.]+(?:%[\w.~-]+)?\]|[\w.-]+?)\.?(?::\d*)?", re.IGNORECASE | re.ASCII)
"""A Host header: a name or an address (IPv6 in brackets), with or without a port."""
MOST_LOGGED = 20
"""Hosts that are logged, so that made-up ones fill neither the log nor the memory."""


class AllowedHosts:
    """ASGI middleware: 403 unless Host is this computer's own name for itself (localhost, names
    below it, loopback addresses) or one of `allowed`.

    An entry is a name or an address; `.example.org` is that name and all below it, `*` any host,
    and 0.0.0.0 or :: any address: no page can make one address resolve to another.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self.app = app
        self._names = {_normal(host) for host in [*allowed, ".localhost"]}
        self._addresses = {address for host in self._names if (address := _address(host))}
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = ""
        if scope["type"] != "lifespan":
            refusal = self._refusal(Headers(scope=scope).get("host", ""))
        if not refusal:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close()
        else:
            await PlainTextResponse(f"{refusal}\n", 403)(scope, receive, send)

    def _refusal(self, header: str) -> str:
        """Return why a Host header is refused, and log it; return "" if it is allowed."""
        host = _normal(header) if HOST.fullmatch(header) else ""
        if "*" in self._names or (host and self._is_allowed(host)):
            return ""
        line = f"refused a request whose Host header is {header[:80]!a}: expected a name"
        if host:
            line = (
                f"refused a request for the host {host[:80]!a}: if it is this server,"
                f" start it with --allowed-host {host[:80]}"
            )
        if host not in self._logged and len(self._logged) < MOST_LOGGED:
            self._logged.add(host)
            logger.warning("%s", line)
        return line

    def _is_allowed(self, host: str) -> bool:
        address = _address(host)
        if address is None:
            above = (name for name in self._names if name.startswith("."))
            return host in self._names or f".{host}".endswith(tuple(above))
        is_any = any(each.is_unspecified for each in self._addresses)
        return is_any or address.is_loopback or address in self._addresses


def _normal(host: str) -> str:
    """Return the host in lower case, without port, brackets and a final dot."""
    matched = HOST.fullmatch(host)
    return (matched[1] if matched else host).strip("[]").lower()


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the host's address, or None for a name; an IPv4-mapped IPv6 address as IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
