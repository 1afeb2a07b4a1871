"""AllowedHosts: refuses requests that name a foreign host, against DNS rebinding.

Once a page from anywhere is loaded, its name may resolve to 127.0.0.1. The browser then takes this
server for the same origin; only the Host header still holds that name. Starlette's
TrustedHostMiddleware knows no networks (127.0.0.0/8) and no "any address", and doesn't log.

`is_own_page` tells this server's pages from those of other websites.
"""

import logging
import re
from collections.abc import Collection, Hashable
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

logger = logging.getLogger(__name__)

HOST = re.compile(r"(\[[0-9a-f:.]+(?:%[\w.~-]+)?\]|[\w.-]+?)\.?(?::\d*)?", re.IGNORECASE | re.ASCII)
"""A Host header: a name or an address (IPv6 in brackets), with or without a port."""
ANY = "*"
MOST_LOGGED = 20
"""Refusals that are logged, so that made-up ones fill neither the log nor the memory."""

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
"""Ports that an Origin header leaves out."""


class Hosts:
    """A set of names and addresses; `.example.org` stands for that name and all below it."""

    def __init__(self, hosts: Collection[str] = ()) -> None:
        self.names = {_named(host) or host.strip("[]").lower() for host in hosts if host}
        self.addresses = {address for host in self.names if (address := _address(host))}

    def __contains__(self, header: str) -> bool:
        """Return True for a Host header, with or without a port, that names one of them."""
        host = _named(header)
        above = tuple(name for name in self.names if name.startswith("."))
        is_below = bool(host) and f".{host}".endswith(above)
        return is_below or host in self.names or _address(host) in self.addresses


class Refusals:
    """Logs each kind of refusal once."""

    def __init__(self) -> None:
        self._logged: set[Hashable] = set()

    def log(self, kind: Hashable, line: str) -> None:
        if kind not in self._logged and len(self._logged) < MOST_LOGGED:
            self._logged.add(kind)
            logger.warning("%s", line)


class AllowedHosts:
    """ASGI middleware: 403 unless Host is this computer's own name for itself (localhost, names
    below it, loopback addresses) or one of `allowed`.

    An entry is a name or an address; `.example.org` is that name and all below it, `*` any host,
    and 0.0.0.0 or :: any address: no page can make one address resolve to another. A client in this
    process (Starlette's TestClient, httpx's ASGITransport) may use any name.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self.app = app
        self._allowed = Hosts(allowed)
        self._refusals = Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = ""
        if scope["type"] != "lifespan":
            header = Headers(scope=scope).get("host", "")
            refusal = "" if _is_in_process(scope, header) else self._refusal(header)
        if not refusal:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close()
        else:
            await PlainTextResponse(f"{refusal}\n", 403)(scope, receive, send)

    def _refusal(self, header: str) -> str:
        """Return why a Host header is refused, and log it; return "" if it is allowed."""
        if ANY in self._allowed.names or header in self._allowed or _is_local(header):
            return ""
        host = _named(header)
        if _address(host) and any(each.is_unspecified for each in self._allowed.addresses):
            return ""
        line = f"refused a request whose Host header is {header[:80]!a}: expected a name"
        if host:
            line = (
                f"refused a request for the host {host[:80]!a}: if it is this server, pass"
                f" allowed_hosts=[{host[:80]!a}] to create_app or start it with --allowed-host"
                f" {host[:80]}"
            )
        self._refusals.log(host, line)
        return line


def _is_in_process(scope: Scope, header: str) -> bool:
    """Return True for a request of a client that calls the app instead of a socket.

    Servers say at which address they listen. Only such a client gives the name in its URL.
    """
    name, _port = scope.get("server") or ("", None)
    return bool(_named(name)) and not _address(name) and _named(header) == _named(name)


def is_own_page(origin: str, host: str, allowed: Hosts) -> bool:
    """Return True for the origin of a page of this server, which a request for `host` comes from.

    The origin has that host, or one of `allowed`: those of a proxy that passes on another Host.
    `*` allows no more than the pages of this computer, since any website has an origin. The scheme
    may be https, if there is a proxy; "null" is the origin of sandboxed frames and files.
    """
    scheme, _, page = origin.lower().partition("://")
    port = DEFAULT_PORTS.get(scheme)
    if port is None:
        return False
    own = host.lower()
    is_same = page in (own, own.removesuffix(port))
    return is_same or page in allowed or (ANY in allowed.names and _is_local(page))


def refused_page(origin: str, host: str) -> str:
    """Return the log line for a WebSocket of an origin that is not this server's."""
    line = f"refused a WebSocket with Origin {origin[:80]!a} and Host {host[:80]!a}"
    name = _named(origin.partition("://")[2])[:80]
    if not name:
        return f"{line}: expected a page of this server"
    return (
        f"{line}: if a proxy shows this server there, pass allowed_hosts=[{name!a}] to create_app"
        f" or start it with --allowed-host {name}"
    )


def _is_local(header: str) -> bool:
    """Return True if a Host header names this computer wherever it is read."""
    address = _address(_named(header))
    return address.is_loopback if address else header in LOCAL


def _named(header: str) -> str:
    """Return the host in lower case, without port, brackets and a final dot; "" for no host."""
    matched = HOST.fullmatch(header)
    return matched[1].strip("[]").lower() if matched else ""


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the host's address, or None for a name; an IPv4-mapped IPv6 address as IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


LOCAL = Hosts([".localhost"])
